"""Parameters of tests that get other names, since other fixtures fill them: `db` -> `async_db`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from awaitify_transforms.edits import BridgeCall, Edit, ExecuteQuery, Rename, ReplaceExpression, SelectQuery
from tree_sitter import Node

from awaitify.project.index import Function, span_of, text_of


def renamed(function: Function, names: Mapping[str, str], edits: list[Edit]) -> list[Edit]:
    """The edits of a function whose parameters get other names, and those of their uses."""
    for name, new in names.items():
        edits = list(_renamed(function, name, new, edits))
    return edits


def in_words(code: str, names: Mapping[str, str]) -> str:
    """Code with other names in it."""
    for name, new in names.items():
        code = re.sub(rf"(?<![\w.]){re.escape(name)}\b(?!\s*=[^=])", new, code)
    return code


def _renamed(function: Function, name: str, new: str, edits: list[Edit]) -> Iterator[Edit]:
    names = {name: new}
    gone: list[tuple[int, int]] = []
    for edit in edits:
        if isinstance(edit, ExecuteQuery) and edit.session == name:
            yield replace(edit, session=new)
        elif isinstance(edit, BridgeCall):
            yield replace(edit, runner=in_words(edit.runner, names))
            gone += [edit.drop] if len(edit.drop) == 2 else []
        elif isinstance(edit, ReplaceExpression):
            yield replace(edit, code=in_words(edit.code, names))
            gone.append(edit.span)
        else:
            yield edit
            gone += [edit.span] if isinstance(edit, SelectQuery) else []
    roots = {edit.span for edit in edits if isinstance(edit, SelectQuery)}
    for node in function.file.names:
        inside = function.node.start_byte <= node.start_byte < function.node.end_byte
        if inside and text_of(node) == name and _is_variable(node) and not _is_gone(node, gone, roots):
            yield Rename(span=span_of(node), new=new)


def _is_variable(node: Node) -> bool:
    parent = node.parent
    if parent is None or (parent.type == "attribute" and parent.child_by_field_name("object") != node):
        return False
    return parent.type != "keyword_argument" or parent.child_by_field_name("value") == node


def _is_gone(node: Node, gone: list[tuple[int, int]], roots: set[tuple[int, int]]) -> bool:
    """Whether a name goes with the expression around it; of `db.query(A, x)`, `db` alone does."""
    for start, end in gone:
        if (start, end) in roots:
            if start == node.start_byte:
                return True
        elif start <= node.start_byte < end:
            return True
    return False
