"""Sessions of the current request that a module gives to everyone, through a ContextVar.

`_session: ContextVar[Session]`, set in an async dependency or middleware, and read by a property or a function
(`db.session`, `current_session()`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.implicit import is_property
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.setters import Setter, follow, setter_of
from awaitify.analysis.values import function_classes
from awaitify.project.index import Call, File, Function, ancestors, is_imported, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

ASKED = {"get", "set", "reset"}


@dataclass(eq=False, slots=True)
class Current:
    """One such variable, or a registry of sessions with a scope of its own. name: the identifier that it is assigned
    to; made: the call that makes a registry; readers: the properties and functions that give what it holds; removers:
    those that remove what a registry holds; setters: what fills or empties it for a request; sync: functions that stay
    and do so for other code; calls: what is called on it; asked: of these, what is asked of the session itself."""

    home: File
    name: Node
    made: Call | None = None
    readers: list[Function] = field(default_factory=list)
    removers: list[Function] = field(default_factory=list)
    setters: list[Setter] = field(default_factory=list)
    sync: list[Function] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    asked: list[Call] = field(default_factory=list)

    @property
    def is_global(self) -> bool:
        """Whether it is a registry that a module has a name for: it may be used as its session itself."""
        return self.made is not None and self.name.parent == self.statement.named_children[0]

    @property
    def statement(self) -> Node:
        """The statement that makes it."""
        return next(item for item in ancestors(self.name) if item.type == "expression_statement")

    @property
    def given(self) -> set[Function]:
        """What gives or removes the session."""
        return {*self.readers, *self.removers}


def find_current(effects: Effects) -> list[Current]:
    """The variables of which every use is understood."""
    files = [file for file in effects.resolution.project.files if not file.is_test]
    found = [_current(file, name, effects) for file in files for name in _variables(file)]
    kept = [item for item in found if item is not None and item.readers and item.setters]
    return [item for item in kept if not is_replaced_in_tests(item, effects)]


def _variables(file: File) -> Iterator[Node]:
    """The names of a module that are given a ContextVar."""
    for statement in file.root.named_children if file.named("ContextVar") else ():
        node = statement.named_children[0] if statement.type == "expression_statement" else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        made = right.child_by_field_name("function") if right is not None and right.type == "call" else None
        if left is None or left.type != "identifier" or made is None:
            continue
        named = text_of(made.child_by_field_name("value") or made) if made.type == "subscript" else text_of(made)
        if named.rpartition(".")[2] == "ContextVar":
            yield left


def _current(home: File, name: Node, effects: Effects) -> Current | None:
    found, setting = Current(home, name), list[Call]()
    for file in effects.resolution.project.files:
        nodes = file.named(text_of(name))
        for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
            is_meant = any(target.path == home.path and target.offset == name.start_byte for target in targets)
            if not is_meant or node == name or is_imported(node):
                continue
            call = _called(file, node, effects)
            if call is None or call.function is None or not _note(found, call, setting, effects):
                return None
    for call in setting:
        setter = setter_of(call, text_of(name), found.given, effects)
        if setter is None:
            return None
        found.setters.append(setter)
    return found


def _called(file: File, node: Node, effects: Effects) -> Call | None:
    """The call of a method of the variable; None for any other use."""
    method = node.parent
    call = effects.resolution.call_at(file, method.parent) if method is not None and method.parent is not None else None
    if call is None or call.callee != method or call.in_lambda or file.is_test:
        return None
    return call if text_of(call.callee).rpartition(".")[2] in ASKED else None


def _note(found: Current, call: Call, setting: list[Call], effects: Effects) -> bool:
    """Notes a call on the variable; says whether it is understood."""
    function, asked = call.function, text_of(call.callee).rpartition(".")[2]
    assert function is not None
    found.calls.append(call)
    if asked == "get":
        found.readers += [function] if function not in found.readers else []
        return is_reader(call, effects)
    if not function.is_async:
        found.sync.append(function)
    elif asked == "set":
        setting.append(call)
        return [item.function for item in setting].count(function) == 1
    return True  # a reset is looked at with what sets it


def is_reader(call: Call, effects: Effects) -> bool:
    """Whether a call stands in a function that only gives what a variable or a registry holds: a session."""
    function, resolution = call.function, effects.resolution
    if function is None or function.is_async or function.is_generator or function.parent is not None:
        return False
    is_plain = not function.decorators or is_property(function)
    given = {name.partition("[")[0] for name in function_classes(resolution, function)}
    others = [other for other in function.calls if other is not call]
    is_session = bool(given & set(SESSION_CLASSES)) and not resolution.overrides.get(function)
    return is_plain and is_session and all(_is_idle(other, effects) for other in others)


def _is_idle(call: Call, effects: Effects) -> bool:
    """Whether a call makes an exception, or does nothing."""
    effect = effects.by_call.get(call)
    return effect is None or effect.kind == "harmless" or (effect.kind != "opens" and _is_raised(call))


def _is_raised(call: Call) -> bool:
    return call.node.parent is not None and call.node.parent.type == "raise_statement"


def is_replaced_in_tests(current: Current, effects: Effects) -> bool:
    """Whether tests put something in the place of what gives or fills the variable, or use it themselves."""
    functions = {*current.given, *current.sync, *(item.function for item in current.setters)}
    words = "|".join(re.escape(item.name) for item in current.readers)
    for file in (item for item in effects.resolution.project.files if item.is_test):
        nodes = file.named(*(item.name for item in functions))
        for targets in effects.resolution.definitions(file, nodes):
            if any(effects.resolution.function_of(target) in functions for target in targets):
                return True
        if words and re.search(rf"[\"'.](?:{words})[\"']", file.source.text.decode()):
            return True
    return False


def complete(current: Current, effects: Effects) -> bool:
    """Follows what fills or empties a registry; says whether all of it is understood."""
    return all(follow(setter, current.given, effects) for setter in current.setters)
