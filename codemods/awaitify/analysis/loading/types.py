"""What an expression holds: a mapped object, many of them, or a query; by the type checker, else by reading."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from awaitify.analysis.loading.bindings import (
    dependency_of,
    items,
    parts_of,
    passed,
    returned_by,
)
from awaitify.analysis.loading.called_with import called_with, gives_itself, of_own_class
from awaitify.analysis.loading.endings import Endings
from awaitify.analysis.loading.lookups import Lookups
from awaitify.analysis.loading.names import is_collection, is_dict, last_name, positional
from awaitify.analysis.loading.rows import REPLACES, Value, followed, in_row, place_of, selected
from awaitify.analysis.mapping.links import link_tables
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import Call, Function, Param, Project, ancestors, text_of
from awaitify.resolve.oracle import Oracle

ONE = {"first", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "scalar", "get", "get_one", "merge", "pop"}
MANY = {"all", "fetchall", "unique", "scalars", "partitions"}
RUN = {"execute", "scalars", "exec", "stream_scalars"}
#: Built-in functions that give the same objects again, all or one of them.
COPIES = {"list", "sorted", "tuple", "set", "frozenset", "reversed", "iter"}
PICKS = {"next", "max", "min"}
MAKERS = {"model_validate", "from_orm", "parse_obj", "construct", "model_construct"}


class Types(Lookups):
    """Infers values. endings: the `with` statements that flush as they end; keeps: whether sync sessions keep what they
    loaded when they commit; links: the tables between two classes."""

    def __init__(self, project: Project, mapping: Mapping, oracle: Oracle):
        super().__init__(project, mapping, oracle)
        self.returned: dict[str, Value | None] = {}
        self.handed: dict[tuple[str, str], Value | None] = {}
        self.pending: set[tuple[str, str]] = set()
        self.endings: Endings = {}
        self.keeps = False
        self.links = link_tables(mapping)

    def value(self, function: Function, node: Node, depth: int = 0) -> Value | None:
        """The mapped value of an expression, or None when it is none or not known."""
        for cls in self.told(function, node) or []:
            if cls in self.mapping.classes:
                inner = self.read(function, node, depth)
                return Value(cls, "one", bool(inner and inner.new))
        return self.read(function, node, depth)

    def read(self, function: Function, node: Node, depth: int = 0) -> Value | None:
        """The value by reading the code alone."""
        if depth > 12:
            return None
        kind = node.type
        if kind == "identifier":
            return self._name(function, node, depth)
        if kind == "attribute":
            return self._attribute(function, node, depth)
        if kind == "call":
            return self._call(function, node, depth)
        if kind == "subscript":
            value = self.value(function, node.child_by_field_name("value") or node.named_children[0], depth + 1)
            index = node.child_by_field_name("subscript")
            if value is not None and value.shape == "one":
                return in_row(value, place_of(self, value.row, node))
            sliced = index is not None and index.type == "slice"
            return replace(value, shape="many" if sliced else "one", new=False) if value is not None else None
        if kind in ("await", "parenthesized_expression", "named_expression"):
            return self.value(function, node.named_children[-1], depth + 1)
        if kind in ("conditional_expression", "boolean_operator"):
            return self._either(function, node, depth)
        if kind == "dictionary_comprehension":
            pair = node.child_by_field_name("body")
            held = pair.child_by_field_name("value") if pair is not None else None
            value = self.value(function, held, depth + 1) if held is not None else None
            return Value(value.cls, "dict", value.new) if value and value.shape == "one" else None
        if kind in ("list_comprehension", "generator_expression", "set_comprehension"):
            body = node.child_by_field_name("body")
            value = self.value(function, body, depth + 1) if body else None
            return replace(value, shape="many") if value else None
        if kind in ("list", "tuple") and node.named_children:
            value = self.value(function, node.named_children[0], depth + 1)
            return Value(value.cls, "many", value.new) if value else None
        return None

    def _either(self, function: Function, node: Node, depth: int) -> Value | None:
        values = [self.value(function, child, depth + 1) for child in node.named_children]
        return next((value for value in values if value), None)

    def _name(self, function: Function, node: Node, depth: int) -> Value | None:
        name = text_of(node)
        scope: Function | None = function
        while scope is not None:
            local = self._local(scope, name, depth)
            if local is not None:
                return local
            scope = scope.parent
        return None

    def _local(self, function: Function, name: str, depth: int) -> Value | None:
        param = function.param(name)
        if param is not None and param.annotation is not None:
            told = self.annotated(function, param.annotation) or self._given(function, param, depth)
            return told or called_with(self, function, param, depth)
        if param is not None and param.default is not None:
            return self._given(function, param, depth)
        if (
            param is not None
            and function.cls
            and function.params[0] is param
            and function.cls.id in self.mapping.classes
        ):
            return Value(function.cls.id)
        if (function.id, name) in self.pending:  # `query = query.where(...)`: the other bindings tell
            return None
        self.pending.add((function.id, name))
        found = [self._bound(function, how, right, depth) for how, right in self.bindings(function).get(name, [])]
        self.pending.discard((function.id, name))
        values = [value for value in found if value is not None]
        # Made in one branch and loaded in another counts as made: a refresh covers both.
        return next((value for value in values if value.new), values[0] if values else None)

    def _given(self, function: Function, param: Param, depth: int) -> Value | None:
        """What a dependency gives, when it is one function."""
        found = dependency_of(self, function, param) or []
        return self.result(found[0], depth + 1) if len(found) == 1 and depth < 8 else None

    def _bound(self, function: Function, how: str, right: Node, depth: int) -> Value | None:
        if how not in ("is", "in"):
            return self._part(function, how, right, depth)
        value = self.value(function, right, depth + 1)
        if how == "in" and value is not None:
            return replace(value, shape="one") if value.shape not in ("one", "dict") else None
        return value

    def _part(self, function: Function, how: str, right: Node, depth: int) -> Value | None:
        """What one name of several gets, or one that is a collection with that element."""
        if how in ("with", "at"):
            value = self.value(function, right, depth + 1)
            return Value(value.cls, "many" if how == "with" else "dict", value.new) if value else None
        if how.isdigit():
            parts = items(self, function, right, int(how))
            values = [self.value(home, node, depth + 1) for home, node in parts]
            whole = self.value(function, right, depth + 1) if not parts else None
            if whole is not None and whole.shape == "one":
                return in_row(whole, int(how))
            return next((value for value in values if value is not None), None)
        node = parts_of(right, int(how[3:]))
        value = self.value(function, node or right, depth + 1)
        if value is None or value.shape in ("one", "dict"):
            return None
        return replace(value, shape="one") if node is not None else in_row(value, int(how[3:]))

    def annotated(self, function: Function, annotation: Node) -> Value | None:
        """The mapped class of an annotation, directly or through a project alias such as `CurrentUser`."""
        for cls in self.mapping.names.in_annotation(function.file, annotation):
            if cls.id in self.mapping.classes:
                text = text_of(annotation)
                return Value(cls.id, "dict" if is_dict(text) else "many" if is_collection(text) else "one")
        return self._alias(function, text_of(annotation))

    def _alias(self, function: Function, name: str) -> Value | None:
        for file, right in self.aliased(function, name):
            for cls in self.mapping.names.in_annotation(file, right):
                if cls.id in self.mapping.classes:
                    return Value(cls.id)
        return None

    def _attribute(self, function: Function, node: Node, depth: int) -> Value | None:
        base, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if base is None or attribute is None:
            return None
        owner = self.value(function, base, depth + 1)
        if owner is not None and owner.row and owner.shape == "one":
            return in_row(owner, place_of(self, owner.row, node))
        mapped = self.mapping.get(owner.cls) if owner and owner.shape == "one" else None
        relationship = mapped.relationships.get(text_of(attribute)) if mapped else None
        return Value(relationship.target, "many" if relationship.uselist else "one") if relationship else None

    def _call(self, function: Function, node: Node, depth: int) -> Value | None:
        callee = node.child_by_field_name("function")
        name, arguments = last_name(node), positional(node)
        cls = self.class_called(function, callee) if callee is not None else None
        if cls is not None:
            return Value(cls.id, "one", True) if cls.id in self.mapping.classes else None
        if callee is None or callee.type != "attribute":
            direct = self._query(function, name, arguments) or self._copy(function, name, arguments, depth)
            return direct or self._project_call(function, node, depth)
        return self._method(function, node, callee, arguments, depth)

    def _copy(self, function: Function, name: str, arguments: list[Node], depth: int) -> Value | None:
        """`list(project.tasks)`, `next(iter(project.tasks))`."""
        value = self.value(function, arguments[0], depth + 1) if name in (*COPIES, *PICKS) and arguments else None
        if value is None or value.shape not in ("many", "query"):
            return None
        return replace(value, shape="many" if name in COPIES else "one")

    def _query(self, function: Function, name: str, arguments: list[Node]) -> Value | None:
        """`select(A)`, `s.query(A)`, `s.get(A, 1)`."""
        if name not in ("select", "query", "get", "get_one", *REPLACES) or not arguments:
            return None
        cls = self.mapping.names.find(function.file, text_of(arguments[0]))
        mapped = cls is not None and cls.id in self.mapping.classes
        if mapped and cls is not None and (len(arguments) == 1 or name.startswith("get")):
            return Value(cls.id, "one" if name.startswith("get") else "query")
        unknown = len(arguments) == 1 and self._may_be_class(arguments[0])
        if name.startswith("get") or unknown:
            return None
        return Value("", "query", row=selected(self, function, arguments) if len(arguments) > 1 else ())

    def _may_be_class(self, node: Node) -> bool:
        """Whether what a query selects may be a mapped class that has no name here: a parameter, `self.model`."""
        owner = node.child_by_field_name("object")
        return node.type == "identifier" or (node.type == "attribute" and text_of(owner or node) in ("self", "cls"))

    def _method(self, function: Function, node: Node, callee: Node, arguments: list[Node], depth: int) -> Value | None:
        name = last_name(node)
        base = callee.child_by_field_name("object") or callee
        direct = self._query(function, name, arguments)
        if direct is not None:
            return direct
        if name in MAKERS:
            cls = self.mapping.names.find(function.file, text_of(base))
            return Value(cls.id, "one", True) if cls is not None and cls.id in self.mapping.classes else None
        if name in RUN or name in ("scalar", "merge"):
            inner = self.value(function, arguments[0], depth + 1) if arguments else None
            if inner is not None and (inner.shape == "query" or name == "merge"):
                found = followed(self, function, inner, name, [])
                return found and replace(found, shape="query" if name in RUN else "one", new=name == "merge")
        owner = self.value(function, base, depth + 1)
        if owner is None:
            return self._project_call(function, node, depth)
        if owner.shape == "one":
            return owner if gives_itself(self, function, node) else None
        if owner.shape == "dict" and name in ("values", "copy"):
            return Value(owner.cls, "many" if name == "values" else "dict", owner.new)
        if owner.shape == "dict" and name not in ("get", "pop"):
            return None
        found = followed(self, function, owner, name, arguments) if owner.shape != "dict" else Value(owner.cls)
        shape = "one" if name in ONE else "many" if name == "all" else owner.shape
        return found and replace(found, shape=shape, new=False)

    def _project_call(self, function: Function, node: Node, depth: int) -> Value | None:
        """The result of a project function, when exactly one can be meant."""
        found = self.callees(function, node)
        if len(found) != 1 or depth > 7:
            return None
        known = of_own_class(self, function, node, found[0]) or self.result(found[0], depth + 1)
        return known or self._handed_through(function, node, found[0], depth + 1)

    def _handed_through(self, function: Function, node: Node, callee: Function, depth: int) -> Value | None:
        """What a function gives back of what it was given (`save(db, Item())`)."""
        for returned in returned_by(callee):
            name = text_of(returned)
            if returned.type == "identifier" and callee.param(name) is not None:
                argument = passed(Call(node, function.file, function), callee, name)
                value = self.value(function, argument, depth) if argument is not None else None
                if value is not None:
                    return value
        return None

    def result(self, function: Function, depth: int = 0) -> Value | None:
        """What a function returns."""
        if function.id in self.returned:
            return self.returned[function.id]
        self.returned[function.id] = None
        annotation = function.node.child_by_field_name("return_type")
        values = [self.value(function, node, depth + 1) for node in returned_by(function)]
        found = next(
            (value for value in values if value and value.new), next((value for value in values if value), None)
        )
        if found is None and annotation is not None:
            found = self.annotated(function, annotation)
        if (
            found is not None
            and found.new
            and any(last_name(call.node) in ("commit", "flush") for call in function.calls)
        ):
            found = Value(found.cls, found.shape)  # whoever flushes gives the object back complete
        self.returned[function.id] = found
        return found


def statement_of(node: Node) -> Node:
    """The statement that a node stands in."""
    current = node
    for parent in ancestors(node):
        if parent.type in ("block", "module"):
            return current
        current = parent
    return current
