"""Sessions that a middleware keeps for the request (`request.state.db = SessionLocal()`) and dependencies hand over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.sessions.calls import AWAITED
from awaitify.project.index import Call, File, Function, ancestors, is_label, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects


@dataclass(eq=False)
class Slot:
    """One attribute of `request.state`. openings: the calls that fill it; waiting: calls on it in the middleware that
    wait for the database; named: the assignments that fill it from a local name; readers: the dependencies that hand it
    over, with the places."""

    name: str
    openings: list[Call] = field(default_factory=list)
    waiting: list[Call] = field(default_factory=list)
    named: list[tuple[File, Node]] = field(default_factory=list)
    readers: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))

    def calls(self) -> list[Call]:
        """The calls that fill it and that wait on it."""
        return [*self.openings, *self.waiting]


def find_slots(effects: Effects) -> list[Slot]:
    """The slots of which every use is understood, and that are closed."""
    uses: dict[str, list[tuple[File, Node]]] = defaultdict(list)
    for file in effects.resolution.project.files:
        for node in _attributes(file) if not file.is_test else ():
            uses[text_of(node).rpartition(".")[2]].append((file, node))
    found = [slot for name, places in uses.items() if (slot := _slot(name, places, effects)) is not None]
    return [slot for slot in found if slot.openings and any(text_of(c.callee).endswith(".close") for c in slot.waiting)]


def _attributes(file: File) -> Iterator[Node]:
    """The nodes `x.state.name`."""
    for name in file.names:
        state = name.parent
        outer = state.parent if state is not None and text_of(name) == "state" else None
        if outer is not None and outer.type == "attribute" and outer.child_by_field_name("object") == state:
            yield outer


def _slot(name: str, places: list[tuple[File, Node]], effects: Effects) -> Slot | None:
    slot = Slot(name)
    functions = {function.node.id: function for file, _ in places for function in file.functions}
    for file, node in places:
        home = next((functions[item.id] for item in ancestors(node) if item.id in functions), None)
        if home is None or not _add(slot, file, node, home, effects):
            return None
    writers = {call.function for call in slot.openings}
    is_apart = not writers & slot.readers.keys() and {call.function for call in slot.waiting} <= writers
    return slot if is_apart else None


def _add(slot: Slot, file: File, node: Node, home: Function, effects: Effects) -> bool:
    """Notes a use; says whether it is understood."""
    parent, resolution = node.parent, effects.resolution
    if parent is None:
        return False
    if parent.type == "assignment" and parent.child_by_field_name("left") == node:
        right = parent.child_by_field_name("right")
        if right is not None and right.type == "identifier":
            return home.is_async and _add_named(slot, file, right, home, effects)
        call = resolution.call_at(file, right) if right is not None else None
        slot.openings += [call] if call is not None else []
        effect = effects.by_call.get(call) if call is not None else None
        return effect is not None and home.is_async and effect.kind == "opens"
    call = resolution.call_at(file, parent.parent) if parent.type == "attribute" and parent.parent is not None else None
    if call is not None and call.callee == parent and call.node.parent is not None:
        slot.waiting.append(call)
        is_statement = call.node.parent.type == "expression_statement"
        return home.is_async and is_statement and text_of(parent).rpartition(".")[2] in AWAITED
    slot.readers[home].append(node)
    is_plain = not home.is_async and home.cls is None and not home.calls
    return is_plain and parent.type in ("return_statement", "yield")


def _add_named(slot: Slot, file: File, name: Node, home: Function, effects: Effects) -> bool:
    """The same by way of a local name: `db = SessionLocal()`, `request.state.db = db`, `db.close()`."""
    for use in [item for item in file.names_in(home.node) if text_of(item) == text_of(name) and not is_label(item)]:
        parent = use.parent
        if parent is None:
            return False
        is_target = parent.type == "assignment" and parent.child_by_field_name("left") == use
        made = parent.child_by_field_name("right") if is_target else None
        around = parent.parent if parent.type == "attribute" else made
        call = effects.resolution.call_at(file, around) if around is not None else None
        effect = effects.by_call.get(call) if call is not None else None
        if is_target and call is not None and effect is not None and effect.kind == "opens":
            slot.openings.append(call)
        elif call is not None and call.callee == parent and text_of(parent).rpartition(".")[2] in AWAITED:
            slot.waiting.append(call)
            if call.node.parent is None or call.node.parent.type != "expression_statement":
                return False
        elif use != name:
            return False
    slot.named.append((file, name.parent or name))
    return len(slot.openings) == 1
