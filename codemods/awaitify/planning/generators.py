"""Generators that become async ones: their own words, and the places that read them."""

from __future__ import annotations

from awaitify_transforms.edits import (
    AsyncComprehension,
    AsyncFor,
    AwaitCall,
    AwaitRead,
    BridgeCall,
    Edit,
    ExecuteQuery,
    ListGenerator,
    ReadInThread,
    ReplaceExpression,
    YieldEach,
)
from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.colour import Colouring
from awaitify.analysis.generators import Reading, each_from
from awaitify.planning.draft import Draft
from awaitify.planning.iterators import retype_result
from awaitify.project.expressions import span_of_word
from awaitify.project.index import LANGUAGE, Function, ancestors, span_of, text_of

WAITING = (AsyncComprehension, AwaitCall, AwaitRead, BridgeCall, ExecuteQuery, ReadInThread)
_LAZY = Query(LANGUAGE, "(generator_expression) @lazy")
PLAIN = {"list": "[item async for item in {0}]", "set": "{item async for item in {0}}"}
NAMES = ("item", "each", "element", "part")


def plan_generator(function: Function, colouring: Colouring, draft: Draft) -> None:
    """What an async generator says otherwise than `def`: its annotation, and `yield from`."""
    if not function.is_generator or function.is_async or function in colouring.effects.generator_managers:
        return
    retype_result(function, draft)
    waiting = {reading.node.id for reading in _readings(function, colouring) if reading.how == "from"}
    for node, value in each_from(function):
        name = next((name for name in NAMES if name not in function.file.words), f"{NAMES[0]}_of_{function.name}")
        statement = node.parent or node
        draft.add(function.file, YieldEach(span=span_of(statement), name=name, asynchronous=value.id in waiting))


def plan_readings(function: Function, colouring: Colouring, draft: Draft) -> None:
    """How a function that moves reads the generators that are async then."""
    for reading in _readings(function, colouring):
        node, file = reading.node, function.file
        if reading.how == "for":
            draft.add(file, AsyncFor(span=span_of_word(_around(node, "for_statement"), "for")))
        elif reading.how == "comprehension":
            draft.add(file, AsyncComprehension(span=span_of_word(_around(node, "for_in_clause"), "for")))
        elif reading.how == "join":
            reader = _around(node, "call")
            rest = "".join(f", {text_of(item)}" for item in _others(reader, node))
            name = text_of(reader.named_children[0])
            code = f"{name}([item async for item in {{0}}]{rest})" if rest or name not in PLAIN else PLAIN[name]
            draft.add(file, ReplaceExpression(span=span_of(reader), code=code, holes=(span_of(node),)))


def plan_lists(function: Function, colouring: Colouring, draft: Draft) -> None:
    """Generator expressions with something inside that waits become lists."""
    for node in QueryCursor(_LAZY).captures(function.node).get("lazy", []):
        clause = next(child for child in node.named_children if child.type == "for_in_clause")
        right = clause.child_by_field_name("right")
        waits = [edit for edit in draft.edits[function.file] if is_waiting(edit) and is_within_span(edit.span, node)]
        if any(right is None or not is_within_span(edit.span, right) for edit in waits):
            draft.add(function.file, ListGenerator(span=span_of_word(clause, "for")))


def is_waiting(edit: Edit) -> bool:
    """Whether a change brings an `await`."""
    return isinstance(edit, WAITING) or (isinstance(edit, ReplaceExpression) and "await " in edit.code)


def is_within_span(span: tuple[int, int], node: Node) -> bool:
    """Whether a place in the source lies in a node."""
    return node.start_byte <= span[0] and span[1] <= node.end_byte


def _readings(function: Function, colouring: Colouring) -> list[Reading]:
    """The readings in a function of generators that move."""
    effects, asyncs = colouring.effects, colouring.colours.asyncs
    callees = {callee for effect in effects.of(function) for callee in effect.callees}
    found = [item for callee in callees & asyncs for item in effects.generators.get(callee, ())]
    return [reading for reading in found if reading.call.function is function]


def _around(node: Node, kind: str) -> Node:
    return next(item for item in ancestors(node) if item.type == kind)


def _others(reader: Node, node: Node) -> list[Node]:
    arguments = reader.child_by_field_name("arguments")
    return [item for item in arguments.named_children if item != node] if arguments is not None else []
