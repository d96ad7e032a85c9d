"""Which plain kinds a value may have ("str", "int", "None", ...), followed through the project's own code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.direct.bindings import UNKNOWN, Binding, bindings, falls_through, home_of, is_bound_here
from awaitify.analysis.direct.model import field_of, last_word
from awaitify.analysis.direct.plain_kinds import (
    CLASSES,
    LITERALS,
    NOBODY_KNOWS,
    NONE,
    TEXT,
    URLS,
    Kind,
    annotated,
    library_kind,
)
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.values import returned
from awaitify.project.index import Call, Class, File, Function, text_of

CLEAR = {"staticmethod", "classmethod", "property", "cached_property", "functools.cached_property"}
READS = {"get", "items", "keys", "values", "copy", "pop"}
HARMLESS = ("requests.", "json.", "logging.", "loguru.", "structlog.", "builtins.")


@dataclass(eq=False)
class Kinds:
    """Follows values. The sets of the two methods hold "?" where something is not known."""

    resolution: Resolution
    running: set[tuple[int, bool]] = field(default_factory=set)
    known: dict[tuple[int, bool], Kind] = field(default_factory=dict)

    def of(self, node: Node | None, file: File) -> Kind:
        """What an expression may be."""
        return self._once(node, file, False)

    def items(self, node: Node | None, file: File) -> Kind:
        """What the values of a dictionary with texts as keys may be; nothing for None."""
        return self._once(node, file, True)

    def _once(self, node: Node | None, file: File, of_items: bool) -> Kind:
        if node is None:
            return NOBODY_KNOWS
        key = (node.id, of_items)
        if key in self.running:  # a value that is made of itself adds nothing
            return frozenset()
        if key not in self.known:
            self.running.add(key)
            found = self._items(node, file) if of_items else self._kind(node, file)
            self.running.discard(key)
            if self.running:
                return found
            self.known[key] = found
        return self.known[key]

    def _kind(self, node: Node, file: File) -> Kind:
        if node.type in ("string", "concatenated_string"):
            return frozenset({"bytes"}) if text_of(node).lower().startswith(("b", "rb")) else TEXT
        if node.type in LITERALS:
            return frozenset({LITERALS[node.type]})
        if node.type in ("list", "tuple"):
            inner = self._union(self.of(child, file) for child in node.named_children)
            return frozenset({"plain list"}) if inner <= {"str", "int", "float"} else NOBODY_KNOWS
        if node.type == "binary_operator":
            return self._operator(node, file)
        if node.type == "subscript":
            value = field_of(node, "value")
            return (
                TEXT
                if value is not None
                and {item.name for item in self.resolution.definition(file, value)} == {"os.environ"}
                else NOBODY_KNOWS
            )
        if node.type == "call":
            return self._called(node, file, False)
        return self._joined(node, file, False)

    def _joined(self, node: Node, file: File, of_items: bool) -> Kind:
        """What both kinds of questions have in common: parentheses, alternatives, names."""
        children = [child for child in node.named_children if child.type != "comment"]
        if node.type == "parenthesized_expression":
            return self._once(children[0], file, of_items)
        if node.type == "conditional_expression":
            return self._union(self._once(child, file, of_items) for child in (children[0], children[2]))
        if node.type == "boolean_operator":
            left, right = (self._once(field_of(node, name), file, of_items) for name in ("left", "right"))
            return (left - NONE if text_of(field_of(node, "operator") or node) == "or" else left) | right
        if node.type in ("identifier", "attribute"):
            return self._named(node, file, of_items)
        return NOBODY_KNOWS

    def _operator(self, node: Node, file: File) -> Kind:
        operator = text_of(field_of(node, "operator") or node)
        left, right = (self.of(field_of(node, name), file) for name in ("left", "right"))
        if (operator == "+" and TEXT in (left, right)) or (operator == "%" and left == TEXT):
            return TEXT
        numbers = {"int", "float"}
        return left | right if operator in "+-*" and left <= numbers and right <= numbers else NOBODY_KNOWS

    def _items(self, node: Node, file: File) -> Kind:
        if node.type == "none":
            return frozenset()
        if node.type == "dictionary":
            return self._union(self._entry(child, file) for child in node.named_children if child.type != "comment")
        if node.type == "binary_operator" and text_of(field_of(node, "operator") or node) == "|":
            return self.items(field_of(node, "left"), file) | self.items(field_of(node, "right"), file)
        return self._called(node, file, True) if node.type == "call" else self._joined(node, file, True)

    def _entry(self, node: Node, file: File) -> Kind:
        if node.type == "dictionary_splat":
            return self.items(node.named_children[0], file)
        if node.type != "pair" or self.of(field_of(node, "key"), file) != TEXT:
            return NOBODY_KNOWS
        return self.of(field_of(node, "value"), file)

    def _called(self, node: Node, file: File, of_items: bool) -> Kind:
        call, callee = self.resolution.call_at(file, node), field_of(node, "function")
        if call is None or callee is None:
            return NOBODY_KNOWS
        targets = self.resolution.targets.get(call, ())
        functions = self.resolution.functions(call)
        if functions and len(functions) == len(targets):
            return self._results(functions, of_items)
        names = {target.name.removesuffix(".__new__").removesuffix(".__init__") for target in targets}
        if of_items:
            if callee.type == "attribute" and last_word(callee) == "copy":
                return self.items(field_of(callee, "object"), file)
            return self._made_dict(call) if names == {"builtins.dict"} else NOBODY_KNOWS
        return library_kind(call, callee, names, self)

    def _made_dict(self, call: Call) -> Kind:
        """`dict(a, b=c)`."""
        given = [
            self.of(field_of(item, "value"), call.file)
            if item.type == "keyword_argument"
            else self.items(item.named_children[0] if item.type == "dictionary_splat" else item, call.file)
            for item in call.arguments
        ]
        return self._union(given)

    def _results(self, functions: Iterable[Function], of_items: bool) -> Kind:
        """What functions of the project give, with what overrides them."""
        found = frozenset[str]()
        for function in functions:
            found |= self._result(function, of_items)
            for other in self.resolution.overrides.get(function, ()):
                found |= self._result(other, of_items)
        return found

    def _result(self, function: Function, of_items: bool) -> Kind:
        decorators = [text_of(item).lstrip("@") for item in function.decorators]
        if function.is_async or function.is_generator or set(decorators) - CLEAR:
            return NOBODY_KNOWS
        annotation = field_of(function.node, "return_type")
        if annotation is not None and (told := annotated(annotation, of_items)):
            return told
        values = returned(function)
        body = field_of(function.node, "body")
        if body is None or not values:
            return NOBODY_KNOWS
        ends = NONE - NONE if of_items or not falls_through(body) else NONE
        bare = NONE if len(values) < len(function.returns) and not of_items else frozenset[str]()
        return self._union(self._once(value, function.file, of_items) for value in values) | ends | bare

    def _named(self, node: Node, file: File, of_items: bool) -> Kind:
        if not of_items and (told := self._typed(node, file)):
            return told
        if node.type == "attribute":
            return self._attribute(node, file, of_items)
        function = home_of(node, file)
        while function is not None and not is_bound_here(text_of(node), function):
            function = function.parent
        if function is None:
            return self._global(node, file, of_items)
        return self._bound(text_of(node), file, function, of_items)

    def _global(self, node: Node, file: File, of_items: bool) -> Kind:
        """A name of a module, this one or the one that it is imported from."""
        name, home = text_of(node), file
        if not any(item.how == "value" for item in bindings(name, file, None)):
            targets = self.resolution.definition(file, node)
            found = self.resolution.project.by_path.get(targets[0].path or file.path) if len(targets) == 1 else None
            if found is None:
                return NOBODY_KNOWS
            name, home = targets[0].name.rpartition(".")[2], found
        changed = rf"\b{re.escape(name)}(\.update\(|\s*\[[^\]\n]*\]\s*\|?=[^=]|\s*\|?=[^=])"
        others = (item for item in self.resolution.project.files if item is not home and not item.is_test)
        if of_items and any(_searched(changed, item) for item in others):
            return NOBODY_KNOWS
        return self._bound(name, home, None, of_items)

    def _typed(self, node: Node, file: File) -> Kind:
        """By the type checker, where it knows the whole type."""
        names = {target.name for target in self.resolution.classes(file, [node])[0]}
        found = {"url" if URLS.fullmatch(name) else CLASSES.get(name, UNKNOWN) for name in names}
        if not found or UNKNOWN in found:
            return frozenset()
        return (
            frozenset() if re.search(r"\b(Unknown|Any|Todo)\b", self.resolution.hover(file, node)) else frozenset(found)
        )

    def _bound(self, name: str, file: File, function: Function | None, of_items: bool) -> Kind:
        """A name, by everything that it is bound to, and for a dictionary by what is put into it."""
        found = frozenset[str]()
        param = function.param(name) if function is not None else None
        if param is not None and function is not None:
            found |= self._parameter(function, name, of_items)
        for item in bindings(name, file, function):
            found |= self._binding(item, file, of_items)
        return found

    def _parameter(self, function: Function, name: str, of_items: bool) -> Kind:
        """By its annotation, else by what the calls of the function give."""
        param = function.param(name)
        if param is None or param.star == "*" or (param.star == "**" and param.annotation is None):
            return NOBODY_KNOWS
        if param.annotation is not None:
            told = annotated(param.annotation, of_items or param.star == "**", param.star == "**")
            if told:
                return told
        calls = [call for call in self.resolution.callers.get(function, ()) if not call.file.is_test]
        given = [(value, call.file) for call in calls for word, value in bind(function, call) if word == name]
        found = [self._once(value, file, of_items) for value, file in given]
        default = self._once(param.default, function.file, of_items) if param.default is not None else frozenset[str]()
        return self._union([*found, default]) if found else NOBODY_KNOWS

    def _binding(self, item: Binding, file: File, of_items: bool) -> Kind:
        if item.how == "value":
            return self._once(item.node, file, of_items)
        if not of_items:
            return self.of(item.node, file) if item.how == "added" else frozenset()
        if item.how == "put":
            return self.of(item.node, file) if self.of(item.key, file) == TEXT else NOBODY_KNOWS
        if item.how == "update":
            return self.items(item.node, file)
        if item.how == "method":
            return frozenset() if item.node is not None and text_of(item.node) in READS else NOBODY_KNOWS
        if item.how == "passed":
            return frozenset() if self._leaves_alone(item.node, file) else NOBODY_KNOWS
        return NOBODY_KNOWS

    def _leaves_alone(self, node: Node | None, file: File) -> bool:
        """Whether a call changes nothing in a dictionary that it gets."""
        call = self.resolution.call_at(file, node) if node is not None else None
        targets = self.resolution.targets.get(call, ()) if call is not None else ()
        return bool(targets) and all(target.name.startswith(HARMLESS) for target in targets)

    def _attribute(self, node: Node, file: File, of_items: bool) -> Kind:
        """A property, or an attribute that is bound only through `self` in the file of its class."""
        owner, name = field_of(node, "object"), last_word(node)
        targets = self.resolution.definition(file, node)
        found = [self.resolution.function_of(target) for target in targets]
        if found and all(item is not None and CLEAR & {*map(_plain, item.decorators)} for item in found):
            return self._results([item for item in found if item is not None], of_items)
        function = home_of(node, file)
        cls = function.cls if function is not None else None
        if (
            owner is None
            or cls is None
            or function is None
            or not function.params
            or text_of(owner) != function.params[0].name
        ):
            return NOBODY_KNOWS
        return self._kept(name, cls, of_items)

    def _kept(self, name: str, cls: Class, of_items: bool) -> Kind:
        own = {item.file for item in self.resolution.lineage(cls)}
        for file in self.resolution.project.files:
            if file not in own and _searched(rf"\.{re.escape(name)}\b\s*(\[[^\]\n]*\]\s*)?=[^=]", file):
                return NOBODY_KNOWS
        items = [(item, file) for file in own for item in bindings(f"self.{name}", file, None)]
        if not any(item.how == "value" for item, _ in items) or any(
            _searched(rf"\b(?!self\.)\w+\.{re.escape(name)}\s*=[^=]", file) for file in own
        ):
            return NOBODY_KNOWS
        return self._union(self._binding(item, file, of_items) for item, file in items)

    def _union(self, kinds: Iterable[Kind]) -> Kind:
        return frozenset[str]().union(*kinds)


def _searched(pattern: str, file: File) -> bool:
    return re.search(pattern.encode(), file.source.text) is not None


def _plain(decorator: Node) -> str:
    return text_of(decorator).lstrip("@").strip()
