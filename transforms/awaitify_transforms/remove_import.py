"""The import of a name goes, if nothing in the rewritten file uses it any more.

Why: `Session` has no reader left once every parameter is an `AsyncSession`.

Before:

    from sqlalchemy.orm import Session, relationship

After:

    from sqlalchemy.orm import relationship

It will not remove a name that a string annotation or `__all__` mentions, an import inside `try`, or one that is not
there. An `if TYPE_CHECKING` without anything left goes too.
"""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.edits import RemoveImport
from awaitify_transforms.imports import ImportNode, alias_of, brings, dotted

NODES = (cst.Module,)

#: A string that may be an annotation or an exported name.
ANNOTATION = re.compile(r"^[rbuRBU]*(['\"]{1,3})[\w.\[\]|, ]+\1$")


def apply(node: cst.Module, edit: RemoveImport, context: Context) -> cst.Module:
    """The module without the import; the same module if the name is used or not imported."""
    name = edit.alias or edit.name or edit.module.partition(".")[0]
    uses = _Uses(name)
    node.visit(uses)
    if uses.found:
        return node
    result = node.visit(_Removal(edit))
    assert isinstance(result, cst.Module)
    return result


class _Uses(cst.CSTVisitor):
    """Whether a name is used outside import statements."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.word = re.compile(rf"\b{re.escape(name)}\b")
        self.found = False

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.found = self.found or node.value == self.name

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        if self.word.search(node.value) and ANNOTATION.match(node.value):
            self.found = True


class _Removal(cst.CSTTransformer):
    """Takes the name out of its import statements, and the statement, when nothing is left of it."""

    def __init__(self, edit: RemoveImport) -> None:
        super().__init__()
        self.edit = edit

    def visit_Try(self, node: cst.Try) -> bool:
        return False

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> Any:
        return self._without(updated_node)

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> Any:
        return self._without(updated_node)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> Any:
        gone = not updated_node.body.body and original_node.body.body
        checking = dotted(updated_node.test).rpartition(".")[2] == "TYPE_CHECKING"
        return cst.RemoveFromParent() if gone and checking and updated_node.orelse is None else updated_node

    def _without(self, node: Any) -> Any:
        edit = self.edit
        if not brings(node, edit.module, edit.name, edit.alias):
            return node
        kept = [alias for alias in node.names if not _is_it(node, alias, edit)]
        if not kept:
            return cst.RemoveFromParent()
        return node.with_changes(names=[*kept[:-1], kept[-1].with_changes(comma=node.names[-1].comma)])


def _is_it(node: ImportNode, alias: cst.ImportAlias, edit: RemoveImport) -> bool:
    return dotted(alias.name) == (edit.name or edit.module) and alias_of(alias) == edit.alias
