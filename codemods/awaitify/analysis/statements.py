"""SQL statements whose type is lost half way (`select(target).where(...)` for a `target: Any`): to build one does no
I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.local_bindings import bound_to
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.values import returned
from awaitify.project.index import Call, Function, text_of

#: The modules whose functions make statements.
MAKERS = (
    "sqlalchemy.sql._selectable_constructors.", "sqlalchemy.sql._dml_constructors.",
    "sqlmodel.sql._expression_select_gen.", "sqlmodel.sql._expression_select_cls.",
)  # fmt: skip
MADE = {"select", "insert", "update", "delete", "union", "union_all", "intersect", "except_"}
METHODS = {
    "where", "filter", "filter_by", "order_by", "group_by", "having", "limit", "offset", "distinct", "join",
    "outerjoin", "select_from", "options", "execution_options", "with_for_update", "values", "returning", "subquery",
    "cte", "alias", "scalar_subquery", "correlate", "add_columns", "with_only_columns", "union", "union_all", "exists",
    "on_conflict_do_nothing", "on_conflict_do_update",
}  # fmt: skip
TABLE_METHODS = {"select", "insert", "update", "delete"}
PARTS = ("parenthesized_expression", "conditional_expression", "boolean_operator")


def is_statement_call(call: Call, resolution: Resolution, mapping: Mapping) -> bool:
    """Whether a call of unknown meaning goes on building a statement, or begins one on a table."""
    return _Statements(resolution, mapping).builds(call.node, call.function)


@dataclass(eq=False)
class _Statements:
    """Follows expressions. seen: those that are looked at already: a value that only comes from itself is none."""

    resolution: Resolution
    mapping: Mapping
    seen: set[int] = field(default_factory=set)

    def builds(self, node: Node, function: Function | None) -> bool:
        """Whether a call is one of a statement's methods, or one of a table's that makes a statement."""
        callee = node.child_by_field_name("function")
        receiver = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        if callee is None or receiver is None or function is None:
            return False
        name = text_of(callee.child_by_field_name("attribute") or callee)
        if name in TABLE_METHODS and self._is_table(receiver, function):
            return True
        return name in METHODS and self.holds(receiver, function)

    def holds(self, node: Node, function: Function) -> bool:
        """Whether an expression can only be a statement: by what makes it, what a name is bound to, what callers
        give."""
        if node.id in self.seen:
            return True
        self.seen.add(node.id)
        if node.type in PARTS:
            parts = node.named_children
            is_choice = node.type == "conditional_expression"
            return all(self.holds(part, function) for part in (parts[0:3:2] if is_choice else parts))
        if node.type == "call":
            return self._makes(node, function) or self.builds(node, function)
        if node.type != "identifier":
            return False
        values = list(self._values(node, function))
        return bool(values) and all(
            value is not None and scope is not None and self.holds(value, scope) for value, scope in values
        )

    def _makes(self, node: Node, function: Function) -> bool:
        """Whether a call makes a statement: `select(...)`, or a function of the project that returns one."""
        call = self.resolution.call_at(function.file, node)
        targets = self.resolution.targets.get(call, ()) if call is not None else ()
        return bool(targets) and all(
            self._is_maker(target.name, self.resolution.function_of(target)) for target in targets
        )

    def _is_maker(self, name: str, function: Function | None) -> bool:
        if function is None:
            return name.startswith(MAKERS) and name.rpartition(".")[2] in MADE
        if function.is_async or function.is_generator or function.decorators or function.name == "__init__":
            return False
        values = returned(function)
        return bool(values) and all(self.holds(value, function) for value in values)

    def _values(self, node: Node, function: Function) -> Iterator[tuple[Node | None, Function | None]]:
        """What a local name is bound to; for a parameter, what all callers give. None for what is not followed."""
        name, body = text_of(node), function.node.child_by_field_name("body")
        param = function.param(name)
        for value, is_part in bound_to(name, body) if body is not None else ():
            yield (None if is_part else value), function
        if param is None:
            return
        calls = self.resolution.callers.get(function, ())
        if not calls or param.star or function.decorators:
            yield None, None
        for call in calls:
            yield dict(bind(function, call)).get(name), call.function

    def _is_table(self, node: Node, function: Function) -> bool:
        """`Model.__table__` of a mapped class."""
        holder = node.child_by_field_name("object") if node.type == "attribute" else None
        if holder is None or text_of(node.child_by_field_name("attribute") or node) != "__table__":
            return False
        found = self.resolution.definition(function.file, holder)
        return bool(found) and all(target.name in self.mapping.classes for target in found)
