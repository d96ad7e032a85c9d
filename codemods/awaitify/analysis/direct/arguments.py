"""The arguments of a call of requests, as httpx takes them. What is sent must be the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.direct.bindings import UNKNOWN, bindings, home_of
from awaitify.analysis.direct.dictionaries import is_dictionary
from awaitify.analysis.direct.kinds import Kinds
from awaitify.analysis.direct.model import Change, Direct, NotDirect, Place, field_of, last_word
from awaitify.analysis.direct.pairs import is_pair
from awaitify.analysis.direct.plain_kinds import TEXT
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.values import returned
from awaitify.project.index import File, text_of

BODIES = {"json", "data"}
WITH_BODY = {"post", "put", "patch", "request"}
SCHEMES = ("http://", "https://")
SCALARS = frozenset({"str", "int", "float"})
#: Expressions that give an address as it is kept or made elsewhere.
WHOLE = ("attribute", "subscript", "call")
GIVING_TEXT = {f"builtins.str.{name}" for name in ("format", "rstrip", "lstrip", "strip", "lower", "removesuffix")}
BASIC = "requests.auth.HTTPBasicAuth"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Judges the arguments of one call, and notes what each becomes. Its methods raise NotDirect."""

    direct: Direct
    place: Place
    kinds: Kinds

    def take(self) -> None:
        """All of them."""
        direct = self.direct
        verb = last_word(direct.call.callee)
        given = self._by_name(["method", "url"] if verb == "request" else ["url"])
        direct.method = verb
        url = given.pop("url", None)
        method = given.pop("method", None)
        if url is None:
            raise NotDirect("its address is not known to be a text")
        self._address(url)
        if verb == "request" and (method is None or not self.is_text(method)):
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
        self._follow(verb, redirects)
        for name, value in given.items():
            taker = TAKERS.get(name)
            if taker is None:
                raise NotDirect(f"{name}= has no exact form")
            taker(self, value)
        if "params" in given and given["params"].type != "none" and not self._has_no_query(url, direct.call.file):
            raise NotDirect("its address may have a query already")

    def _by_name(self, order: list[str]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for node in self.direct.call.arguments:
            if node.type == "keyword_argument":
                found[text_of(node.named_children[0])] = node.named_children[-1]
            elif node.type in ("list_splat", "dictionary_splat") or not order:
                raise NotDirect("its arguments are not plain")
            else:
                found[order.pop(0)] = node
        return found

    def is_text(self, node: Node) -> bool:
        """Whether the value of an expression is a text for certain."""
        return self.kinds.of(node, self.place.function.file) == TEXT

    def _of(self, node: Node) -> frozenset[str]:
        return self.kinds.of(node, self.place.function.file)

    def _address(self, url: Node) -> None:
        found = self._of(url)
        if found == TEXT:
            return
        if found and found <= {"str", "url"} and url.type in ("identifier", "attribute"):
            self.direct.changes.append(Change(url, f"str({text_of(url)})"))
            return
        raise NotDirect("its address is not known to be a text")

    def _follow(self, verb: str, redirects: Node | None) -> None:
        direct = self.direct
        if redirects is None:
            direct.followed = verb != "head"
            if direct.followed:
                direct.options.append("follow_redirects=True")
            return
        direct.followed = redirects.type == "true"
        if redirects.type not in ("true", "false"):
            raise NotDirect("allow_redirects= is not a plain value")
        self._rename(redirects, "follow_redirects")

    def _rename(self, value: Node, new: str) -> None:
        name = field_of(value.parent, "name")
        assert name is not None
        self.direct.changes.append(Change(name, new, rename=True))

    def timeout(self, value: Node) -> None:
        """A number above 0, none at all, or one for the connection and one for reading."""
        if value.type == "tuple" and len(value.named_children) == 2:
            connect, read = value.named_children
            if all(self._is_number(item) for item in (connect, read)):
                code = f"{self.direct.library}.Timeout({{1}}, connect={{0}})"
                self.direct.changes.append(Change(value, code, (connect, read)))
                return
        if value.type != "none" and not self._is_number(value, optional=True):
            raise NotDirect("timeout= is not known to be a number")

    def _is_number(self, node: Node, optional: bool = False) -> bool:
        if node.type in ("integer", "float"):
            return text_of(node).strip("0._") != ""
        found = self._of(node) - ({"None"} if optional else set())
        return bool(found) and found <= {"int", "float"}

    def headers(self, value: Node) -> None:
        """Texts alone: None is left out by requests, and anything else refused by both."""
        file = self.place.function.file
        found = self.kinds.items(value, file)
        if found <= TEXT:
            return
        if not found <= {*TEXT, "None", UNKNOWN} or not is_dictionary(value, file, self.kinds.resolution):
            raise NotDirect("its headers are not known to be texts")
        self.direct.unsure = UNKNOWN in found
        code = "{name: value for name, value in {0}.items() if value is not None}"
        self.direct.changes.append(Change(value, code, (value,)))

    def params(self, value: Node) -> None:
        """None and truth values are written otherwise."""
        if not self.kinds.items(value, self.place.function.file) <= SCALARS | {"plain list"}:
            raise NotDirect("params= has values of other types than texts and numbers")

    def data(self, value: Node) -> None:
        """Texts and bytes are `content`; the fields of a form follow the rules of `params`."""
        found = self._of(value)
        if found and found <= {"str", "bytes"}:
            self._rename(value, "content")
        elif not self.kinds.items(value, self.place.function.file) <= SCALARS | {"plain list"}:
            raise NotDirect("data= has values of other types than texts and numbers")

    def auth(self, value: Node) -> None:
        """A pair of texts, or the class for it."""
        call = self.place.effects.resolution.call_at(self.place.function.file, value)
        names = self.place.names(value) if call is not None else set[str]()
        if call is not None and {name.removesuffix(".__init__") for name in names} == {BASIC}:
            given = call.arguments
            if len(given) == 2 and all(item.type != "keyword_argument" and self.is_text(item) for item in given):
                self.direct.changes.append(Change(value, "({0}, {1})", tuple(given)))
                return
        elif is_pair(value, self.place.function.file, self.kinds):
            return
        raise NotDirect("auth= is not a pair of texts")

    def verify(self, value: Node) -> None:
        """Of the client, where it is made: before the other arguments are worked out."""
        if self._of(value) != {"bool"} or value.type not in ("true", "false", "identifier", "attribute"):
            raise NotDirect("verify= is not known to be a truth value")
        self.direct.drops.append("verify")
        if value.type != "true":
            self.direct.options.append(f"verify={text_of(value)}")

    def json(self, value: Node) -> None:
        """Any value: both write it with the standard library."""

    def _has_no_query(self, url: Node, file: File, depth: int = 3) -> bool:
        """Whether no part of an address that is written in the source has a `?`; of a name, where it is bound, and of a
        parameter, what the calls give."""
        if "?" in text_of(url):
            return False
        if url.type in WHOLE:
            return self._kept_has_none(url, file, depth)
        return all(self._parts_have_none(name, file, depth) for name in _names_in(url) if depth)

    def _kept_has_none(self, url: Node, file: File, depth: int) -> bool:
        """An address that is kept whole elsewhere (a setting, the environment) may be anything; an attribute of the
        object is what it is bound to, a call what its functions return."""
        if not depth:
            return False
        call = self.place.effects.resolution.call_at(file, url)
        if call is not None:
            functions = self.place.effects.resolution.functions(call)
            owner = field_of(call.callee, "object")
            names = self.place.names(call.callee)
            if owner is not None and names and names <= GIVING_TEXT:
                return self._has_no_query(owner, file, depth - 1)
            made = [(value, item.file) for item in functions for value in returned(item)]
        else:
            text = text_of(url)
            found = list(bindings(text, file, None)) if text.startswith("self.") and text.count(".") == 1 else []
            if any(item.how in ("added", "other") for item in found):
                return False
            made = [(item.node, file) for item in found if item.how == "value" and item.node is not None]
        return bool(made) and all(self._has_no_query(value, home, depth - 1) for value, home in made)

    def _parts_have_none(self, name: Node, file: File, depth: int) -> bool:
        function = home_of(name, file)
        if function is None or name.type != "identifier":
            return True
        for item in bindings(text_of(name), file, function):
            is_value = item.how in ("value", "added") and item.node is not None
            if is_value and item.node is not None and not self._has_no_query(item.node, file, depth - 1):
                return False
        if function.param(text_of(name)) is None:
            return True
        calls = self.place.effects.resolution.callers.get(function, ())
        given = [(value, call.file) for call in calls for word, value in bind(function, call) if word == text_of(name)]
        return all(self._has_no_query(value, home, depth - 1) for value, home in given)


Taker = Callable[[Arguments, Node], None]
TAKERS: dict[str, Taker] = {
    "timeout": Arguments.timeout, "headers": Arguments.headers, "params": Arguments.params, "data": Arguments.data,
    "auth": Arguments.auth, "json": Arguments.json, "verify": Arguments.verify,
}  # fmt: skip


def _names_in(node: Node) -> list[Node]:
    """The names whose values are parts of a text."""
    if node.type in ("identifier", "attribute"):
        return [node]
    parts = {"string", "interpolation", "binary_operator", "concatenated_string", "parenthesized_expression"}
    return [name for child in node.named_children for name in _names_in(child)] if node.type in parts else []
