"""Expressions that hold queries, and the names that they are bound to."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.queries.calls import Calls
from awaitify.analysis.queries.uses import Names, index_problem
from awaitify.analysis.queries.values import Group, Query, QueryChange, Value, merge, stored
from awaitify.project.index import starred, text_of

COMPREHENSIONS = {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}


class Expressions(Calls):
    """Evaluates expressions to what queries they may be."""

    def condition(self, node: Node | None, names: Names) -> None:
        """A query as a condition is always true; a select raises there."""
        if node is None:
            return
        if node.type in ("parenthesized_expression", "not_operator"):
            for child in node.named_children:
                self.condition(child, names)
            return
        if node.type == "boolean_operator":
            self.condition(node.child_by_field_name("left"), names)
            self.condition(node.child_by_field_name("right"), names)
            return
        value = self.value(node, names)
        if isinstance(value, Query):
            if node.type == "identifier":
                self.queries.change(QueryChange(node, "not-none"))
            else:
                self.queries.problem(node, "a query as a condition is always true")

    def value(self, node: Node | None, names: Names) -> Value:
        """What an expression may hold; notes what becomes of the queries inside it."""
        if node is None or node.type in ("comment", "string_content", "integer", "float", "true", "false", "none"):
            return None
        found = self._evaluated(node, names)
        if isinstance(found, Query):
            self.queries.members.add(node.id)
        return found

    def _evaluated(self, node: Node, names: Names) -> Value:
        kind = node.type
        if kind == "identifier":
            return names.get(text_of(node))
        if kind in ("parenthesized_expression", "keyword_argument", "await", "list_splat", "dictionary_splat"):
            return self._inner(node, names)
        if kind == "call":
            return self.call(node, names)
        if kind == "attribute":
            return self._attribute(node, names)
        if kind == "subscript":
            return self._subscript(node, names)
        if kind in ("assignment", "named_expression"):
            return self.assignment(node, names)
        if kind == "conditional_expression":
            return self._conditional(node, names)
        if kind == "comparison_operator":
            return self._comparison(node, names)
        if kind == "boolean_operator":
            self.condition(node, names)
            return None
        if kind == "not_operator":
            self.condition(node, names)
            return None
        if kind in ("list", "tuple", "set", "dictionary", "expression_list", "pattern_list"):
            return self._collection(node, names)
        if kind in COMPREHENSIONS:
            return self._comprehension(node, names)
        if kind == "lambda":
            self.escaping(node.child_by_field_name("body"), dict(names), "the query is returned by a lambda")
            return None
        for child in node.named_children:
            self.escaping(child, names, "the query is used in a way that has no exact async form yet")
        return None

    def _inner(self, node: Node, names: Names) -> Value:
        inner = node.child_by_field_name("value") if node.type == "keyword_argument" else None
        children = [child for child in node.named_children if child.type != "comment"]
        value = self.value(inner or (children[-1] if children else None), names)
        if node.type == "list_splat" and isinstance(value, Query):
            self.use(children[-1], "iterate", children[-1], value)
            return None
        return value.any if node.type == "list_splat" and isinstance(value, Group) else value

    def _conditional(self, node: Node, names: Names) -> Value:
        parts = node.named_children
        self.condition(parts[1], names)
        return merge([self.value(parts[0], names), self.value(parts[2], names)])

    def _comparison(self, node: Node, names: Names) -> Value:
        operators = {text_of(child) for child in node.children if not child.is_named}
        values = [(child, self.value(child, names)) for child in node.named_children]
        for child, value in values:
            if not isinstance(value, Query) or operators <= {"is", "is not"}:
                continue
            if operators <= {"in", "not in"} and child.id == values[-1][0].id and len(values) == 2:
                self.use(child, "contains", child, value)
            else:
                self.queries.problem(child, "the query is compared")
        return None

    def _collection(self, node: Node, names: Names) -> Value:
        values: list[Value] = []
        for child in node.named_children:
            if child.type == "pair":
                self.escaping(child.child_by_field_name("key"), names, "the query is a key")
                child = child.child_by_field_name("value") or child
            value = self.value(child, names) if child.type != "comment" else None
            if isinstance(value, Query) and starred(child) is not None:
                self.use(child, "iterate", child, value)
                value = None
            values.append(stored(value))
        if not any(value is not None for value in values):
            return None
        is_fixed = node.type in ("tuple", "expression_list", "pattern_list")
        return Group(tuple(values)) if is_fixed else Group(None, merge(values))

    def _comprehension(self, node: Node, names: Names) -> Value:
        inner = dict(names)
        for clause in (item for item in node.named_children if item.type == "for_in_clause"):
            right = clause.child_by_field_name("right")
            value = self.value(right, inner)
            if isinstance(value, Query) and right is not None:
                self.use(right, "iterate", right, value)
                value = None
            self.bind(clause.child_by_field_name("left"), value.any if isinstance(value, Group) else None, inner)
        values = []
        for child in node.named_children:
            if child.type == "if_clause":
                self.condition(child.named_children[0], inner)
            elif child.type == "pair":
                values.append(self.value(child.child_by_field_name("value"), inner))
            elif child.type != "for_in_clause":
                values.append(self.value(child, inner))
        found = merge(values)
        return Group(None, stored(found)) if found is not None else None

    def iterated(self, node: Node | None, names: Names) -> Value:
        """What the elements of an iterated expression are; a query is executed there."""
        value = self.value(node, names)
        if isinstance(value, Query) and node is not None:
            self.use(node, "iterate", node, value)
            return None
        return value.any if isinstance(value, Group) else None

    def _attribute(self, node: Node, names: Names) -> Value:
        value = self.value(node.child_by_field_name("object"), names)
        name = text_of(node.child_by_field_name("attribute") or node)
        if not isinstance(value, Query):
            return None
        if name in ("statement", "selectable"):
            self.queries.change(QueryChange(node, "drop"))
            return value
        if name not in ("whereclause", "column_descriptions"):
            self.queries.problem(node, f"Query.{name} is read, which a select does not have")
        return None

    def _subscript(self, node: Node, names: Names) -> Value:
        holder = node.child_by_field_name("value")
        value = self.value(holder, names)
        index = node.children_by_field_name("subscript")
        for item in index:
            self.escaping(item, names, "the query is an index")
        if isinstance(value, Query) and holder is not None:
            problem = index_problem(index)
            if problem:
                self.queries.problem(node, problem)
            else:
                self.use(node, "getitem", holder, value)
            return None
        if isinstance(value, Group):
            number = text_of(index[0]) if len(index) == 1 and index[0].type == "integer" else ""
            if number and value.items is not None and int(number) < len(value.items):
                return value.items[int(number)]
            return value.any
        return None

    def assignment(self, node: Node, names: Names) -> Value:
        left = node.child_by_field_name("left") or node.child_by_field_name("name")
        right = node.child_by_field_name("right") or node.child_by_field_name("value")
        value = self.value(right, names)
        if left is not None and (right is not None or node.type == "named_expression"):
            self.bind(left, stored(value), names)
        if node.type == "named_expression":
            return value
        chained = right is not None and right.type == "assignment"
        return value if chained or (node.parent is not None and node.parent.type == "assignment") else None

    def bind(self, left: Node | None, value: Value, names: Names) -> None:
        if left is None:
            return
        if left.type == "identifier":
            names[text_of(left)] = value
        elif left.type in ("pattern_list", "tuple_pattern", "list_pattern", "tuple"):
            self._unpack(left, value, names)
        elif left.type == "subscript" and value is not None:
            holder = left.child_by_field_name("value")
            if holder is not None and holder.type == "identifier":
                old = names.get(text_of(holder))
                names[text_of(holder)] = merge([old, Group(None, value)])
            else:
                self.queries.problem(left, "the query is kept in something that is not followed")
        elif value is not None:
            self.queries.problem(left, "the query is kept in an attribute")

    def _unpack(self, left: Node, value: Value, names: Names) -> None:
        targets = left.named_children
        if isinstance(value, Query):
            self.queries.problem(left, "the query is unpacked")
            value = None
        fixed = isinstance(value, Group) and value.items is not None and len(value.items) == len(targets)
        for number, target in enumerate(targets):
            item = None
            if isinstance(value, Group):
                item = value.items[number] if fixed and value.items is not None else value.any
            self.bind(target, item, names)
