"""Calls: the root of a query, its methods, collections that hold queries, and everything else."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.queries.crossing import Crossing
from awaitify.analysis.queries.methods import ENDINGS, TERMINALS
from awaitify.analysis.queries.uses import Names
from awaitify.analysis.queries.values import Group, Query, QueryChange, Value, merge, stored
from awaitify.project.index import Call, text_of

ADDING = {"append", "add", "insert", "extend", "setdefault"}
TAKING = {"pop", "get", "values", "items", "copy"}


class Calls(Crossing):
    """What a call does with queries."""

    def call(self, node: Node, names: Names) -> Value:
        if node.id in self.roots:
            return self._root(self.roots[node.id], names)
        callee = node.child_by_field_name("function")
        receiver = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        value = self.value(receiver, names) if receiver is not None else None
        method = text_of(callee.child_by_field_name("attribute") or callee) if receiver is not None and callee else ""
        if isinstance(value, Query) and receiver is not None:
            return self._method(node, method, receiver, value, names)
        if isinstance(value, Group):
            return self._of_group(node, method, receiver, value, names)
        if receiver is None and callee is not None and callee.type == "identifier":
            if isinstance(names.get(text_of(callee)), Query):
                self.queries.problem(callee, "the query is called")
        elif receiver is None:
            self.value(callee, names)
        return self.passed(node, names)

    def _root(self, call: Call, names: Names) -> Query:
        for argument in call.arguments:
            self.escaping(argument, names, "the query is selected from another")
        wanted = call.arguments
        if len(wanted) == 1 and wanted[0].type == "list":
            wanted = wanted[0].named_children
        if (
            len(wanted) == 1
            and wanted[0].type == "list_splat"
            and wanted[0].named_children[0].type in ("list", "tuple")
        ):
            wanted = wanted[0].named_children[0].named_children
        elements = tuple(self.methods.elements.of(item, call.file, self.function) for item in wanted)
        codes = {element.code for element in elements if element.code}
        session = text_of(call.callee.child_by_field_name("object") or call.callee).lstrip("*")
        return Query(
            frozenset({call}), frozenset({session}), elements, elements[0].code if elements else "",
            joins=len(codes) > 1, multiplied=len(elements) > 1,
        )  # fmt: skip

    def _method(self, node: Node, name: str, receiver: Node, value: Query, names: Names) -> Value:
        self.queries.members.add(node.id)
        self._arguments(node, name, names)
        if name in TERMINALS:
            self.use(node, name, receiver, value)
            return None
        if name == "as_scalar":
            self.queries.change(QueryChange(node, "method", "scalar_subquery"))
        if name in ENDINGS:
            return None
        if name == "statement":
            return value
        return self.methods.apply(value, name, node, self.function, self.queries)

    def _arguments(self, node: Node, name: str, names: Names) -> None:
        arguments = node.child_by_field_name("arguments")
        if arguments is not None and arguments.type == "generator_expression":
            self.value(arguments, names)
            return
        for argument in arguments.named_children if arguments is not None else ():
            value = self.value(argument, names)
            if value is not None and name not in ("union", "union_all", "intersect", "except_", "join", "outerjoin"):
                self.queries.problem(argument, f"the query is an argument of Query.{name}()")

    def _of_group(self, node: Node, method: str, receiver: Node | None, value: Group, names: Names) -> Value:
        added = []
        arguments = node.child_by_field_name("arguments")
        for argument in arguments.named_children if arguments is not None else ():
            found = self.value(argument, names)
            added.append(found.any if isinstance(found, Group) and method == "extend" else stored(found))
        held = merge(added)
        if method in ADDING and receiver is not None and receiver.type == "identifier":
            names[text_of(receiver)] = Group(None, merge([value.any, held]))
            return None
        if held is not None:
            self.queries.problem(node, "the query is kept in something that is not followed")
        if method == "items":
            return Group(None, Group((None, value.any)))
        if method in ("values", "copy"):
            return Group(None, value.any)
        return value.any if method in TAKING else None

    def passed(self, node: Node, names: Names) -> Value:
        """A call that is no method of a query: its arguments, and what it gives back."""
        arguments = node.child_by_field_name("arguments")
        if arguments is not None and arguments.type == "generator_expression":
            self.value(arguments, names)
            return None
        given: list[tuple[Node, Value]] = []
        for argument in arguments.named_children if arguments is not None else ():
            if argument.type == "comment":
                continue
            value = self.value(argument, names)
            if value is not None:
                given.append((argument, value))
        call = self.calls.get(node.id)
        if call is None:
            return None
        if given and self._added_to_name(node, given, names):
            return None
        functions = self.functions(call)
        self.arguments[node.id] = given
        for argument, value in given:
            self.give(call, functions, argument, value)
        return self.given_back(call, functions)

    def _added_to_name(self, node: Node, given: list[tuple[Node, Value]], names: Names) -> bool:
        """`queries.append(query)` on a list that held none yet."""
        callee = node.child_by_field_name("function")
        receiver = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        if receiver is None or receiver.type != "identifier" or callee is None or self.functions(self.calls[node.id]):
            return False
        name = text_of(callee.child_by_field_name("attribute") or callee)
        local = text_of(receiver) in names
        if name not in ("append", "add", "insert") or not local:
            return False
        names[text_of(receiver)] = Group(None, merge([value for _, value in given]))
        return True
