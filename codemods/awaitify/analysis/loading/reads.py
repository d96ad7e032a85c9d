"""Finds the reads that may emit SQL: of relationships, late columns, and what is computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from awaitify.analysis.loading.lookups import last_offset
from awaitify.analysis.loading.names import last_name, positional, string_value, walk_own
from awaitify.analysis.loading.rows import OPEN, Value
from awaitify.analysis.loading.texts import texts_of
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.finding import SHOWN
from awaitify.analysis.mapping.model import Mapping, annotations_of
from awaitify.project.expressions import is_callee
from awaitify.project.index import Function, ancestors, text_of
from awaitify.resolve.model import Point

ANYTHING = ("Any", "object", "typing.Any")
PLAIN_OWNERS = ("request", "settings")
TEXTS = {"str", "repr", "print", "format", "debug", "info", "warning", "error", "exception", "critical"}


@dataclass(frozen=True, slots=True)
class Read:
    """`receiver.attr` in a function, or a schema's read of what a function returns (receiver: the returned expression,
    path: the attributes between it and the object). cls is "" when the receiver's class is not known. recursive: the
    schema reads the same from what the attribute leads to, to any depth; row: the class of the object, where the
    receiver is a row, or several, that hold it; is_late: the response model reads it inside an object that was made."""

    function: Function
    cls: str
    attr: str
    node: Node
    receiver: Node | None
    path: tuple[str, ...] = ()
    via: str = ""
    recursive: bool = False
    row: str = ""
    is_late: bool = False

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.node.start_point[0] + 1


class Reader:
    """Scans functions for reads."""

    def __init__(self, mapping: Mapping, types: Types):
        self.mapping, self.types = mapping, types
        self.relationships = mapping.relationship_names()
        self.found: dict[str, list[tuple[Node, Node, str]]] = {}
        self.names = set(self.relationships)
        self.shown = False
        for mapped in mapping.classes.values():
            self.shown |= bool(SHOWN & mapped.properties.keys())
            self.names |= mapped.late.keys() | mapped.properties.keys() | mapped.proxies.keys()

    def candidates(self, function: Function) -> list[tuple[Node, Node, str]]:
        """(the whole read, its receiver, the attribute) of each attribute that bears an interesting name."""
        if function.id not in self.found:
            self.found[function.id] = list(self._candidates(function))
        return self.found[function.id]

    def _candidates(self, function: Function) -> Iterator[tuple[Node, Node, str]]:
        for node in walk_own(function.node):
            if node.type == "attribute":
                base, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
                if base is not None and attribute is not None and text_of(attribute) in self.names:
                    yield node, base, text_of(attribute)
            elif node.type == "call" and last_name(node) in ("getattr", "hasattr"):
                arguments = positional(node)
                given = texts_of(function, arguments[1], self.types) if len(arguments) > 1 else ()
                yield from ((node, arguments[0], name) for name in given if name in self.names)
            elif node.type == "call" and last_name(node) == "attrgetter":
                dotted = [string_value(item) or "" for item in positional(node)]
                yield from ((node, node, name) for text in dotted for name in text.split(".") if name in self.names)
            elif node.type == "keyword_pattern" and text_of(node.named_children[0]) in self.names:
                subject = next((item.child_by_field_name("subject") for item in ancestors(node)
                                if item.type == "match_statement"), None)  # fmt: skip
                if subject is not None:
                    yield node, subject, text_of(node.named_children[0])
            if self.shown:
                yield from _shown(node)

    def receivers(self, function: Function) -> Iterator[Node]:
        """Every expression that the type checker should be asked about."""
        for _, base, _ in self.candidates(function):
            current: Node | None = base
            while current is not None:
                yield current
                current = current.child_by_field_name("object") if current.type == "attribute" else None

    def scan(self, function: Function) -> Iterator[Read]:
        """The reads of a function (not of those inside it)."""
        for node, base, attr in self.candidates(function):
            if (node.type == "attribute" and is_callee(node)) or _is_deleted(node) or self._is_class(function, base):
                continue
            value = self.types.value(function, base)
            if attr in SHOWN:
                yield from self._text(function, node, base, attr, value)
                continue
            if value is None:
                is_open = attr in self.relationships and self._may_be_mapped(function, base)
                if is_open and not self._is_of_another(function, node):
                    yield Read(function, "", attr, node, base)
                continue
            mapped = self.mapping.get(value.cls)
            if value.shape != "one" or mapped is None:
                continue
            if attr not in mapped.attributes:
                below = self.mapping.subclass_columns.get(attr, "")
                if below and self.mapping.related(below, value.cls):
                    yield Read(function, below, attr, node, base)
                continue
            relationship = mapped.relationships.get(attr)
            if _is_assigned(node) and not (relationship and relationship.uselist):
                continue
            if not self._is_kept_class(function, base):
                yield Read(function, value.cls, attr, node, base)

    def _text(self, function: Function, node: Node, base: Node, attr: str, value: Value | None) -> Iterator[Read]:
        """What the text of an object reads: `__str__`, or for want of one `__repr__`."""
        mapped = self.mapping.get(value.cls) if value is not None else None
        found = [name for name in (attr, "__repr__") if mapped is not None and name in mapped.properties]
        if found and value is not None:
            yield Read(function, value.cls, found[0], node, base)

    def _is_class(self, function: Function, base: Node) -> bool:
        """Whether the receiver is a class (`User.posts` in a query), an alias of one, or a module."""
        text = text_of(base)
        if text == "cls" or self.mapping.names.find(function.file, text) is not None:
            return base.type == "identifier" or (base.type == "attribute" and not self._is_local(function, base))
        if base.type == "call":
            return last_name(base) in ("aliased", "type", "with_polymorphic", "super")
        bindings = self.types.bindings(function).get(text, []) if base.type == "identifier" else []
        if any(right.type == "call" and last_name(right) == "aliased" for _, right in bindings):
            return True
        local = function.param(text) is not None or bool(bindings)
        return not local and any(
            item.local.partition(".")[0] == text.partition(".")[0] for item in function.file.imports
        )

    def _is_kept_class(self, function: Function, base: Node) -> bool:
        """Whether an attribute of the object itself holds a class: `self.model.posts` in a query."""
        owner = base.child_by_field_name("object") if base.type == "attribute" else None
        if owner is None or text_of(owner) not in ("self", "cls"):
            return False
        (hover,) = self.types.oracle.hovers([Point(function.file.path, last_offset(base))])
        return hover.startswith(("type[", "<class "))

    def _is_local(self, function: Function, node: Node) -> bool:
        """Whether an attribute is one of a local value: `row.Post` names no class."""
        first = text_of(node).partition(".")[0]
        return function.param(first) is not None or first in self.types.bindings(function)

    def _may_be_mapped(self, function: Function, base: Node) -> bool:
        """Whether an object of unknown class may be a mapped one."""
        if self.types.told(function, base) is not None:
            return False
        if base.type == "identifier":
            return self._name_may_be_mapped(function, base)
        if base.type == "attribute":
            owner = base.child_by_field_name("object")
            if owner is not None and text_of(owner) == "self" and self._is_any(function, text_of(base)):
                return True
            known = self.types.value(function, owner) if owner is not None else None
            is_open = known is None or OPEN in known.row
            return is_open and (owner is None or self._may_hold_mapped(function, owner))
        return base.type in ("call", "subscript", "await", "parenthesized_expression")

    def _is_any(self, function: Function, name: str) -> bool:
        """Whether a field of the object itself is one of anything: `item: Any` of a data class."""
        annotations = annotations_of(function.cls) if function.cls is not None else {}
        annotation = annotations.get(name.rpartition(".")[2])
        return annotation is not None and text_of(annotation) in ANYTHING

    def _is_of_another(self, function: Function, node: Node) -> bool:
        """Whether the attribute that is read is defined by classes that are not mapped, and stand under none that is:
        the checker may know that of `groups[0].items[0].chapter`, whose parts have no place to ask about."""
        attribute = node.child_by_field_name("attribute") if node.type == "attribute" else None
        owners = self.types.owners(function, attribute) if attribute is not None else []
        mapped = [base for item in self.mapping.classes.values() for base in self.mapping.names.bases(item.cls)]
        return bool(owners) and not any(owner in mapped or owner.id in self.mapping.classes for owner in owners)

    def _gives_another(self, function: Function, node: Node) -> bool:
        """Whether a call gives what its functions declare: objects of classes that are not mapped, and have no heirs
        that are."""
        callees = self.types.callees(function, node) if self.types.is_told(function, node) else []
        return bool(callees) and all(self._declares_another(item) for item in callees)

    def _declares_another(self, function: Function) -> bool:
        result, names = function.node.child_by_field_name("return_type"), self.mapping.names
        cls = names.find(function.file, text_of(result).partition("[")[0]) if result is not None else None
        if cls is None or function.is_async or function.is_generator or function.decorators:
            return False
        return not any(cls in names.bases(item.cls) for item in self.mapping.classes.values())

    def _may_hold_mapped(self, function: Function, owner: Node) -> bool:
        """Whether an attribute that has no type may be a mapped object: a named tuple's may, whatever it is called."""
        if owner.type == "identifier" and text_of(owner) in PLAIN_OWNERS:
            return False
        param = function.param(text_of(owner)) if owner.type == "identifier" else None
        is_annotated = param is not None and param.annotation is not None
        return is_annotated or self._may_be_mapped(function, owner)

    def _name_may_be_mapped(self, function: Function, base: Node) -> bool:
        name = text_of(base)
        if name in ("self", "request", "settings") and (name != "self" or function.cls is not None):
            return False
        param = function.param(name)
        if param is not None and param.annotation is not None:
            text = text_of(param.annotation)
            return text in ANYTHING
        bindings = self.types.bindings(function).get(name, [])
        if bindings and all(how == "is" and self._gives_another(function, right) for how, right in bindings):
            return False
        for _, right in bindings:
            cls = self.mapping.names.find(function.file, text_of(right.child_by_field_name("function") or right))
            if cls is not None and cls.id not in self.mapping.classes:
                return False
        return True


def _shown(node: Node) -> Iterator[tuple[Node, Node, str]]:
    """Objects whose text is made: `f"{user}"`, `str(user)`, `print(user)`, `logger.info("%s", user)`."""
    if node.type == "interpolation" and node.named_children:
        yield node, node.named_children[0], "__repr__" if b"!r" in (node.text or b"") else "__str__"
    elif node.type == "call" and last_name(node) in TEXTS:
        for argument in positional(node):
            if argument.type in ("identifier", "attribute", "call", "subscript"):
                yield node, argument, "__repr__" if last_name(node) == "repr" else "__str__"


def _is_assigned(node: Node) -> bool:
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return left is not None and left.id == node.id


def _is_deleted(node: Node) -> bool:
    return any(item.type == "delete_statement" for item in list(ancestors(node))[:2])


def through_proxies(reads: Iterable[Read], mapping: Mapping) -> Iterator[Read]:
    """The reads, with what an association proxy reads in the place of the proxy."""
    for read in reads:
        mapped = mapping.get(read.cls)
        name, attr = mapped.proxies.get(read.attr, ("", "")) if mapped is not None else ("", "")
        relationship = mapped.relationships.get(name) if mapped is not None else None
        if relationship is None:
            yield read
            continue
        via = read.via or text_of(read.node)
        yield replace(read, attr=name, via=via)
        if attr in mapping.classes[relationship.target].relationships:
            yield replace(read, cls=relationship.target, attr=attr, path=(*read.path, name), via=via)


def outward(reads: Iterable[Read], through: dict[str, list[Read]]) -> Iterator[Read]:
    """The reads, with those of a property's `self` at the places that read the property: there the object is known.

    through: a property's id -> the reads of it."""
    seen: set[Read] = set()
    queue = list(reads)[::-1]
    while queue:
        read = queue.pop()
        outer = through.get(read.function.id, ()) if _is_of_self(read) else ()
        if not outer:
            yield read
        for place in outer:
            via = place.via or text_of(place.node)
            moved = replace(
                read, function=place.function, node=place.node, receiver=place.receiver,
                path=(*place.path, *read.path), via=via,
            )  # fmt: skip
            if moved not in seen:
                seen.add(moved)
                queue.append(moved)


def _is_of_self(read: Read) -> bool:
    params = read.function.params
    own = params[0].name if read.function.cls is not None and params else ""
    return read.receiver is not None and bool(own) and text_of(read.receiver) == own
