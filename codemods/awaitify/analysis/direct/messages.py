"""Where the text of an exception goes: into what the service says, or into what it decides."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.direct.bindings import bindings, home_of
from awaitify.analysis.direct.model import CARRIERS, WRITERS, Place, field_of, last_word
from awaitify.project.index import Function, is_label, text_of

MAKES_TEXT = {"str", "repr"}
TEXTS = {"interpolation", "binary_operator"}
TEXT_METHODS = {"format", "join", "strip", "replace", "rstrip", "lstrip", "title", "capitalize"}
KEEPS = {"append", "add", "update", "setdefault", "extend", "insert"}
SAYS = {"return_statement", "raise_statement", "yield", "expression_statement"}


def is_message(node: Node, place: Place, depth: int = 4) -> bool:
    """Whether the text of an exception, and nothing else of it, goes only into messages: answers, other exceptions,
    what is kept to be told later. A text that something is decided by is none."""
    outer = node.parent
    if outer is None or not depth:
        return False
    if outer.type == "argument_list" and outer.parent is not None and outer.parent.type == "call":
        callee = field_of(outer.parent, "function")
        if callee is not None and text_of(callee) in MAKES_TEXT:
            return _is_said(outer.parent, place, depth)
        is_raised = outer.parent.parent is not None and outer.parent.parent.type == "raise_statement"
        return is_raised or (_is_method(callee, TEXT_METHODS) and _is_said(outer.parent, place, depth))
    return outer.type in TEXTS and _is_said(outer, place, depth)


def _is_said(node: Node, place: Place, depth: int) -> bool:
    """Whether a value with a text in it is only said."""
    outer = node.parent
    while outer is not None:
        if outer.type in SAYS:
            return True
        if outer.type == "assignment":
            return _is_kept(node, outer, place, depth)
        if outer.type == "call":
            callee = field_of(outer, "function")
            if callee == node:
                return False
            if _is_method(callee, KEEPS) or _is_raised(outer) or _writes(outer, place):
                return True
            if not _carries(outer, callee, place):
                return False
        elif outer.type == "attribute":
            called = outer.parent
            is_method = called is not None and called.type == "call" and field_of(called, "function") == outer
            if not is_method or called is None or not _is_method(outer, TEXT_METHODS):
                return False
            outer = called
        elif outer.type == "conditional_expression":
            if outer.named_children[1] == node:
                return False
        elif outer.type not in CARRIERS or (outer.type == "subscript" and field_of(outer, "value") != node):
            return False
        node, outer = outer, outer.parent
    return False


def _is_method(callee: Node | None, names: set[str]) -> bool:
    return callee is not None and callee.type == "attribute" and last_word(callee) in names


def _is_raised(call: Node) -> bool:
    return call.parent is not None and call.parent.type == "raise_statement"


def _writes(call: Node, place: Place) -> bool:
    names = place.names(call)
    return bool(names) and all(name.startswith(WRITERS) or name == "builtins.print" for name in names)


def _carries(node: Node, callee: Node | None, place: Place) -> bool:
    """A text of texts, or an object that is made of them (an answer, a model)."""
    if callee is None or text_of(callee) in MAKES_TEXT or _is_method(callee, TEXT_METHODS):
        return callee is not None
    if place.names(node) == {"json.dumps"}:
        return True
    call = place.effects.resolution.call_at(place.function.file, node)
    targets = place.effects.resolution.targets.get(call, ()) if call is not None else ()
    return bool(targets) and all(
        target.kind == "class" or target.name.endswith((".__init__", ".__new__")) for target in targets
    )


def _is_kept(node: Node, assignment: Node, place: Place, depth: int) -> bool:
    """Whether what holds a text is only said: something that is kept elsewhere, or a name whose uses all say it."""
    left = field_of(assignment, "left")
    if left is None or field_of(assignment, "right") != node:
        return False
    if left.type in ("attribute", "subscript"):
        return True
    function = home_of(left, place.function.file)
    if left.type != "identifier" or function is None:
        return False
    uses = _uses(text_of(left), function)
    return uses is not None and all(_is_said(use, place, depth - 1) for use in uses) and depth > 1


def _uses(name: str, function: Function) -> list[Node] | None:
    """The places of a local name that read it; None where it is bound in a way that is not followed."""
    if any(item.how == "other" for item in bindings(name, function.file, function)):
        return None
    start, end = function.node.start_byte, function.node.end_byte
    found: list[Node] = []
    for node in function.file.names:
        if text_of(node) != name or not start <= node.start_byte < end:
            continue
        parent = node.parent
        is_bound = parent is not None and parent.type == "assignment" and field_of(parent, "left") == node
        if not is_bound and not is_label(node):
            found.append(node)
    return found
