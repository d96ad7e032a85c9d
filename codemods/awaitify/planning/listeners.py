"""Event listeners of an engine follow it to its async twin; those of a session factory hear the sync class inside."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.listeners import LISTENS, heard_by
from awaitify.analysis.values import FACTORY, SCOPED
from awaitify.analysis.waiting import looks_at_callers, waits_apart
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.project.index import Call, File, Function, span_of, text_of


def check_listener(call: Call, function: Function, effects: Effects) -> None:
    """Raises NotTwinned for a listener that would stop the event loop, or would not see who called: the statements of
    an async engine run on a stack of their own."""
    message = ""
    if waits_apart(function, effects):
        message = f"{function.id} listens to an engine, and waits for more than its connection"
    elif looks_at_callers(function):
        message = f"{function.id} listens to an engine, and looks for its callers, which an async one hides from it"
    if message:
        raise NotTwinned(Reason("session-listener", message, call.file.source.relative, function.line))


def follow_listeners(home: File, variable: Node, twin: str, effects: Effects, draft: Draft) -> Reason | None:
    """Plans the listeners of an engine for its twin too. Gives a reason where one has no exact form.

    A listener on the class `Engine` or `Session` hears the async ones anyway."""
    resolution = effects.resolution
    for file, call in _listening(resolution):
        if not _means(file, call.arguments[0], home, variable, resolution):
            continue
        for function in heard_by(file, call, resolution):
            check_listener(call, function, effects)
        code, place = _copy(call, twin) if file is home else ("", None)
        if place is None:
            message = f"{text_of(call.node)[:60]} listens to {text_of(variable)}, whose async twin it would not hear"
            return Reason("session-listener", message, file.source.relative, call.line)
        draft.add(home, InsertCode(span=span_of(place), code=code))
    return None


def heard_class(call: Call, resolution: Resolution) -> str:
    """The code of the class that the sessions of a factory (a call of `sessionmaker`) have, if something listens to
    them; "" where nothing does."""
    for variable, code in _held_by(call, resolution):
        if any(_means(file, item.arguments[0], call.file, variable, resolution)
               for file, item in _listening(resolution)):  # fmt: skip
            return code
    return ""


def has_heard_sessions(resolution: Resolution) -> bool:
    """Whether something listens to the sessions of one factory."""
    heard = [resolution.class_names(file, call.arguments[0]) for file, call in _listening(resolution)]
    return any(names & {FACTORY, SCOPED} for names in ({name.partition("[")[0] for name in item} for item in heard))


def _listening(resolution: Resolution) -> Iterator[tuple[File, Call]]:
    """The calls of the service that register listeners."""
    for file in resolution.project.files:
        for call in file.calls if not file.is_test else ():
            if text_of(call.callee).rpartition(".")[2] in LISTENS and call.arguments:
                yield file, call


def _held_by(call: Call, resolution: Resolution) -> Iterator[tuple[Node, str]]:
    """(variable, the code of its sessions' class) of what holds a factory: itself, or in a scope."""
    held = _variable(call.node)
    if held is not None:
        yield held, f"{text_of(held)}.class_"
    for other in call.file.calls:
        given = other.arguments[0] if other.arguments else None
        is_same = given is not None and held is not None and text_of(given) == text_of(held)
        if given is not None and (given == call.node or is_same) and text_of(other.callee).endswith("scoped_session"):
            scoped = _variable(other.node)
            if scoped is not None:
                yield scoped, f"{text_of(scoped)}.session_factory.class_"


def _variable(node: Node) -> Node | None:
    """The name that a call's value is assigned to."""
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return left if left is not None and left.type in ("identifier", "attribute") else None


def _means(file: File, argument: Node, home: File, variable: Node, resolution: Resolution) -> bool:
    if argument.type not in ("identifier", "attribute"):
        return False
    name = variable.child_by_field_name("attribute") or variable
    found = resolution.definition(file, argument)
    return any(item.path == home.path and item.offset in (variable.start_byte, name.start_byte) for item in found)


def _copy(call: Call, twin: str) -> tuple[str, Node | None]:
    """The registration for the twin, and the statement at module level that it follows."""
    owner, _, name = text_of(call.callee).rpartition(".")
    listener = ""
    options = [text_of(argument) for argument in call.arguments[1:]]
    parent = call.node.parent
    if parent is None:
        return "", None
    if name == "listen" and parent.type == "expression_statement":
        place: Node | None = parent
    elif name == "listens_for" and parent.type == "decorator" and parent.parent is not None:
        place = parent.parent
        function = place.child_by_field_name("definition")
        node = function.child_by_field_name("name") if function is not None else None
        if node is None or not options:
            return "", None
        listener = text_of(node)
    else:
        return "", None
    is_top = place.parent is not None and place.parent.type == "module"
    if not listener:
        code = f"{text_of(call.callee)}({twin}.sync_engine, {', '.join(options)})"
    elif owner:
        code = f"\n\n{owner}.listen({twin}.sync_engine, {', '.join([options[0], listener, *options[1:]])})"
    else:
        code = f"\n\n{name}({twin}.sync_engine, {', '.join(options)})({listener})"
    return code, place if is_top else None
