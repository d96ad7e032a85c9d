"""What is done with a response of requests, and with an exception: each use needs the same meaning in httpx."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.direct.messages import is_message
from awaitify.analysis.direct.model import CARRIERS, WRITERS, Change, NotDirect, Place, field_of
from awaitify.project.index import text_of

SAME = {"status_code", "content"}
CONDITIONS = {"if_statement", "elif_clause", "while_statement"}


def response_use(node: Node, followed: bool, place: Place) -> Iterator[Change]:
    """What one use of a response becomes. followed: redirects are, so that httpx raises for no other status. Raises
    NotDirect for one that has no exact form."""
    whole = node.parent
    while whole is not None and whole.type == "parenthesized_expression":
        whole = whole.parent
    if whole is None or whole.type != "attribute" or field_of(whole, "attribute") == node:
        yield from _truth(node)
        return
    name = text_of(field_of(whole, "attribute") or whole)
    outer = whole.parent
    if name in SAME:
        if (
            outer is not None
            and outer.type in ("assignment", "augmented_assignment")
            and outer.named_children[0] == whole
        ):
            raise NotDirect(f".{name} of its response is set")
        return
    if name == "ok":
        yield from _is_fine(whole, node)
    elif name == "reason":
        attribute = field_of(whole, "attribute")
        assert attribute is not None
        yield Change(attribute, "reason_phrase", rename=True)
    elif (
        (name == "json" and _is_bare_call(whole))
        or (name == "headers" and _is_looked_up(whole))
        or (name in ("text", "url") and is_told(whole, place, raised=name == "text"))
    ):
        return
    elif name == "raise_for_status" and _is_bare_call(whole) and followed:
        statement = outer.parent if outer is not None else None
        if statement is None or statement.type != "expression_statement":
            raise NotDirect("what raise_for_status gives is used")
    else:
        raise NotDirect(f".{name} of its response has no exact form here")


def _is_fine(whole: Node, response: Node) -> Iterator[Change]:
    outer = whole.parent
    if outer is not None and outer.type == "not_operator":
        yield Change(outer, "{0}.is_error", (response,))
    else:
        yield Change(whole, "not {0}.is_error", (response,))


def _truth(node: Node) -> Iterator[Change]:
    """A response is true where its status is no error."""
    outer = node.parent
    if outer is not None and outer.type == "not_operator":
        yield Change(outer, "{0}.is_error", (node,))
        return
    inner = node
    while outer is not None and outer.type in ("boolean_operator", "parenthesized_expression"):
        inner, outer = outer, outer.parent
    if outer is None or outer.type not in CONDITIONS or field_of(outer, "condition") != inner:
        raise NotDirect("its response goes elsewhere")
    yield Change(node, "not {0}.is_error", (node,))


def _is_bare_call(whole: Node) -> bool:
    call = whole.parent
    arguments = field_of(call, "arguments")
    is_called = call is not None and call.type == "call" and field_of(call, "function") == whole
    return is_called and arguments is not None and not arguments.named_children


def _is_looked_up(headers: Node) -> bool:
    """`headers["x"]`, `headers.get("x")`, `"x" in headers`."""
    outer = headers.parent
    if outer is None:
        return False
    if outer.type == "subscript":
        place = outer.parent
        is_set = place is not None and place.type == "assignment" and field_of(place, "left") == outer
        return (
            field_of(outer, "value") == headers and not is_set and (place is None or place.type != "delete_statement")
        )
    if outer.type == "attribute":
        call = outer.parent
        return text_of(outer).endswith(".get") and call is not None and field_of(call, "function") == outer
    return (
        outer.type == "comparison_operator"
        and outer.named_children[-1] == headers
        and any(text_of(item) in ("in", "not in") for item in outer.children)
    )


def is_told(node: Node, place: Place, raised: bool = False) -> bool:
    """Whether a value only goes into a line of a log; raised: or into the message of an exception."""
    outer = node.parent
    while outer is not None:
        if outer.type == "call":
            callee = field_of(outer, "function")
            if callee is not None and text_of(callee) in ("str", "repr"):
                outer = outer.parent
                continue
            names = place.names(outer)
            if names and all(name.startswith(WRITERS) or name == "builtins.print" for name in names):
                return True
            if not raised or outer.parent is None or outer.parent.type != "raise_statement":
                return False
            return outer.parent.named_children[0] == outer
        if outer.type not in CARRIERS or (outer.type == "subscript" and not is_first(node, outer)):
            return False
        outer = outer.parent
    return False


def is_first(node: Node, subscript: Node) -> bool:
    """Whether a node is what is subscripted, and not the key."""
    value = field_of(subscript, "value")
    return value is not None and value.start_byte <= node.start_byte and node.end_byte <= value.end_byte


def error_use(node: Node, has_response: bool, place: Place) -> Iterator[Change]:
    """What one use of an exception becomes. has_response: it is one of a status."""
    outer = node.parent
    if outer is None or outer.type == "raise_statement" or is_told(node, place):
        return
    if place.effects.texts_may_change and is_message(node, place):
        return
    if has_response and outer.type == "attribute" and text_of(outer).endswith(".response"):
        above = outer.parent
        if above is not None and above.type == "comparison_operator" and text_of(above).endswith(" is not None"):
            return
        if above is not None and above.type == "attribute" and not text_of(above).endswith(".raise_for_status"):
            yield from response_use(outer, False, place)
            return
    raise NotDirect("the text or the response of its exception goes elsewhere")
