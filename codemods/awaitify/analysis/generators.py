"""Generators of the project that wait: they become async generators where each place that reads one can read such.

A sync generator runs up to its next `yield` each time it is asked, and so does an async one. What differs is who may
ask: `async for`, a comprehension, a response that is streamed, FastAPI for a dependency; and that one which is left
half read is closed a moment later, not at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tree_sitter import Node, Query, QueryCursor

from awaitify.project.expressions import around
from awaitify.project.index import LANGUAGE, Call, File, Function, ancestors, is_label, is_within, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effect, Effects
    from awaitify.analysis.entries.model import Entries

#: They read all that they are given at once, and give another value.
READERS = {
    *(f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sorted", "sum", "min", "max", "dict")),
    "builtins.bytes.join", "builtins.str.join",
}  # fmt: skip
#: They take an async iterable as well as a plain one.
STREAMS = {"starlette.responses.StreamingResponse", "sse_starlette.sse.EventSourceResponse"}
ENDING = {"commit", "rollback", "expire", "expire_all", "expunge", "expunge_all", "close"}
#: Between these releases a dependency ends before the response is streamed: a closed AsyncSession that is used again is
#: given back to the pool by nobody.
CLOSED_SINCE, CLOSED_UNTIL = "fastapi 0.106", "fastapi 0.118"
_PARTS = Query(
    LANGUAGE,
    "(yield) @yield (return_statement (_) @value) (break_statement) @end (return_statement) @end\n"
    "(raise_statement) @end",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One place that reads what a call of a generator gives. how: "for", "comprehension", "join" (`list(rows())`),
    "stream" (a response), "from" (`yield from rows()`). node: the call, or the name that stands for it."""

    call: Call
    how: str
    node: Node


def find_generators(effects: Effects) -> dict[Function, list[Reading]]:
    """Plain generators whose every call stands where an async one can be read as well; how each is read."""
    found: dict[Function, list[Reading]] = {}
    for function in effects.resolution.within:
        if function.is_generator and not _shape_problem(function):
            calls = effects.resolution.callers.get(function, ())
            readings = [reading_of(call, effects) for call in calls]
            if all(reading is not None for reading in readings):
                found[function] = [reading for reading in readings if reading is not None]
    return found


def generator_problem(function: Function, effects: Effects, entries: Entries) -> str:
    """Why a generator stays as it is; empty for one that may become async."""
    readings = effects.generators.get(function)
    is_dependency = any(function in inner for inner in entries.depends_on.values()) or function in entries.shared
    if readings is None or not (readings or is_dependency):
        return _shape_problem(function) or "it is read in a way that has no async form"
    if is_dependency and each_from(function):
        return "what it yields from would not get the exceptions of a request"
    if _holds(function) and any(_may_stop(reading) for reading in readings):
        return "it ends a block when it is closed, which an async one does a moment later"
    if any(_is_ended_between(reading, effects) for reading in readings):
        return "what reads it ends the transaction between two of its steps"
    if any(reading.how == "stream" for reading in readings) and _is_closed_early(function, effects):
        return "this release of FastAPI closes the session of a request before its response is streamed"
    return ""


def reading_of(call: Call, effects: Effects) -> Reading | None:
    """How the result of a call is read; None where that has no async form."""
    function = call.function
    if function is None or call.in_lambda or function.file.is_test:
        return None
    parent = call.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    node = _only_use(left, function) if left is not None and left.type == "identifier" else call.node
    is_own = node is not None and _home(node) == function.node
    how = _how(node, call, effects) if node is not None and is_own else ""
    return Reading(call, how, node) if node is not None and how else None


def _shape_problem(function: Function) -> str:
    names = [text_of(item).lstrip("@") for item in function.decorators]
    if function.is_async or any(name not in ("staticmethod", "classmethod") for name in names):
        return "it is decorated"
    if function.name.startswith("__"):
        return "it is a special method"
    for name, node in _own_parts(function):
        if name == "value":
            return "it returns a value at its end"
        parent = node.parent
        if name == "yield" and (parent is None or parent.type != "expression_statement"):
            return "it takes what is sent to it"
    return ""


def _own_parts(function: Function) -> Iterator[tuple[str, Node]]:
    """Yields, returned values and ends of a function, without those of functions inside it."""
    for name, nodes in QueryCursor(_PARTS).captures(function.node).items():
        for node in nodes:
            if _home(node) == function.node:
                yield name, node


def _home(node: Node) -> Node:
    """The function that a node belongs to."""
    return next(item for item in ancestors(node) if item.type in ("function_definition", "lambda"))


def _is_from(node: Node) -> bool:
    return any(child.type == "from" for child in node.children)


def each_from(function: Function) -> list[tuple[Node, Node]]:
    """Each `yield from` of a function, with what it reads."""
    found = [node for name, node in _own_parts(function) if name == "yield" and _is_from(node)]
    return [(node, node.named_children[-1]) for node in found if node.named_children]


def _only_use(left: Node, function: Function) -> Node | None:
    """The one place where a variable is read, if it is bound once."""
    start, end = function.node.start_byte, function.node.end_byte
    names = [item for item in function.file.names_between(start, end) if text_of(item) == text_of(left)]
    uses = [item for item in names if item != left and not is_label(item)]
    return uses[0] if len(uses) == 1 and len(names) == 2 else None


def _how(node: Node, call: Call, effects: Effects) -> str:
    parent = node.parent
    if parent is None or any(item.type == "lambda" for item in around(node)):
        return ""
    lazy = [item for item in around(node) if item.type == "generator_expression"]
    if not all(is_read_at_once(item, call.file, effects) for item in lazy):
        return ""
    if parent.type == "for_statement" and parent.child_by_field_name("right") == node:
        return "for" if parent.children[0].type != "async" else ""
    if parent.type == "for_in_clause" and parent.child_by_field_name("right") == node:
        return "comprehension" if not any(child.type == "async" for child in parent.children) else ""
    if parent.type == "yield" and _is_from(parent):
        return "from"
    outer = parent.parent if parent.type == "argument_list" else None
    if parent.type == "keyword_argument" and text_of(parent.named_children[0]) == "content":
        outer = parent.parent.parent if parent.parent is not None else None
    names = _reader_names(outer, call.file, effects)
    if not names or outer is None or (parent.type == "argument_list" and parent.named_children[0] != node):
        return ""
    if names <= STREAMS:
        return "stream"
    return "join" if names <= READERS and parent.type == "argument_list" else ""


def is_read_at_once(generator: Node, file: File, effects: Effects) -> bool:
    """Whether a generator expression is given to a function that reads all of it: a list serves as well."""
    parent = generator.parent
    if parent is not None and parent.type == "argument_list" and parent.named_children[0] == generator:
        parent = parent.parent
    names = _reader_names(parent, file, effects)
    return bool(names) and names <= READERS


def _reader_names(node: Node | None, file: File, effects: Effects) -> set[str]:
    """The definitions of what a call calls."""
    call = effects.resolution.call_at(file, node) if node is not None and node.type == "call" else None
    targets = effects.resolution.targets.get(call, ()) if call is not None else ()
    return {target.name.removesuffix(".__init__").removesuffix(".__new__") for target in targets}


def _holds(function: Function) -> bool:
    """Whether something ends when the generator is closed at one of its yields."""
    yields = [node for name, node in _own_parts(function) if name == "yield"]
    return any(
        item.type == "with_statement"
        or (item.type == "try_statement" and any(child.type == "finally_clause" for child in item.children))
        for node in yields
        for item in ancestors(node)
        if function.node.start_byte < item.start_byte
    )


def _may_stop(reading: Reading) -> bool:
    """Whether what reads a generator may stop before its end: a loop that is left, another generator."""
    loop = reading.node.parent
    found = QueryCursor(_PARTS).captures(loop) if reading.how == "for" and loop is not None else {}
    return reading.how == "from" or any(found.get(name) for name in ("yield", "end", "value"))


def _is_ended_between(reading: Reading, effects: Effects) -> bool:
    """Whether the body of a loop commits or rolls back, so that the generator goes on with expired objects."""
    loop, function = reading.node.parent, reading.call.function
    body = loop.child_by_field_name("body") if loop is not None and reading.how == "for" else None
    if body is None or function is None:
        return False
    inside = [effect for effect in effects.of(function) if is_within(effect.call.node, body)]
    return any(map(_ends, inside)) or _reaches_end([callee for effect in inside for callee in effect.callees], effects)


def _ends(effect: Effect) -> bool:
    return effect.kind in ("session", "stays") and effect.detail.rpartition(".")[2] in ENDING


def _reaches_end(functions: list[Function], effects: Effects) -> bool:
    """Whether functions, or what they call, end a transaction."""
    seen, todo = set(functions), list(functions)
    while todo:
        for effect in effects.of(todo.pop()):
            if _ends(effect):
                return True
            todo += set(effect.callees) - seen
            seen |= set(effect.callees)
    return False


def _is_closed_early(function: Function, effects: Effects) -> bool:
    kinds = {effect.kind for effect in effects.of(function)}
    knowledge = effects.knowledge
    is_between = knowledge.is_before(CLOSED_UNTIL) and not knowledge.is_before(CLOSED_SINCE)
    return is_between and "opens" not in kinds and bool(kinds & {"session", "root", "terminal", "iterate", "project"})
