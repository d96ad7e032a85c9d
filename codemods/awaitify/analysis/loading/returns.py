"""Reads by response models: of what a route returns, and of `Schema.model_validate(obj)` in code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.loading.bindings import returned_by
from awaitify.analysis.loading.names import last_name, positional, string_value, walk_own
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import MAKERS, Types, Value
from awaitify.analysis.loading.wrapped import Part, Wrapped, arranged, pieces
from awaitify.analysis.mapping.schemas import Need, Schemas
from awaitify.analysis.pieces import may_be_mapped
from awaitify.analysis.values import returned
from awaitify.project.index import Class, Function, text_of
from awaitify.resolve.oracle import Oracle

DEPTH = 3

#: What a list stands in where it is handed over inside something.
AROUND = ("pair", "dictionary", "list", "tuple", "expression_list")
FILLING = ("update", "append", "extend", "setdefault", "insert")
#: What only looks at a list, or hands it over in the end.
SHOWING = ("return_statement", "for_statement", "for_in_clause", "if_statement", "not_operator", "comparison_operator")


class Returns:
    """Turns what schemas need into reads at the place where the object is handed over."""

    def __init__(self, schemas: Schemas, types: Types, oracle: Oracle):
        self.schemas, self.types, self.oracle = schemas, types, oracle
        self.wrapped = Wrapped(types)

    def of_route(self, function: Function, response: Node | None) -> Iterator[Read]:
        """What the response model of a route reads from each returned value."""
        named = self.schemas.named(function.file, response) if response is not None else []
        if not named:
            return
        returned = [node.named_children[0] for node in function.returns if node.named_children]
        self.types.ask([(function, node) for node in returned])
        for node in returned:
            yield from self._given(function, named, node)

    def of_property(self, method: Function) -> Iterator[Read]:
        """What the schemas that read a property go on to read of what it gives."""
        schemas = list(self.schemas.given.get(method.id, ()))
        given = returned_by(method) if schemas else []
        self.types.ask([(method, node) for node in given])
        for node in given:
            yield from self._given(method, schemas, node)

    def _given(self, function: Function, named: list[Class], node: Node) -> Iterator[Read]:
        held = list(self.wrapped.parts(function, node))
        yield from self._held(named, held)
        if held and self._is_held(function, node):
            return
        value = self.types.value(function, node)
        if value is None and self._is_no_object(function, node):
            return
        needs = self.schemas.from_row(named) if value is not None and not value.cls else None
        yield from _reads(function, node, self.schemas.from_value(named, value) if needs is None else needs, value)

    def _held(self, named: list[Class], held: list[Part]) -> Iterator[Read]:
        """What is read of the values inside a dictionary or an object: where no schema has a field of any of their
        names, it is a dictionary of objects."""
        self.types.ask([(part.function, part.value) for part in held])
        has_fields = any(self.schemas.field(schema, part.field) for schema in named for part in held)
        for part in held:
            inner = self.schemas.inside(named, part.field) if has_fields else named if part.kind is None else []
            if inner and not self._is_made(part):
                found = self._given(part.function, inner, part.value)
                yield from found if part.kind is None else (replace(read, is_late=True) for read in found)

    def _is_held(self, function: Function, node: Node, depth: int = 0) -> bool:
        """Whether all that an expression gives is made by code that was looked into: nothing is handed over beside."""
        callee = node.child_by_field_name("function") if node.type == "call" else None
        is_made = callee is not None and (text_of(callee) == "dict" or self.wrapped.made(function, callee) is not None)
        if node.type == "dictionary" or is_made or (node.type in ("list", "tuple") and not node.named_children):
            return True
        if (whole := arranged(node)) is not None:
            return self._is_held(function, whole, depth)
        if parts := pieces(node):
            return all(self._is_held(function, part, depth) for part in parts)
        if (method := self.wrapped.shown(function, node)) is not None:
            values = returned_by(method)
            return depth < DEPTH and bool(values) and all(self._is_held(method, item, depth + 1) for item in values)
        if depth >= DEPTH:
            return False
        if node.type == "identifier":
            bound = self.types.bindings(function).get(text_of(node), [])
            is_plain = all(how in ("is", "at") for how, _ in bound)  # what is put in at a key is a part
            named = [right for how, right in bound if how == "is"] if is_plain else []
            given = self._gathered(function, text_of(node)) or named
            return bool(given) and all(self._is_held(function, item, depth + 1) for item in given)
        if callee is not None and self.types.is_told(function, node):
            made = [(item, value) for item in self.types.callees(function, node) for value in returned(item)]
            return bool(made) and all(self._is_held(item, value, depth + 1) for item, value in made)
        return self._is_no_object(function, node, depth)

    def _is_made(self, part: Part) -> bool:
        """Whether a value becomes a schema already when the object around it is made."""
        if part.kind is None:
            return False
        return bool(self.schemas.inside(self.schemas.named(part.function.file, part.kind), part.field))

    def _is_no_object(self, function: Function, node: Node, depth: int = 0) -> bool:
        """Whether a returned value is a schema made in code, a literal, or of a class that is not mapped; also what a
        function of the project makes that returns nothing else."""
        if node.type in ("string", "integer", "float", "true", "false", "none"):
            return True
        parts = pieces(node)
        if parts:
            return all(self._is_no_object(function, part, depth) for part in parts)
        if node.type == "call":
            callee = node.child_by_field_name("function")
            cls = self.types.mapping.names.find(function.file, text_of(callee)) if callee is not None else None
            if cls is not None or (callee is not None and last_name(node).endswith("Response")):
                return True
            if last_name(node) in MAKERS and callee is not None:
                owner = self.types.mapping.names.find(
                    function.file, text_of(callee.child_by_field_name("object") or callee)
                )
                return owner is not None and self.schemas.is_schema(owner)
            if cls is None and depth < DEPTH and self.types.is_told(function, node):
                return all(self._makes_no_object(made, depth + 1) for made in self.types.callees(function, node))
        if node.type == "identifier" and (given := self._gathered(function, text_of(node))):
            self.types.ask([(function, item) for item in given])
            return all(self._is_no_object(function, item, depth) for item in given)
        told = self.types.told(function, node)
        if told is None or any(may_be_mapped(name, self.types.mapping) for name in told):  # `self` of a mixin
            return False
        return all(name.rpartition(".")[2] not in ("list", "dict", "Sequence") for name in told)

    def _gathered(self, function: Function, name: str) -> list[Node]:
        """What a list that the code makes holds: `found = []`, then `found.append(item)`. Nothing where the list is
        handed on to something that may add more."""
        bound = self.types.bindings(function).get(name, [])
        if not any(how == "with" for how, _ in bound) or any(how not in ("is", "with") for how, _ in bound):
            return []
        if not self._only_shows(function, name):
            return []
        again = [node for _, node in bound if (whole := arranged(node)) is not None and text_of(whole) == name]
        return [node for _, node in bound if node not in again and text_of(node) not in ("[]", "list()")]

    def _only_shows(self, function: Function, name: str, depth: int = 0, holds: bool = False) -> bool:
        places = function.file.names_between(function.node.start_byte, function.node.end_byte)
        return all(self._shows(function, node, depth, holds) for node in places if text_of(node) == name)

    def _shows(self, function: Function, node: Node, depth: int, holds: bool) -> bool:
        """Whether a name of a list stands where the list gets no more than the code beside it says. depth: of names
        for what it is in; holds: whether it is the name of a dictionary that the list stands in."""
        outer = node.parent
        while outer is not None and outer.type in AROUND:
            outer = outer.parent
        if outer is None or outer.type in SHOWING:
            left = outer.child_by_field_name("left") if outer is not None else None
            return left is None or left == node or not _is_filled(function, text_of(left))
        if outer.type == "subscript" and outer.child_by_field_name("value") == node:
            return self._shows(function, outer, depth, holds)
        left = outer.child_by_field_name("left") if outer.type == "assignment" else None
        if left is not None and node.type == "identifier" and left == node:
            return True
        if left is not None:
            is_alias = node.type == "identifier" and node.parent == outer
            if left == node and holds and string_value(left.child_by_field_name("subscript")) is not None:
                return True  # beside the list
            is_again = node.type == "subscript" and text_of(left) == text_of(node.named_children[0])
            is_other = left.type == "identifier" and depth < DEPTH and not is_alias
            return is_again or (
                is_other and self._only_shows(function, text_of(left), depth + 1, node.type == "identifier")
            )
        if outer.type == "attribute":
            is_call = outer.parent is not None and outer.parent.type == "call"
            return is_call and text_of(outer).endswith(".append") and node.type == "identifier" and not depth
        arguments = outer.parent if outer.type == "keyword_argument" else outer
        call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
        if call is None or call.type != "call":
            return False
        made = self.wrapped.made(function, call.child_by_field_name("function"))
        return last_name(call) in ("len", "sorted") or (made is not None and self.schemas.is_schema(made))

    def _makes_no_object(self, function: Function, depth: int) -> bool:
        values = [node.named_children[0] for node in function.returns if node.named_children]
        self.types.ask([(function, node) for node in values])
        is_plain = not function.is_generator and not function.decorators
        return is_plain and bool(values) and all(self._is_no_object(function, node, depth) for node in values)

    def in_code(self, function: Function) -> Iterator[Read]:
        """`Schema.model_validate(obj)`, `Schema.from_orm(obj)`, and `Schema(field=obj)`."""
        for node in walk_own(function.node):
            if node.type == "attribute" and last_name(node) in MAKERS:
                yield from self._named(function, node)
            if node.type != "call":
                continue
            callee = node.child_by_field_name("function")
            if callee is not None and callee.type == "attribute" and last_name(node) in MAKERS:
                owner = self.types.mapping.names.find(
                    function.file, text_of(callee.child_by_field_name("object") or callee)
                )
                arguments = positional(node)
                if owner is not None and self.schemas.is_schema(owner) and arguments:
                    yield from self._handed(function, [owner], arguments[0])
            elif callee is not None and (adapted := self._adapted(function, node, callee)):
                yield from self._handed(function, adapted, positional(node)[-1])
            elif callee is not None:
                yield from self._built(function, node, callee)

    def _adapted(self, function: Function, node: Node, callee: Node) -> list[Class]:
        """The schemas of `TypeAdapter(list[Schema]).validate_python(rows)`, however the adapter is named, and of
        `parse_obj_as(list[Schema], rows)`."""
        arguments = positional(node)
        if last_name(node) == "parse_obj_as" and len(arguments) == 2:
            return self.schemas.named(function.file, arguments[0])
        base = callee.child_by_field_name("object") if last_name(node) == "validate_python" and arguments else None
        if base is None:
            return []
        places = [(function.file, base)] if base.type == "call" else list(self.types.aliased(function, last_name(base)))
        places += [(function.file, right) for _, right in self.types.bindings(function).get(text_of(base), [])]
        made = [(file, item) for file, item in places if item.type == "call" and positional(item)]
        return [cls for file, item in made for cls in self.schemas.named(file, positional(item)[0])]

    def _named(self, function: Function, node: Node) -> Iterator[Read]:
        """`map(Schema.model_validate, rows)`, and others that may call it with objects."""
        owner = self.types.mapping.names.find(function.file, text_of(node.child_by_field_name("object") or node))
        holder = node.parent
        if owner is None or holder is None or holder.type == "call" or not self.schemas.is_schema(owner):
            return
        call = holder.parent if holder.type == "argument_list" else None
        given = positional(call) if call is not None and last_name(call) == "map" else []
        if len(given) == 2 and given[0] == node:
            yield from self._handed(function, [owner], given[1])
        else:
            yield from _reads(function, node, self.schemas.from_value([owner], None), None)

    def _built(self, function: Function, node: Node, callee: Node) -> Iterator[Read]:
        schema = self.wrapped.made(function, callee)
        if schema is None or not self.schemas.is_schema(schema):
            return
        named = self.schemas.named(function.file, callee)
        arguments = node.child_by_field_name("arguments")
        for child in arguments.named_children if arguments else []:
            key, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if child.type == "keyword_argument" and key is not None and value is not None:
                nested = self.schemas.inside(named, text_of(key))
                if nested and self.types.value(function, value) is not None:
                    yield from self._handed(function, nested, value)

    def _handed(self, function: Function, named: list[Class], node: Node) -> Iterator[Read]:
        self.types.ask([(function, node)])
        value = self.types.value(function, node)
        if value is not None and not value.cls:
            yield from _reads(function, node, self.schemas.from_row(named), value)
            return
        if value is None and (self.types.told(function, node) is not None or node.type in ("dictionary", "call")):
            return
        yield from _reads(function, node, self.schemas.from_value(named, value), value)


def _is_filled(function: Function, name: str) -> bool:
    """Whether something is put into what a loop calls by a name: `row["tags"] = tags`, `row.update(tags=tags)`."""
    for node in function.file.names_between(function.node.start_byte, function.node.end_byte):
        inside = node.parent if text_of(node) == name else None
        if inside is None or inside.type not in ("subscript", "attribute") or inside.named_children[0] != node:
            continue
        outer = inside.parent
        is_put = outer is not None and outer.type.endswith("assignment") and outer.child_by_field_name("left") == inside
        if is_put or text_of(inside) in {f"{name}.{method}" for method in FILLING}:
            return True
    return False


def _reads(function: Function, node: Node, needs: list[Need], value: Value | None) -> Iterator[Read]:
    for need in needs:
        receiver = node if value is not None else None
        yield Read(function, need.cls, need.attr, node, receiver, need.path, need.via, need.recursive, need.row)
