"""Calls of values: a parameter that holds a function, a function that another one made, an attribute of app state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.index import Call, File, Function, text_of
from awaitify.resolve.model import Target

_STATE = re.compile(rb"\.state\.(\w+)\s*=[^=]")
_ON_STATE = re.compile(r"\.state\.(\w+)$")


class Values:
    """What calls mean whose callee is a value."""

    def __init__(self, effects: Effects):
        self.effects, self.resolution = effects, effects.resolution
        self._state: dict[str, set[str]] | None = None

    def functions(self, effect: Effect) -> list[Function]:
        """The project functions that a call of a value may run."""
        found: dict[Function, None] = {}
        for target in self.resolution.targets.get(effect.call, ()):
            if target.in_project:
                found.update(dict.fromkeys(self._held(target)))
        return list(found)

    def state_methods(self, call: Call) -> list[str]:
        """`request.state.db.commit()`: the dotted names of the methods, by what the project puts there."""
        holder = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
        match = _ON_STATE.search(text_of(holder)) if holder is not None else None
        if match is None:
            return []
        method = text_of(call.callee).rpartition(".")[2]
        return [f"{name}.{method}" for name in sorted(self._on_state().get(match[1], ()))]

    def _held(self, target: Target) -> Iterator[Function]:
        file = self.resolution.project.by_path.get(target.path) if target.path is not None else None
        node = file.root.descendant_for_byte_range(target.offset, target.offset + 1) if file is not None else None
        if file is None or node is None:
            return
        owner = next((item for item in file.functions for param in item.params if param.node.id == node.id), None)
        if owner is not None:
            for call in self.resolution.callers.get(owner, ()):
                for name, value in bind(owner, call):
                    if name == text_of(node):
                        yield from self._meant(call, value)
        elif node.parent is not None and node.parent.type == "assignment":
            right = node.parent.child_by_field_name("right")
            made = next((item for item in file.calls if right is not None and item.node.id == right.id), None)
            if made is not None:
                yield from self._made(made)

    def _meant(self, call: Call, value: Node) -> Iterator[Function]:
        """The function that an argument names."""
        if value.type not in ("identifier", "attribute"):
            return
        for target in self.resolution.definition(call.file, value):
            function = self.resolution.function_of(target)
            if function is not None and function.name != "__init__":
                yield function

    def _made(self, call: Call) -> Iterator[Function]:
        """The inner functions that a function returns."""
        for function in self.resolution.functions(call):
            names = {text_of(child) for node in function.returns for child in node.named_children}
            yield from (item for item in function.file.functions if item.parent is function and item.name in names)

    def _on_state(self) -> dict[str, set[str]]:
        """Attribute of a `state` -> the classes of what is assigned to it."""
        if self._state is None:
            self._state = {}
            for file in self.resolution.project.files:
                for match in _STATE.finditer(file.source.text):
                    node = file.root.descendant_for_byte_range(match.start(1), match.end(1))
                    parent = node.parent.parent if node is not None and node.parent is not None else None
                    right = parent.child_by_field_name("right") if parent is not None else None
                    if right is not None:
                        self._state.setdefault(match[1].decode(), set()).update(self._classes(file, right))
        return self._state

    def _classes(self, file: File, value: Node) -> set[str]:
        """The classes of a value; a call that opens a session gives one."""
        call = next((item for item in file.calls if item.node.id == value.id), None)
        effect = self.effects.by_call.get(call) if call is not None else None
        if effect is not None and effect.kind == "opens":
            return {SESSION_CLASSES[0]}
        return self.resolution.class_names(file, value)
