"""The edits of a function that works on the session of the current request, for the async one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from awaitify_transforms.edits import BridgeCall, Edit, Rename, ReplaceExpression, SelectQuery
from tree_sitter import Node

from awaitify.project.index import span_of, text_of

CODES = ("code", "session", "runner")


def on_async(edits: list[Edit], uses: list[tuple[Node, str]]) -> list[Edit]:
    """The edits with what they say of the session, and renames where it stands beside them. uses: the expressions that
    are the session, each with the new name of what gives it."""
    return [*said(edits, uses), *_others(edits, uses)]


def said(edits: list[Edit], uses: list[tuple[Node, str]]) -> list[Edit]:
    """The edits alone."""
    names = {text_of(node): _renamed(node, new) for node, new in uses}
    return [_said(edit, names) for edit in edits]


def _renamed(node: Node, new: str) -> str:
    last = _last(node)
    start = last.start_byte - node.start_byte
    text = text_of(node)
    return text[:start] + new + text[start + len(text_of(last)) :]


def _last(node: Node) -> Node:
    """The identifier of what gives the session: `session` of `db.session`, `get` of `get()`."""
    callee = node.child_by_field_name("function") if node.type == "call" else node
    assert callee is not None
    return callee.child_by_field_name("attribute") or callee


def _said(edit: Edit, names: Mapping[str, str]) -> Edit:
    given = {field.name for field in fields(edit)}
    changed = {
        name: _in_words(value, names)
        for name in CODES
        if name in given and isinstance(value := getattr(edit, name), str)
    }
    return replace(edit, **changed) if changed else edit


def _in_words(code: str, names: Mapping[str, str]) -> str:
    for name, new in names.items():
        if name.isidentifier():  # a registry, which lacks what only its session has
            code = re.sub(rf"(?<![\w.]){re.escape(name)}\.(run_sync|sync_session)\b", rf"{new}().\1", code)
        end = r"\b" if name[-1:].isidentifier() else ""
        code = re.sub(rf"(?<![\w.]){re.escape(name)}{end}(?!\s*=[^=])", new, code)
    return code


def _others(edits: list[Edit], uses: list[tuple[Node, str]]) -> Iterator[Edit]:
    """The renames of those that no edit replaces."""
    roots = {edit.span for edit in edits if isinstance(edit, SelectQuery)}
    gone = [edit.span for edit in edits if isinstance(edit, ReplaceExpression)]
    gone += [edit.drop for edit in edits if isinstance(edit, BridgeCall) and len(edit.drop) == 2]
    for node, new in uses:
        is_root = any(start == node.start_byte for start, _ in roots)
        if not is_root and not any(start <= node.start_byte < end for start, end in gone):
            yield Rename(span=span_of(_last(node)), new=new)
