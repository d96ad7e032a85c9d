"""Objects that a commit expired, so that a query after it read them anew: `expire_on_commit=False` keeps them, and a
query gives back what the session holds. Where a bulk statement changed their table, they are expired by name."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.cures import session_of
from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.staleness import Change, Memo, bound_before, committed_changes
from awaitify.analysis.loading.types import MANY, ONE, RUN, Types, statement_of
from awaitify.project.index import Function, span_of, text_of

REASON = "a bulk statement changed its table: the query after the commit reads it anew"
WHY = "{} holds objects that a bulk statement changed, and that a query after the commit would not read anew"
ABSENT = {"first", "one_or_none", "scalar_one_or_none", "scalar", "get", "pop"}
LEAVING = {"raise_statement", "return_statement", "continue_statement"}


def expirations(function: Function, types: Types, memo: Memo) -> Iterator[tuple[Node, InsertCode | str]]:
    """(place, what to insert there; or why nothing helps) for each object that a later query would give back stale."""
    done = set[tuple[int, str]]()
    for change in committed_changes(function, types, memo):
        for name, shape in _held(function, types, change) if _asks_after(function, types, change) else ():
            if (change.commit.id, name) not in done:
                done.add((change.commit.id, name))
                yield change.commit, _expired(function, types, change, name) if shape == "one" else WHY.format(name)


def _expired(function: Function, types: Types, change: Change, name: str) -> InsertCode | str:
    session = session_of(function, change.commit)
    if session is None:
        return WHY.format(name)
    code = f"{session}.expire({name})"
    if _may_be_none(function, types, name, change.node):
        code = f"if {name} is not None:\n    {code}"
    return InsertCode(span=span_of(statement_of(change.commit)), code=code, reason=REASON)


def _asks_after(function: Function, types: Types, change: Change) -> bool:
    """Whether something after the commit queries the database again."""
    later = [call for call in function.calls if call.node.start_byte >= change.commit.end_byte]
    return change.columns and any(
        last_name(call.node) in ONE | MANY | RUN or types.is_told(function, call.node) for call in later
    )


def _held(function: Function, types: Types, change: Change) -> Iterator[tuple[str, str]]:
    """(name, shape) of what holds objects of the changed class from before the change."""
    names: dict[str, Node] = {}
    for node in walk(function.node):
        if node.type == "identifier" and node.start_byte < change.node.start_byte:
            names.setdefault(text_of(node), node)
    for name, node in names.items():
        if bound_before(function, types, name, change.node.start_byte) is None:
            continue
        value = types.value(function, node)
        is_object = value is not None and value.shape != "query" and value.cls in types.mapping.classes
        if value is not None and is_object and (not change.cls or types.mapping.related(value.cls, change.cls)):
            yield name, value.shape


def _may_be_none(function: Function, types: Types, name: str, before: Node) -> bool:
    """Whether a name is bound by what may give None, and no branch leaves the function for that."""
    bound = [right for how, right in types.bindings(function).get(name, []) if how == "is"]
    if not any(last_name(right) in ABSENT for right in bound if right.type in ("call", "await")):
        return False
    for node in walk(function.node):
        condition = node.child_by_field_name("condition") if node.type == "if_statement" else None
        block = node.child_by_field_name("consequence") if condition is not None else None
        if condition is None or block is None or node.start_byte > before.start_byte:
            continue
        if name in {text_of(item) for item in walk(condition)} and block.named_children[-1].type in LEAVING:
            return False
    return True
