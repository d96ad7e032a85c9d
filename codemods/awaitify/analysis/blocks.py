"""`with` blocks over something that blocks (`open`, a zip): moved whole into a thread when they are closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.project.index import Function, text_of
from awaitify.project.nodes import with_of

LEAVING = {
    "return_statement",
    "yield",
    "await",
    "break_statement",
    "continue_statement",
    "global_statement",
    "nonlocal_statement",
}
NOT_MOVED = {"session", "native", "terminal", "opens", "root", "iterate", "unresolved", "refused"}


@dataclass(frozen=True, slots=True)
class Block:
    """A `with` statement that blocks. outputs: names bound inside and read outside; problem: why it cannot move."""

    node: Node
    outputs: tuple[str, ...] = ()
    problem: str = ""


def blocking_blocks(function: Function, effects: Effects, asyncs: Collection[Function]) -> list[Block]:
    """The outermost `with` statements of a function whose item is a blocking call."""
    found: list[Block] = []
    for effect in effects.of(function):
        statement = with_of(effect.call.node) if effect.kind == "bridge" else None
        if statement is None or any(_within(statement, block.node) for block in found):
            continue
        found.append(_judged(statement, function, effects, asyncs))
    return found


def blocking_chains(function: Function, effects: Effects) -> list[Node]:
    """The outermost expressions in which a blocking call is made on the result of another: `open(path).read()`."""
    kinds = {effect.call.node.id: effect.kind for effect in effects.of(function)}
    found: list[Node] = []
    for effect in effects.of(function):
        node, inner = effect.call.node, effect.call.callee.child_by_field_name("object")
        if effect.kind != "bridge" or inner is None or kinds.get(inner.id) != "bridge":
            continue
        inside = {item.kind for item in effects.of(function) if _within(item.call.node, node)}
        if inside <= {"bridge", "harmless"}:
            found = [other for other in found if not _within(other, node)]
            found += [] if any(_within(node, other) for other in found) else [node]
    return found


def is_inside(node: Node, blocks: Collection[Block]) -> bool:
    """Whether a node lies in one of the blocks."""
    return any(_within(node, block.node) for block in blocks)


def _judged(statement: Node, function: Function, effects: Effects, asyncs: Collection[Function]) -> Block:
    if statement.children[0].type == "async":
        return Block(statement, problem="it is asynchronous already")
    leaving = next((node for node in _descend(statement) if node.type in LEAVING), None)
    if leaving is not None:
        return Block(statement, problem=f"{leaving.type.removesuffix('_statement')} leaves it")
    for effect in effects.of(function):
        if _within(effect.call.node, statement) and _must_await(effect, asyncs):
            return Block(statement, problem=f"{text_of(effect.call.callee)} inside needs the event loop")
    bound = set(_bound(statement))
    outside = [node for node in function.file.names if _within(node, function.node) and not _within(node, statement)]
    earlier = {text_of(node) for node in outside if node.start_byte < statement.start_byte}
    if bound & earlier - {text_of(node) for node in outside if node.start_byte > statement.end_byte}:
        return Block(statement, problem="it rebinds names of the function")
    if bound & earlier:
        return Block(statement, problem="it rebinds names of the function")
    later = {text_of(node) for node in outside}
    return Block(statement, tuple(sorted(bound & later)))


def _must_await(effect: Effect, asyncs: Collection[Function]) -> bool:
    return effect.kind in NOT_MOVED or any(callee in asyncs for callee in effect.callees)


def _within(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _descend(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type not in ("function_definition", "lambda", "class_definition"):
            yield child
            yield from _descend(child)


def _bound(node: Node) -> Iterator[str]:
    """Names that statements inside a node bind."""
    for child in _descend(node):
        target = None
        if child.type in ("assignment", "augmented_assignment", "for_statement"):
            target = child.child_by_field_name("left")
        elif child.type == "named_expression":
            target = child.child_by_field_name("name")
        elif child.type == "as_pattern_target":
            target = child
        if target is not None:
            yield from (text_of(item) for item in (target, *_descend(target)) if item.type == "identifier")
