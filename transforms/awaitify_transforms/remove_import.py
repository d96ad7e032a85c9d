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
from awaitify_transforms.statements import blank_lines
from awaitify_transforms.walking import parts

NODES = (cst.Module,)

#: What holds no import statement, or none that may go.
SHUT = (cst.Try, cst.BaseExpression, cst.Parameters, cst.Decorator, cst.Annotation, cst.WithItem)
#: A string that may be an annotation or an exported name.
ANNOTATION = re.compile(r"^[rbuRBU]*(['\"]{1,3})[\w.\[\]|, ]+\1$")


def apply(node: cst.Module, edit: RemoveImport, context: Context) -> cst.Module:
    """The module without the import; the same module if the name is used or not imported."""
    name = edit.alias or edit.name or edit.module.partition(".")[0]
    if _is_used(name, node):
        return node
    result = node.visit(_Removal(edit))
    assert isinstance(result, cst.Module)
    return result


def _is_used(name: str, module: cst.Module) -> bool:
    """Whether a name is used outside import statements."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name):
            if node.value == name:
                return True
        elif isinstance(node, cst.SimpleString):
            if word.search(node.value) and ANNOTATION.match(node.value):
                return True
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            todo.append(node.value)  # the name of an attribute or of an argument is no use
        elif not isinstance(node, (cst.Import, cst.ImportFrom)):
            todo += parts(node)
    return False


class _Removal(cst.CSTTransformer):
    """Takes the name out of its import statements, and the statement, when nothing is left of it."""

    def __init__(self, edit: RemoveImport) -> None:
        super().__init__()
        self.edit = edit
        self.gap: list[cst.EmptyLine] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, SHUT)

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> Any:
        return self._without(updated_node)

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> Any:
        return self._without(updated_node)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> Any:
        gone = not updated_node.body.body and original_node.body.body
        checking = dotted(updated_node.test).rpartition(".")[2] == "TYPE_CHECKING"
        return cst.RemoveFromParent() if gone and checking and updated_node.orelse is None else updated_node

    def leave_SimpleStatementLine(self, original_node: cst.SimpleStatementLine, updated_node: Any) -> Any:
        """What follows the first import of a group keeps the blank line above the group."""
        gap, (blank, attached) = self.gap, blank_lines(updated_node)
        self.gap = [] if updated_node.body or attached else blank or gap
        if not gap or blank or not updated_node.body:
            return updated_node
        return updated_node.with_changes(leading_lines=[*gap, *updated_node.leading_lines])

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
