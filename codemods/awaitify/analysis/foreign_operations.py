"""Operators and properties of what libraries give: `for page in client.pages()`, `repository.owner`, `len(found)`.

The object of a library may ask its service as it is read. Where such a place stands no call tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.knowledge.library_facts import STANDARD_LIBRARY
from awaitify.analysis.knowledge.members import HOOK
from awaitify.analysis.operators import METHODS, operands
from awaitify.analysis.results import returned_classes
from awaitify.project.index import Call, Function, ancestors, is_within, text_of
from awaitify.resolve.model import Target


@dataclass(slots=True)
class Waiting:
    """What of an object may block. names: the method or the property -> its full name; own: the names that it has
    without its hook for attributes."""

    names: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)


def find_foreign_operations(effects: Effects) -> Iterator[tuple[Function, Implicit]]:
    """The places that run what a library's object does by an operator or as a property is read."""
    calls = [effect.call for effect in effects.by_call.values() if _is_asked(effect)]
    classes = returned_classes(calls, effects.resolution)
    for call in calls:
        made = {target for target in effects.resolution.targets.get(call, ()) if target.kind == "class"}
        waiting = Waiting()
        for target in sorted({*classes.get(call, ()), *made}, key=lambda item: item.name):
            _add(target, waiting, effects)
        if waiting.names and call.function is not None:
            for node in _held(call, call.function):
                yield from ((call.function, Implicit(place, (), foreign=name)) for place, name in _run(node, waiting))


def _is_asked(effect: Effect) -> bool:
    """Whether no rule was written for what the library gives."""
    function, fact = effect.call.function, effect.fact
    if function is None or function.file.is_test or function.is_async or fact is None:
        return False
    is_known = fact.is_ruled or fact.library == STANDARD_LIBRARY
    return effect.kind in ("bridge", "harmless") and (fact.has_objects or not is_known)


def _add(target: Target, waiting: Waiting, effects: Effects) -> None:
    """The operators and properties of a library's class that may block, by their source."""
    owner = target.name.removesuffix(".__init__").removesuffix(".__new__")
    ruled = effects.knowledge.fact(owner)
    if target.in_project or target.path is None or (ruled.is_ruled and not ruled.has_objects):
        return
    members = effects.knowledge.members(target.path, owner.rpartition(".")[2], METHODS)
    waiting.own |= members.own
    for name, (full, path) in members.silent.items():
        kind = effects.knowledge.of_source(full, path).kind
        if kind == "blocks" or (kind == "unknown" and ruled.is_ruled):
            waiting.names[name] = full


def _held(call: Call, function: Function) -> Iterator[Node]:
    """The expressions of a function whose value is what a call gives: the call, and the name that it is bound to."""
    yield call.node
    place = call.node.parent
    left = place.child_by_field_name("left") if place is not None and place.type == "assignment" else None
    if left is not None and left.type == "identifier":
        name = text_of(left)
        yield from (node for node in function.file.named(name) if is_within(node, function.node) and node != left)


def _run(node: Node, waiting: Waiting) -> Iterator[tuple[Node, str]]:
    """Where something is done with a value that one of these runs."""
    parent, known = node.parent, waiting.names
    if parent is not None and parent.type == "attribute" and parent.child_by_field_name("object") == node:
        name = text_of(parent.child_by_field_name("attribute") or parent)
        found = known.get(name, "" if name in waiting.own else known.get(HOOK, ""))
        yield from [(parent, found)] if found else []
        return
    statement = next((item for item in ancestors(node) if item.type.endswith(("_statement", "_clause"))), None)
    for operand, names in operands(statement) if statement is not None else ():
        ran = next((known[name] for name in names if name in known), None)
        if operand == node and ran is not None:
            yield node, ran
