"""The arguments of a call of requests, as httpx takes them. What is sent must be the same."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from awaitify.analysis.direct.model import Change, Direct, NotDirect, Place, field_of, last_word
from awaitify.project.index import text_of

BODIES = {"json", "data"}
WITH_BODY = {"post", "put", "patch", "request"}
TEXT, WHOLE, FLOAT = "builtins.str", "builtins.int", "builtins.float"
DICTS = ("dict[str, str]", "Dict[str, str]")
SCHEMES = ("http://", "https://")
TEXT_CALLS = {"json.dumps", "builtins.str.__new__", "builtins.str", "urllib.parse.quote", "urllib.parse.urljoin"}


def take_arguments(direct: Direct, place: Place) -> None:
    """Notes what each argument becomes. Raises NotDirect."""
    verb = last_word(direct.call.callee)
    given = _by_name(direct, ["method", "url"] if verb == "request" else ["url"])
    direct.method = verb
    url = given.pop("url", None)
    method = given.pop("method", None)
    if url is None or not is_text(url, place):
        raise NotDirect("its address is not known to be a text")
    if verb == "request" and (method is None or not is_text(method, place)):
        raise NotDirect("its method is not known to be a text")
    direct.safe = text_of(url).lstrip("frbFRB").strip("\"'").startswith(SCHEMES)
    bodies = BODIES & given.keys()
    if len(bodies) > 1:
        raise NotDirect("it has two bodies")
    if bodies and verb not in WITH_BODY:
        direct.method, direct.word = "request", verb.upper()
    redirects = given.pop("allow_redirects", None)
    if "timeout" not in given:
        direct.options.append("timeout=None")
    _follow(direct, verb, redirects)
    for name, value in given.items():
        taker = TAKERS.get(name)
        if taker is None:
            raise NotDirect(f"{name}= has no exact form")
        taker(value, direct, place)
    if "params" in given and not _has_no_query(url, place):
        raise NotDirect("its address may have a query already")


def _by_name(direct: Direct, order: list[str]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in direct.call.arguments:
        if node.type == "keyword_argument":
            found[text_of(node.named_children[0])] = node.named_children[-1]
        elif node.type in ("list_splat", "dictionary_splat") or not order:
            raise NotDirect("its arguments are not plain")
        else:
            found[order.pop(0)] = node
    return found


def _follow(direct: Direct, verb: str, redirects: Node | None) -> None:
    if redirects is None:
        direct.followed = verb != "head"
        if direct.followed:
            direct.options.append("follow_redirects=True")
        return
    direct.followed = redirects.type == "true"
    if redirects.type not in ("true", "false"):
        raise NotDirect("allow_redirects= is not a plain value")
    _rename(redirects, "follow_redirects", direct)


def _rename(value: Node, new: str, direct: Direct) -> None:
    name = field_of(value.parent, "name")
    assert name is not None
    direct.changes.append(Change(name, new, rename=True))


def _timeout(value: Node, direct: Direct, place: Place) -> None:
    if value.type == "tuple" and len(value.named_children) == 2:
        connect, read = value.named_children
        if all(_is_number(item, place) for item in (connect, read)):
            code = f"{direct.library}.Timeout({{1}}, connect={{0}})"
            direct.changes.append(Change(value, code, (connect, read)))
            return
    if value.type != "none" and not _is_number(value, place):
        raise NotDirect("timeout= is not known to be a number")


def _is_number(node: Node, place: Place) -> bool:
    if node.type in ("integer", "float"):
        return text_of(node).strip("0._") != ""
    found = place.classes(node)
    return bool(found) and found <= {WHOLE, FLOAT}


def _headers(value: Node, direct: Direct, place: Place) -> None:
    if not _is_headers(value, place):
        raise NotDirect("its headers are not known to be texts")


def _is_headers(value: Node, place: Place) -> bool:
    if value.type == "dictionary":
        return all(
            pair.type == "pair" and all(is_text(part, place) for part in pair.named_children if part.type != "comment")
            for pair in value.named_children
            if pair.type != "comment"
        )
    if value.type in ("identifier", "attribute"):
        hover = place.effects.resolution.hover(place.function.file, value)
        return hover.rpartition(": ")[2] in DICTS or hover in DICTS
    call = place.effects.resolution.call_at(place.function.file, value)
    made = place.effects.resolution.functions(call) if call is not None else []
    return (
        bool(made)
        and all(text_of(kind) in DICTS for item in made for kind in [_result(item.node)] if kind)
        and all(_result(item.node) is not None and not item.is_async for item in made)
    )


def _result(function: Node) -> Node | None:
    return field_of(function, "return_type")


def _pairs(what: str) -> Callable[[Node, Direct, Place], None]:
    """Names and values of a query or a form: None, truth values and lists are written otherwise."""

    def take(value: Node, direct: Direct, place: Place) -> None:
        pairs = [item for item in value.named_children if item.type != "comment"]
        if value.type != "dictionary" or not pairs or any(item.type != "pair" for item in pairs):
            raise NotDirect(f"{what}= is not written out")
        for pair in pairs:
            key, item = field_of(pair, "key"), field_of(pair, "value")
            if key is None or item is None or not (is_text(key, place) and _is_scalar(item, place)):
                raise NotDirect(f"{what}= has values of other types than texts and numbers")

    return take


def _is_scalar(node: Node, place: Place) -> bool:
    if node.type in ("integer", "float") or is_text(node, place):
        return True
    found = place.classes(node)
    return bool(found) and found <= {TEXT, WHOLE, FLOAT}


def _data(value: Node, direct: Direct, place: Place) -> None:
    found = place.classes(value)
    if is_text(value, place) or (found and found <= {TEXT, "builtins.bytes"}):
        _rename(value, "content", direct)
        return
    _pairs("data")(value, direct, place)


def _auth(value: Node, direct: Direct, place: Place) -> None:
    if value.type != "tuple" or len(value.named_children) != 2:
        raise NotDirect("auth= is not a pair")
    if not all(is_text(item, place) for item in value.named_children):
        raise NotDirect("auth= is not a pair of texts")


def _json(value: Node, direct: Direct, place: Place) -> None:
    """Any value: both write it with the standard library."""


TAKERS: dict[str, Callable[[Node, Direct, Place], None]] = {
    "timeout": _timeout, "headers": _headers, "params": _pairs("params"), "data": _data, "auth": _auth, "json": _json,
}  # fmt: skip


def is_text(node: Node, place: Place) -> bool:
    """Whether the value of an expression is a text for certain."""
    if node.type in ("string", "concatenated_string"):
        return not text_of(node).lower().startswith(("b", "rb"))
    if node.type == "parenthesized_expression":
        return is_text(node.named_children[0], place)
    if node.type == "binary_operator":
        parts = [field_of(node, "left"), field_of(node, "right")]
        return text_of(field_of(node, "operator") or node) == "+" and any(
            part is not None and is_text(part, place) for part in parts
        )
    if node.type == "call":
        callee = field_of(node, "function")
        if callee is not None and callee.type == "identifier" and text_of(callee) == "str":
            return place.names(callee) <= {TEXT}
        names = place.names(node)
        is_method = callee is not None and callee.type == "attribute" and last_word(callee) in _GIVE_TEXT
        if is_method and names and all(name.startswith(f"{TEXT}.") for name in names):
            return True
        if names and names <= TEXT_CALLS:
            return True
        call = place.effects.resolution.call_at(place.function.file, node)
        made = place.effects.resolution.functions(call) if call is not None else []
        kinds = [_result(item.node) for item in made if not item.is_async]
        return (
            bool(made)
            and len(kinds) == len(made)
            and all(kind is not None and text_of(kind) == "str" for kind in kinds)
        )
    return place.classes(node) == {TEXT}


_GIVE_TEXT = {
    "format", "rstrip", "lstrip", "strip", "replace", "lower", "upper", "join", "removesuffix", "removeprefix",
}  # fmt: skip


def _has_no_query(url: Node, place: Place) -> bool:
    """Whether no part of an address that is written in the source has a `?`; of a name, where it is assigned."""
    if url.type in ("identifier", "attribute"):
        name = text_of(url)
        found = [
            node.parent.child_by_field_name("right")
            for node in place.function.file.names
            if text_of(node) == name and node.parent is not None and node.parent.type == "assignment"
            and node.parent.child_by_field_name("left") == node
        ]  # fmt: skip
        return (
            bool(found)
            and place.function.param(name) is None
            and all(value is not None and value.type != "identifier" and _has_no_query(value, place) for value in found)
        )
    return url.type in ("string", "concatenated_string", "binary_operator") and "?" not in text_of(url)
