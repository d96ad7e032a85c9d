"""Objects that are read after `expire` or `expire_all`, here or in what is called: they are left to a lazy load."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.fact_finding import bind
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.staleness import bound_before, refreshed, uses_after
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Call, Function, text_of

ALL = "expire_all"
#: A callee's parameters that it leaves expired; `expire_all` for every object.
Expired = dict[Function, frozenset[str]]


def expired_reads(function: Function, types: Types, memo: Expired) -> Iterator[tuple[Node, str]]:
    """(the place, why) of what is read after it was expired, here or in what is called."""
    for call in function.calls:
        names = _expired_by(call) or _expired_behind(function, call, types, memo)
        is_named = ALL not in names
        for held in sorted(names if is_named else _held(function, types)):
            later = next(iter(uses_after(function, held, call.node.end_byte)), None)
            if later is None or bound_before(function, types, held, call.node.start_byte) is None:
                continue
            known = types.value(function, later) is not None or is_named
            if known and not refreshed(function, held, call.node.end_byte, later.start_byte, "refresh"):
                yield later, f"{held} is read after {last_name(call.node)}(), which leaves it to a lazy load"


def _expired_by(call: Call) -> set[str]:
    """The names of what a call expires itself."""
    name, arguments = last_name(call.node), positional(call.node)
    if call.callee.type != "attribute" or name not in ("expire", ALL):
        return set()
    if name == ALL:
        return {ALL}
    return {text_of(arguments[0])} if arguments else set()


def _expired_behind(function: Function, call: Call, types: Types, memo: Expired) -> set[str]:
    """The names of the arguments that a project function leaves expired."""
    if not types.is_told(function, call.node):
        return set()
    found: set[str] = set()
    for callee in types.callees(function, call.node):
        names = _left_expired(callee, types, memo)
        found |= {ALL} & names
        found |= {text_of(value) for name, value in bind(callee, call) if name in names and value.type == "identifier"}
    return found


def _left_expired(function: Function, types: Types, memo: Expired) -> frozenset[str]:
    if function not in memo:
        memo[function] = frozenset()  # of a function that calls itself
        end, params = function.node.end_byte, {param.name for param in function.params}
        found: set[str] = set()
        for call in function.calls:
            names = _expired_by(call) or _expired_behind(function, call, types, memo)
            found |= {name for name in names & {*params, ALL}
                      if name == ALL or not refreshed(function, name, call.node.end_byte, end, "refresh")}  # fmt: skip
        memo[function] = frozenset(found)
    return memo[function]


def _held(function: Function, types: Types) -> set[str]:
    return {*types.bindings(function), *(param.name for param in function.params)}
