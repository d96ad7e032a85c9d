"""Objects that a commit expired, so that a query after it read them anew: `expire_on_commit=False` keeps them, and a
query gives back what the session holds. Where a bulk statement changed their table, they are expired by name."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.bindings import dependency_of
from awaitify.analysis.loading.cures import session_of
from awaitify.analysis.loading.names import last_name, positional, walk
from awaitify.analysis.loading.staleness import Change, Memo, bound_before, committed_changes, uses_after
from awaitify.analysis.loading.types import MANY, ONE, RUN, Types, statement_of
from awaitify.project.index import Function, span_of, text_of

REASON = "a bulk statement changed its table: the query after the commit reads it anew"
WHY = "{} holds objects that a bulk statement changed, and that a query after the commit would not read anew"
ABSENT = {"first", "one_or_none", "scalar_one_or_none", "scalar", "get", "pop"}
GONE = {"delete", "expunge"}
HOLDERS = {"pair", "list", "tuple", "set", "expression_list", "assignment", "named_expression"}
GROWN_BY = {"append", "appendleft", "insert", "extend", "setdefault"}
LEAVING = {"raise_statement", "return_statement", "continue_statement"}


def expirations(function: Function, types: Types, memo: Memo) -> Iterator[tuple[Node, InsertCode | str]]:
    """(place, what to insert there; or why nothing helps) for each object that a later query would give back stale."""
    done = set[tuple[int, str]]()
    for change in committed_changes(function, types, memo):
        is_inside = _is_asked_inside(function, types, change, memo)
        for name, shape in _held(function, types, change) if is_inside or _asks_after(function, types, change) else ():
            if (change.commit.id, name) not in done:
                done.add((change.commit.id, name))
                is_curable = shape == "one" and not is_inside
                yield change.commit, _expired(function, types, change, name) if is_curable else WHY.format(name)


def _expired(function: Function, types: Types, change: Change, name: str) -> InsertCode | str:
    """Expires the object, or loads its columns anew where they are read later: async code cannot do so at the read."""
    session, param = session_of(function, change.commit, types.mapping.names), function.param(name)
    is_given = param is not None and not dependency_of(types, function, param)
    uses = uses_after(function, name, change.commit.end_byte)
    if (
        session is None
        or is_given
        or _is_shared(function, name)
        or not all(_is_column(use, function, types) for use in uses)
    ):
        return WHY.format(name)
    conditions = [f"{name} is not None"] if _may_be_none(function, types, name, change.node) else []
    if param is not None:  # of this session, or of another one
        conditions.append(f"{name} in {session}")
    code = f"await {session}.refresh({name})" if uses else f"{session}.expire({name})"
    if conditions:
        code = f"if {' and '.join(conditions)}:\n    {code}"
    return InsertCode(span=span_of(statement_of(change.commit)), code=code, reason=REASON)


def _is_column(use: Node, function: Function, types: Types) -> bool:
    """Whether only a column of the object is read."""
    parent, value = use.parent, types.value(function, use)
    attribute = parent.child_by_field_name("attribute") if parent is not None and parent.type == "attribute" else None
    mapped = types.mapping.get(value.cls) if value is not None else None
    return mapped is not None and attribute is not None and text_of(attribute) in mapped.columns - mapped.late.keys()


def _is_shared(function: Function, name: str) -> bool:
    """Whether something else holds the object too: another name, an attribute, a container."""
    for node in walk(function.node):
        parent = node.parent
        if node.type != "identifier" or text_of(node) != name or parent is None:
            continue
        if parent.type in HOLDERS and parent.child_by_field_name("left") != node:
            return True
        outer = parent.parent if parent.type == "argument_list" else None
        if outer is not None and last_name(outer) in GROWN_BY:
            return True
    return False


def _asks_after(function: Function, types: Types, change: Change) -> bool:
    """Whether something after the commit queries the database again."""
    later = [call for call in function.calls if call.node.start_byte >= change.commit.end_byte]
    return change.columns and any(
        last_name(call.node) in ONE | MANY | RUN or types.is_told(function, call.node) for call in later
    )


def _is_asked_inside(function: Function, types: Types, change: Change, memo: Memo) -> bool:
    """Whether a called function commits the change and then queries: it would be given what its caller holds."""
    seen, todo = {function.id}, [(function, change)]
    while todo:
        caller, made = todo.pop()
        if made.commit is not made.node or not made.columns:
            continue
        for callee in types.callees(caller, made.node):
            inner = list(committed_changes(callee, types, memo)) if callee.id not in seen else []
            if any(_asks_after(callee, types, item) for item in inner):
                return True
            seen.add(callee.id)
            todo += [(callee, item) for item in inner]
    return False


def _held(function: Function, types: Types, change: Change) -> Iterator[tuple[str, str]]:
    """(name, shape) of what holds objects of the changed class from before the change."""
    names: dict[str, Node] = {}
    for node in walk(function.node):
        if node.type == "identifier" and node.start_byte < change.node.start_byte:
            names.setdefault(text_of(node), node)
    gone = {text_of(item) for call in function.calls if last_name(call.node) in GONE for item in positional(call.node)}
    for name, node in names.items():
        if name in gone or bound_before(function, types, name, change.node.start_byte) is None:
            continue
        value = types.value(function, node)
        is_object = value is not None and value.shape != "query" and value.cls in types.mapping.classes
        if value is not None and is_object and (not change.cls or types.mapping.related(value.cls, change.cls)):
            yield name, value.shape


def _may_be_none(function: Function, types: Types, name: str, before: Node) -> bool:
    """Whether a name is bound by what may give None, and no branch leaves the function for that."""
    param = function.param(name)
    if param is not None:
        return any("None" in text_of(item) or "Optional" in text_of(item) for item in (param.annotation,) if item)
    bound = [right for how, right in types.bindings(function).get(name, []) if how == "is"]
    if not any(last_name(right) in ABSENT for right in bound if right.type in ("call", "await")):
        return False
    return not is_checked(function, name, before)


def is_checked(function: Function, name: str, before: Node) -> bool:
    """Whether a branch that asks about a name leaves the function, as for None."""
    for node in walk(function.node):
        condition = node.child_by_field_name("condition") if node.type == "if_statement" else None
        block = node.child_by_field_name("consequence") if condition is not None else None
        if condition is None or block is None or node.start_byte > before.start_byte:
            continue
        if name in {text_of(item) for item in walk(condition)} and block.named_children[-1].type in LEAVING:
            return True
    return False
