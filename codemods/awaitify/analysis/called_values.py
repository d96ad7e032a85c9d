"""Calls of what an expression gives: `make(x)(y)`, `TABLE[key](y)`, and a name that holds an entry of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, File, Function, text_of

SESSION_MAKER = "sqlalchemy.orm.session.sessionmaker"


@dataclass(frozen=True, slots=True)
class Called:
    """kind: project (one of callees runs), opens (a session), harmless, or unresolved."""

    kind: str
    callees: tuple[Function, ...] = ()


def called_value(call: Call, resolution: Resolution) -> Called | None:
    """What runs when the value of an expression is called; None where a name is called, or nothing is known of it."""
    callee = _bare(call.callee)
    if callee.type == "call":
        return _of_result(callee, call, resolution)
    if callee.type not in ("identifier", "attribute") and _is_unnamed(callee):
        return Called("unresolved")
    found = _entries(callee, call, resolution)
    return Called("project", tuple(found)) if found else None


def _bare(node: Node) -> Node:
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node


def _is_unnamed(node: Node) -> bool:
    """Whether an expression is no part of something that has a name."""
    value = node.child_by_field_name("value") if node.type == "subscript" else None
    return value is None or value.type not in ("identifier", "attribute")


def _of_result(inner: Node, call: Call, resolution: Resolution) -> Called:
    """A call of what another call gives: an object, a factory of sessions, or nobody knows."""
    maker = inner.child_by_field_name("function")
    if maker is None or maker.type not in ("identifier", "attribute"):
        return Called("unresolved")
    if maker.type == "attribute" and text_of(maker.child_by_field_name("attribute") or maker) == "op":
        return Called("harmless")  # an operator of SQLAlchemy's: column.op("@>")(value)
    for name in sorted(resolution.class_names(call.file, inner)):
        cls = resolution.project.classes.get(name)
        if cls is not None and "__call__" in cls.methods:
            return Called("project", (cls.methods["__call__"],))
    targets = resolution.definition(call.file, maker)
    is_maker = any(target.name.removesuffix(".__init__") == SESSION_MAKER for target in targets)
    given = resolution.hover(call.file, maker).rpartition("->")[2]
    if is_maker or re.search(r"(?<!async_)sessionmaker\[", given):
        return Called("opens")
    return Called("harmless" if "async_sessionmaker[" in given else "unresolved")  # what an earlier step made


def _entries(node: Node, call: Call, resolution: Resolution, depth: int = 0) -> list[Function]:
    """The functions of a table of which a key gives this one; none when some are not known."""
    table = _table_of(node)
    if table is not None:
        return _functions_in(text_of(table), call, resolution)
    if node.type != "identifier" or call.function is None or depth:
        return []
    values = list(_assigned(text_of(node), call.file, call.function.node))
    found = [_entries(value, call, resolution, depth + 1) if value is not None else [] for value in values]
    return [function for functions in found for function in functions] if all(found) else []


def _table_of(node: Node) -> Node | None:
    """The name of the table in `table[key]`, `table.get(key)` and `table.get(key, None)`."""
    if node.type == "subscript":
        value = node.child_by_field_name("value")
        return value if value is not None and value.type == "identifier" else None
    callee = node.child_by_field_name("function") if node.type == "call" else None
    if (
        callee is None
        or callee.type != "attribute"
        or text_of(callee.child_by_field_name("attribute") or callee) != "get"
    ):
        return None
    arguments = node.child_by_field_name("arguments")
    holder = callee.child_by_field_name("object")
    given = arguments.named_children if arguments is not None else []
    single = len(given) == 1 or (len(given) == 2 and given[1].type == "none")
    return holder if single and holder is not None and holder.type == "identifier" else None


def _functions_in(name: str, call: Call, resolution: Resolution) -> list[Function]:
    """The project functions that are the values of a dictionary, written once and never added to."""
    scopes = [call.function.node] if call.function is not None else []
    root = call.node
    while root.parent is not None:
        root = root.parent
    for scope in [*scopes, root]:
        values = list(_assigned(name, call.file, scope))
        if values:
            break
    else:
        return []
    if len(values) != 1 or values[0] is None or values[0].type != "dictionary":
        return []
    found = []
    for pair in values[0].named_children:
        value = pair.child_by_field_name("value")
        if pair.type == "comment":
            continue
        if value is None or value.type not in ("identifier", "attribute"):
            return []
        functions = [resolution.function_of(target) for target in resolution.definition(call.file, value)]
        if not functions or any(function is None or function.name == "__init__" for function in functions):
            return []
        found += [function for function in functions if function is not None]
    return found


def _assigned(name: str, file: File, scope: Node) -> Iterator[Node | None]:
    """What a name is assigned in a scope; None for any other way to bind it, or to change what it holds."""
    for child in file.named(name):
        if scope.start_byte <= child.start_byte < scope.end_byte:
            yield from _binding(child)


def _binding(name: Node) -> Iterator[Node | None]:
    parent = name.parent
    if parent is None:
        return
    holder = parent.parent
    if parent.type == "assignment" and parent.child_by_field_name("left") == name:
        if parent.child_by_field_name("right") is not None:
            yield parent.child_by_field_name("right")
    elif parent.type == "subscript" and holder is not None and holder.type == "assignment":
        if holder.child_by_field_name("left") == parent:
            yield None
    elif parent.type == "attribute" and parent.child_by_field_name("object") == name:
        if text_of(parent.child_by_field_name("attribute") or parent) in ("update", "setdefault", "pop", "clear"):
            yield None
    elif parent.type in ("parameters", "default_parameter", "typed_parameter", "typed_default_parameter") or (
        parent.type in ("for_statement", "for_in_clause", "named_expression", "augmented_assignment", "pattern_list")
        and parent.child_by_field_name("right") != name
        and parent.child_by_field_name("value") != name
    ):
        yield None
