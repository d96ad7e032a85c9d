"""Registries of sessions with a scope of their own, one session a request, that a module gives to everyone.

`db = scoped_session(SessionLocal, scopefunc=request_id.get)`: used itself, or by a property or a function that calls
it, and removed in an async middleware or dependency.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.sessions.calls import AWAITED, INSIDE, STAYS
from awaitify.analysis.sessions.current import Current, complete, is_reader, is_replaced_in_tests
from awaitify.analysis.sessions.setters import Setter
from awaitify.analysis.values import SCOPED
from awaitify.project.index import Call, File, Function, is_imported, is_label, is_within, text_of

ASKED = ("comparison_operator", "if_statement", "not_operator")
GIVEN = ("argument_list", "keyword_argument", "assignment")


def find_scoped(effects: Effects) -> list[Current]:
    """The registries of which every use is understood."""
    found = [_registry(call, effects) for call in list(_makers(effects))]
    kept = [item for item in found if item is not None and item.setters and not is_replaced_in_tests(item, effects)]
    return [item for item in kept if _is_followed(item, effects)]


def _is_followed(current: Current, effects: Effects) -> bool:
    """Whether all that a request does to the registry is understood; what is asked of it is asked of its session."""
    before = {call: effects.by_call.get(call) for call in current.asked}
    for call in current.asked:
        method = text_of(call.callee).rpartition(".")[2]
        if method in AWAITED or method in STAYS or method in INSIDE:
            kind = "stays" if method in STAYS else "session"
            effects.by_call[call] = Effect(kind, call, method)
    if complete(current, effects):
        return True
    effects.by_call.update({call: effect for call, effect in before.items() if effect is not None})
    return False


def _makers(effects: Effects) -> Iterator[Call]:
    for call, targets in effects.resolution.targets.items():
        names = [item.child_by_field_name("name") for item in call.arguments]
        has_scope = len(names) == 2 and (names[1] is None or text_of(names[1]) == "scopefunc")
        if not call.file.is_test and has_scope and any(target.name == SCOPED for target in targets):
            yield call


def _registry(made: Call, effects: Effects) -> Current | None:
    parent = made.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    name = left.child_by_field_name("attribute") if left is not None and left.type == "attribute" else left
    if name is None or name.type != "identifier" or (name == left and made.function is not None):
        return None
    found = Current(made.file, name, made)
    for file, node in _references(found, effects):
        if node != name and not is_imported(node) and not _use(found, file, node, effects):
            return None
    for call in [call for item in found.removers for call in effects.resolution.callers.get(item, ())]:
        if call.function is None or call.file.is_test or call.in_lambda:
            return None
        _note_removal(found, call.function, set())
    return found


def _references(current: Current, effects: Effects) -> Iterator[tuple[File, Node]]:
    home, name = current.home, current.name
    for file in effects.resolution.project.files:
        nodes = file.named(text_of(name))
        for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
            if any(target.path == home.path and _is_assigned(home, name, target.offset) for target in targets):
                yield file, node


def _is_assigned(home: File, name: Node, offset: int) -> bool:
    """Whether the name stands at an offset, or an attribute of that name in the same class."""
    found = home.root.descendant_for_byte_range(offset, offset + 1)
    if found is None or text_of(found) != text_of(name):
        return False
    around = next((cls for cls in home.classes if is_within(name, cls.node)), None)
    return found == name or (around is not None and is_within(found, around.node))


def _use(found: Current, file: File, node: Node, effects: Effects) -> bool:
    """Notes a use; says whether it is understood."""
    whole = node.parent if is_label(node) else node
    outer = whole.parent if whole is not None else None
    if file.is_test or whole is None or outer is None:
        return False
    if outer.type == "assignment" and outer.child_by_field_name("left") == whole:
        return text_of(outer.child_by_field_name("right") or outer) == "None"
    call = effects.resolution.call_at(file, outer)
    if call is not None and call.callee == whole:
        return _called(found, call, effects)
    asked = effects.resolution.call_at(file, outer.parent) if outer.parent is not None else None
    if asked is not None and asked.callee == outer:
        return _asked(found, asked)
    is_read = outer.type == "attribute" and found.is_global  # `db.info`
    return outer.type in ASKED or is_read or (outer.type in GIVEN and found.is_global)


def _called(found: Current, call: Call, effects: Effects) -> bool:
    """`registry()` in what gives its session."""
    if call.function is None or call.in_lambda:
        return False
    found.calls.append(call)
    found.readers += [call.function] if call.function not in found.readers else []
    return is_reader(call, effects)


def _asked(found: Current, call: Call) -> bool:
    """A method of the registry: of its session, or `remove`."""
    function, method = call.function, text_of(call.callee).rpartition(".")[2]
    if function is None or call.in_lambda or (function.is_async and not found.is_global):
        return False
    found.asked.append(call)
    if method == "remove" and not function.is_async and not function.is_generator and function.calls == [call]:
        found.calls.append(call)
        found.removers += [function] if function not in found.removers else []
    elif method == "remove":
        _note_removal(found, function, {text_of(found.name)})
    return True  # what else is asked of it has no async form where it stands


def _note_removal(found: Current, function: Function, names: set[str]) -> None:
    """What an async function does to the session of a request; a sync one goes on as it is."""
    if not function.is_async:
        found.sync.append(function)
        return
    setter = next((item for item in found.setters if item.function is function), None)
    if setter is None:
        found.setters.append(Setter(function, names=names))
    else:
        setter.names |= names
