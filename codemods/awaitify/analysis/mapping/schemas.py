"""What a response model reads from the mapped objects that it is made of, nested to any depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, last_name, names_in_text, string_value
from awaitify.analysis.loading.types import MAKERS, Value
from awaitify.analysis.mapping.model import SCHEMA_BASES, MappedClass, Mapping
from awaitify.project.index import Class, File, text_of


@dataclass(frozen=True, slots=True)
class Need:
    """A response model reads `attr` of a mapped class. via: the schema's field, for messages; path: the attributes
    that led there from the returned object, outermost first; recursive: again from what it leads to, to any depth; row:
    the class of that object, where it is an element of a row."""

    cls: str
    attr: str
    via: str
    path: tuple[str, ...] = ()
    recursive: bool = False
    row: str = ""


@dataclass(eq=False, slots=True)
class Field:
    """chains: the attributes that fill it, by name and aliases, each with those that are read of its value
    (`AliasPath("author", "name")`); nested: schemas in its annotation; is_open: that names a type parameter, whose
    place others take (`Page[Item]`)."""

    name: str
    chains: tuple[tuple[str, ...], ...]
    nested: list[Class]
    required: bool
    is_open: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """The attributes of the object itself."""
        return tuple(dict.fromkeys(chain[0] for chain in self.chains))


#: Validators of a whole model that come before its fields are read.
EARLY = re.compile(r"model_validator\(.*(?:before|wrap)|root_validator\(.*pre\s*=\s*True", re.DOTALL)


@dataclass(eq=False, slots=True)
class Schemas:
    """Response models, read once each. given: a property's id -> the schemas that read what it gives."""

    mapping: Mapping
    cache: dict[str, dict[str, Field]] = field(default_factory=dict)
    given: dict[str, dict[Class, None]] = field(default_factory=dict)

    def is_schema(self, cls: Class) -> bool:
        """Whether a class is a pydantic model without a table behind it."""
        return cls.id not in self.mapping.classes and bool(self.mapping.names.foreign_bases(cls) & SCHEMA_BASES)

    def named(self, file: File, node: Node) -> list[Class]:
        """The schemas that an annotation or a `response_model` names."""
        return [cls for cls in self.mapping.names.in_annotation(file, node) if self.is_schema(cls)]

    def fields(self, schema: Class) -> dict[str, Field]:
        """The fields of a schema with those that it inherits."""
        if schema.id not in self.cache:
            found: dict[str, Field] = {}
            self.cache[schema.id] = found
            for base in reversed(self.mapping.names.bases(schema)):
                for name, kind, value in _annotated(base):
                    is_open = bool(self._parameters(base) & set(names_in_text(text_of(kind))))
                    nested = self.named(base.file, kind) or (self._given(schema) if is_open else [])
                    required = value is None and "None" not in text_of(kind)
                    found[name] = Field(name, _chains(name, value), nested, required, is_open)
        return self.cache[schema.id]

    def field(self, schema: Class, name: str) -> Field | None:
        """The field of a schema that a name, or an alias, fills."""
        return next((item for item in self.fields(schema).values() if name and name in (item.name, *item.reads)), None)

    def inside(self, named: list[Class], name: str) -> list[Class]:
        """The schemas of a field of what an annotation names: of `data: list[T]` in `Page[Item]`, `Item`."""
        found: dict[Class, None] = {}
        for schema in named:
            item = self.field(schema, name)
            others = [cls for cls in named if cls is not schema] if item is not None and item.is_open else []
            found.update(dict.fromkeys((item.nested if item is not None else []) or others))
        return list(found)

    def _parameters(self, cls: Class) -> set[str]:
        """The names of a class's type parameters: `class Page[T]`, `class Page(Generic[T])`."""
        given = [node for base in cls.bases for node in _given(base)]
        nodes = [cls.node.child_by_field_name("type_parameters"), *given]
        names = [name for node in nodes if node is not None for name in names_in_text(text_of(node))]
        return {name for name in names if self.mapping.names.find(cls.file, name) is None}

    def _given(self, schema: Class) -> list[Class]:
        """The schemas that a class gives to its generic bases: `class Items(Page[Item])`."""
        bases = self.mapping.names.bases(schema)
        nodes = [(base, node) for base in bases for written in base.bases for node in _given(written)]
        return list(dict.fromkeys(cls for base, node in nodes for cls in self.named(base.file, node)))

    def needs(self, schema: Class, cls: str) -> list[Need]:
        """What validating an object of a mapped class as this schema reads."""
        return list(self._needs(schema, cls, (), frozenset()))

    def _needs(
        self, schema: Class, cls: str, path: tuple[str, ...], seen: frozenset[tuple[str, str]]
    ) -> Iterator[Need]:
        mapped = self.mapping.get(cls)
        if mapped is None or (schema.id, cls) in seen:
            return
        seen |= {(schema.id, cls)}
        for item in self.fields(schema).values():
            for chain in item.chains:
                yield from self._along(schema, item, cls, chain, path, seen)
        yield from self._before(schema, mapped, path)

    def _before(self, schema: Class, mapped: MappedClass, path: tuple[str, ...]) -> Iterator[Need]:
        """What validators read that get the object itself: `@model_validator(mode="before")`."""
        methods = [item for base in self.mapping.names.bases(schema) for item in base.methods.values()]
        for method in (item for item in methods if any(EARLY.search(text_of(node)) for node in item.decorators)):
            for name in mapped.relationships:
                if re.search(rf"\.{name}\b|[\"']{name}[\"']", text_of(method.node)):
                    yield Need(mapped.cls.id, name, f"{schema.name}.{method.name}", path)

    def _along(
        self, schema: Class, item: Field, cls: str, chain: tuple[str, ...], path: tuple[str, ...],
        seen: frozenset[tuple[str, str]],
    ) -> Iterator[Need]:  # fmt: skip
        """What a field reads along one of its chains, and its schemas at the end of it."""
        mapped, (attr, *rest) = self.mapping.get(cls), chain
        if mapped is None or attr not in mapped.attributes:
            below = self.mapping.subclass_columns.get(attr, "") if mapped is not None else ""
            if below and self.mapping.related(below, cls):
                yield Need(below, attr, f"{schema.name}.{item.name}", path)
            return
        relationship = mapped.relationships.get(attr)
        again = relationship is not None and not rest and relationship.target == cls and schema in item.nested
        yield Need(cls, attr, f"{schema.name}.{item.name}", path, again)
        if relationship is None:
            if attr in mapped.properties and not rest:
                self.given.setdefault(mapped.properties[attr].id, {}).update(dict.fromkeys(item.nested))
            return
        if rest:
            yield from self._along(schema, item, relationship.target, tuple(rest), (*path, attr), seen)
            return
        for nested in item.nested:
            yield from self._needs(nested, relationship.target, (*path, attr), seen)
        if not item.nested:
            yield from self._in_methods(schema, relationship.target, (*path, attr), seen)

    def _in_methods(
        self, schema: Class, cls: str, path: tuple[str, ...], seen: frozenset[tuple[str, str]]
    ) -> Iterator[Need]:
        """What the computed fields, serializers and validators of a schema read of mapped objects that it keeps as they
        are: relationships by name, and what schemas that they make read."""
        mapped = self.mapping.get(cls)
        if mapped is None or (f"{schema.id}()", cls) in seen:
            return
        seen |= {(f"{schema.id}()", cls)}
        methods = [
            item for base in self.mapping.names.bases(schema) for item in base.methods.values() if item.decorators
        ]
        for method in methods:
            text = text_of(method.node)
            for name, relationship in mapped.relationships.items():
                if re.search(rf"(?<!\bself)\.{name}\b", text):
                    yield Need(cls, name, f"{schema.name}.{method.name}", path)
                    yield from self._in_methods(schema, relationship.target, (*path, name), seen)
            for made in re.findall(rf"(\w+)\.(?:{'|'.join(MAKERS)})\(", text):
                inner = self.mapping.names.find(method.file, made)
                if inner is not None and self.is_schema(inner) and self.fits(inner, mapped):
                    yield from self._needs(inner, cls, path, seen)

    def from_value(self, schemas: list[Class], value: Value | None) -> list[Need]:
        """What making these schemas out of a returned value reads; without a known value, of every fitting class."""
        found: dict[Need, None] = {}
        for schema in dict.fromkeys(item for one in schemas for item in (one, *self._rooted(one))):
            targets = [value.cls] if value is not None else [item.cls.id for item in self.fitting(schema)]
            for cls in targets:
                found.update(dict.fromkeys(self.needs(schema, cls)))
            if not targets or (value is not None and not self.fits(schema, self.mapping.classes[value.cls])):
                for nested in self.inner(schema):
                    fits = value is not None and self.fits(nested, self.mapping.classes[value.cls])
                    found.update(dict.fromkeys(self.from_value([nested], value if fits else None)))
        return list(found)

    def _rooted(self, schema: Class) -> list[Class]:
        """What a model is a list of: `class Items(RootModel[list[ItemOut]])`."""
        return self._given(schema) if "RootModel" in self.mapping.names.foreign_bases(schema) else []

    def from_row(self, schemas: list[Class]) -> list[Need]:
        """What making these schemas out of rows reads of the objects in them, which go by the names of their classes:
        `Row(Post=..., votes=...)`."""
        found: dict[Need, None] = {}
        for item in (item for schema in schemas for item in self.fields(schema).values()):
            named = [mapped.cls.id for mapped in self.mapping.classes.values() if mapped.cls.name in item.reads]
            for nested in item.nested:
                targets = named or [mapped.cls.id for mapped in self.fitting(nested)]
                needs = [replace(need, row=cls) for cls in targets for need in self.needs(nested, cls)]
                found.update(dict.fromkeys(needs))
        return list(found)

    def inner(self, schema: Class) -> list[Class]:
        """The schemas directly inside a schema, itself left out."""
        nested = [cls for item in self.fields(schema).values() for cls in item.nested]
        return [
            cls for cls in dict.fromkeys(nested) if schema.id not in {base.id for base in self.mapping.names.bases(cls)}
        ]

    def fits(self, schema: Class, mapped: MappedClass) -> bool:
        """Whether an object of the class can fill the schema's required fields."""
        fields = self.fields(schema).values()
        shared = [item for item in fields if set(item.reads) & mapped.attributes]
        required = [item for item in fields if item.required]
        return bool(shared) and all(set(item.reads) & mapped.attributes for item in required)

    def fitting(self, schema: Class) -> list[MappedClass]:
        """The mapped classes that a schema may be filled from: those whose name it bears, else all that fit."""
        found = [mapped for mapped in self.mapping.classes.values() if self.fits(schema, mapped)]
        named = [mapped for mapped in found if mapped.cls.name.lower() in schema.name.lower()]
        if named:
            longest = max(len(mapped.cls.name) for mapped in named)
            return [mapped for mapped in named if len(mapped.cls.name) == longest]
        return found


def _given(base: Node) -> list[Node]:
    """What stands in the brackets of a base class."""
    return base.children_by_field_name("subscript") if base.type == "subscript" else []


def _annotated(cls: Class) -> Iterator[tuple[str, Node, Node | None]]:
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body else []:
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        if node is None or node.type != "assignment":
            continue
        left, kind = node.child_by_field_name("left"), node.child_by_field_name("type")
        if (
            left is not None
            and kind is not None
            and text_of(left) != "model_config"
            and "ClassVar" not in text_of(kind)
        ):
            yield text_of(left), kind, node.child_by_field_name("right")


def _chains(name: str, value: Node | None) -> tuple[tuple[str, ...], ...]:
    """The attributes that may fill a field: an alias, when there is one, and its own name."""
    chains = [(name,)]
    if value is not None and value.type == "call" and last_name(value) == "Field":
        for key in ("alias", "validation_alias"):
            alias = keyword(value, key)
            chains += _of_alias(alias) if alias is not None else []
    return tuple(dict.fromkeys(chains))


def _of_alias(alias: Node) -> list[tuple[str, ...]]:
    """Of a string, of `AliasPath("a", 0, "b")`, and of `AliasChoices` of such."""
    if alias.type == "string":
        text = string_value(alias)
        return [(text,)] if text else []
    arguments = alias.child_by_field_name("arguments") if alias.type == "call" else None
    inner = arguments.named_children if arguments is not None else []
    if last_name(alias) == "AliasPath":
        names = [string_value(item) or "" for item in inner if item.type == "string"]
        return [tuple(names)] if names and all(names) else []
    return [chain for item in inner for chain in _of_alias(item)]
