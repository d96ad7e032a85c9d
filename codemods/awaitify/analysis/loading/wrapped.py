"""What a returned value holds: the values of a dictionary, or of an object that the code makes (`Page(data=found)`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.loading.bindings import Bindings, returned_by
from awaitify.analysis.loading.names import last_name, positional, string_value, walk_own
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Class, Function, text_of

DEPTH = 4
ARRANGING = ("sorted", "list", "reversed", "tuple")


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside. function: where its code stands; field: its key, or the attribute that keeps it; kind: what is
    called to make the object that holds it, of a dictionary None."""

    function: Function
    field: str
    value: Node
    kind: Node | None


class Wrapped:
    """Looks into values, through names and the project's functions."""

    def __init__(self, types: Types):
        self.types = types

    def parts(self, function: Function, node: Node, depth: int = 0) -> Iterator[Part]:
        """The values inside what an expression gives; none for a value that holds nothing that the code tells."""
        if depth > DEPTH:
            return
        if node.type == "dictionary":
            yield from self._of_arguments(function, node, None, [], depth)
        elif node.type == "identifier":
            yield from self._of_name(function, text_of(node), depth)
        elif (whole := arranged(node)) is not None:
            yield from self.parts(function, whole, depth + 1)
        elif node.type == "call":
            yield from self._of_call(function, node, depth)
        elif (method := self.shown(function, node)) is not None:
            for value in returned_by(method):
                yield from self.parts(method, value, depth + 1)
        else:
            for item in pieces(node):
                yield from self.parts(function, item, depth + 1)

    def shown(self, function: Function, node: Node) -> Function | None:
        """The property of a mapped class that an expression reads."""
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if node.type != "attribute" or owner is None or name is None:
            return None
        self.types.ask([(function, owner)])
        value = self.types.value(function, owner)
        mapped = self.types.mapping.classes.get(value.cls) if value is not None and value.shape == "one" else None
        return mapped.properties.get(text_of(name)) if mapped is not None else None

    def made(self, function: Function, callee: Node | None) -> Class | None:
        """The class of the project that a call makes an object of: `Page(...)`, `Page[Item](...)`; not a mapped one."""
        if callee is not None and callee.type == "subscript":
            callee = callee.child_by_field_name("value")
        cls = self.types.mapping.names.find(function.file, text_of(callee)) if callee is not None else None
        return cls if cls is not None and cls.id not in self.types.mapping.classes else None

    def _of_call(self, function: Function, node: Node, depth: int) -> Iterator[Part]:
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        cls = self.made(function, callee)
        if callee is None or arguments is None:
            return
        if cls is not None or text_of(callee) == "dict":
            names = self._names(cls) if cls is not None else []
            yield from self._of_arguments(function, arguments, callee if cls is not None else None, names, depth)
        elif self.types.is_told(function, node):
            for made in self.types.callees(function, node):
                for value in (item.named_children[0] for item in made.returns if item.named_children):
                    yield from self.parts(made, value, depth + 1)

    def _of_arguments(
        self, function: Function, arguments: Node, kind: Node | None, names: list[str], depth: int
    ) -> Iterator[Part]:
        """Of the pairs of a dictionary, or of what a class is called with. names: of its arguments without one."""
        given = iter(names)
        for child in arguments.named_children:
            if child.type == "dictionary_splat":
                yield from self.parts(function, child.named_children[0], depth + 1)
                continue
            key = child.child_by_field_name("key") or child.child_by_field_name("name")
            value = child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                yield Part(function, string_value(key) or "", value, kind)
            elif child.type == "keyword_argument" and key is not None and value is not None:
                yield Part(function, text_of(key), value, kind)
            elif child.type != "comment":
                yield Part(function, next(given, ""), child, kind)

    def _of_name(self, function: Function, name: str, depth: int) -> Iterator[Part]:
        """Of what a name is bound to, and of what is put into it afterwards: `page["data"] = found`."""
        bindings: Bindings = self.types.bindings(function)
        bound = [right for how, right in bindings.get(name, []) if how in ("is", "with")]
        for right in bound:
            yield from self.parts(function, right, depth + 1)
        if not any(self._is_holder(function, right) for right in bound):
            return
        for node in walk_own(function.node):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            key = _put(left, name) if node.type == "assignment" and left is not None else ""
            if key and right is not None:
                yield Part(function, key, right, None)

    def _is_holder(self, function: Function, node: Node) -> bool:
        """Whether an expression makes a dictionary, or an object of a class that is not mapped."""
        if node.type != "call":
            return node.type == "dictionary"
        callee = node.child_by_field_name("function")
        return callee is not None and (text_of(callee) == "dict" or self.made(function, callee) is not None)

    def _names(self, cls: Class) -> list[str]:
        """What the arguments of a class go to: the parameters of its `__init__`, else the fields of a data class."""
        bases = self.types.mapping.names.bases(cls)
        made = next((base.methods["__init__"] for base in bases if "__init__" in base.methods), None)
        if made is not None:
            return [param.name for param in made.params[1:] if not param.star]
        return list(dict.fromkeys(name for base in reversed(bases) for name in fields(base)))


def fields(cls: Class) -> list[str]:
    """The annotated names of a class's own body."""
    body = cls.node.child_by_field_name("body")
    nodes = [item.named_children[0] for item in (body.named_children if body else []) if item.named_children]
    lefts = [node.child_by_field_name("left") for node in nodes if node.child_by_field_name("type") is not None]
    return [text_of(left) for left in lefts if left is not None and left.type == "identifier"]


def arranged(node: Node) -> Node | None:
    """What an expression gives in part, or in another order: `found[:10]`, `sorted(found, key=key)`; or what it runs on
    the session: `db.run_sync(lambda _: shown(found))`."""
    if node.type == "subscript":
        index = node.child_by_field_name("subscript")
        return node.child_by_field_name("value") if index is not None and index.type == "slice" else None
    callee = node.child_by_field_name("function") if node.type == "call" else None
    arguments = positional(node) if callee is not None else []
    if callee is not None and last_name(callee) == "run_sync" and arguments:
        return arguments[0].child_by_field_name("body")
    if callee is None or text_of(callee) not in ARRANGING:
        return None
    return arguments[0] if len(arguments) == 1 else None


def pieces(node: Node) -> list[Node]:
    """What a list, a comprehension or a choice is made of; [] for anything else."""
    if node.type in ("list", "tuple", "expression_list"):
        return node.named_children
    if node.type in ("list_comprehension", "set_comprehension", "generator_expression"):
        return node.named_children[:1]
    if node.type in ("conditional_expression", "boolean_operator", "parenthesized_expression", "await"):
        chosen = node.named_children
        return [chosen[0], chosen[-1]] if node.type == "conditional_expression" else chosen
    return []


def _put(left: Node, name: str) -> str:
    """The key, or the attribute, of a name that an assignment sets."""
    base = left.child_by_field_name("value" if left.type == "subscript" else "object")
    if base is None or text_of(base) != name:
        return ""
    if left.type == "subscript":
        return string_value(left.child_by_field_name("subscript")) or ""
    attribute = left.child_by_field_name("attribute")
    return text_of(attribute) if attribute is not None else ""
