"""Event listeners of an engine follow it to its async twin; those of a session factory cannot."""

from __future__ import annotations

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, span_of, text_of

_LISTENS = ("listens_for", "listen")


def follow_listeners(
    home: File, variable: Node, twin: str, is_engine: bool, resolution: Resolution, draft: Draft
) -> Reason | None:
    """Plans the listeners of a module variable for its twin too. Gives a reason where one has no exact form.

    A listener on the class `Engine` or `Session` hears the async ones anyway."""
    for file in resolution.project.files:
        for call in file.calls:
            if file.is_test or text_of(call.callee).rpartition(".")[2] not in _LISTENS or not call.arguments:
                continue
            if not _means(file, call.arguments[0], home, variable, resolution):
                continue
            code, place = _copy(call, twin) if is_engine and file is home else ("", None)
            if place is None:
                what = f"{text_of(call.node)[:60]} listens to {text_of(variable)}"
                message = f"{what}, whose async twin it would not hear"
                return Reason("session-listener", message, file.source.relative, call.line)
            draft.add(home, InsertCode(span=span_of(place), code=code))
    return None


def _means(file: File, argument: Node, home: File, variable: Node, resolution: Resolution) -> bool:
    if argument.type not in ("identifier", "attribute"):
        return False
    found = resolution.definition(file, argument)
    return any(item.path == home.path and item.offset == variable.start_byte for item in found)


def _copy(call: Call, twin: str) -> tuple[str, Node | None]:
    """The registration for the twin, and the statement at module level that it follows."""
    owner, _, name = text_of(call.callee).rpartition(".")
    options = [text_of(argument) for argument in call.arguments[1:]]
    parent = call.node.parent
    if not owner or parent is None:
        return "", None
    if name == "listen" and parent.type == "expression_statement":
        place: Node | None = parent
    elif name == "listens_for" and parent.type == "decorator" and parent.parent is not None:
        place = parent.parent
        function = place.child_by_field_name("definition")
        listener = function.child_by_field_name("name") if function is not None else None
        if listener is None or not options:
            return "", None
        options.insert(1, text_of(listener))
    else:
        return "", None
    is_top = place.parent is not None and place.parent.type == "module"
    lead = "\n\n" if name == "listens_for" else ""
    return f"{lead}{owner}.listen({twin}.sync_engine, {', '.join(options)})", place if is_top else None
