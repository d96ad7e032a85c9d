"""Calls that do not resolve: plain values, SQL expressions and tasks are told apart from what nobody knows."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import imported_name
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.knowledge.origins import blocking_value, is_harmless_value
from awaitify.analysis.library_effects import takes_session
from awaitify.analysis.local_bindings import binding, bound_again, bound_to
from awaitify.analysis.plain_items import is_written_item
from awaitify.analysis.plain_values import is_plain_value
from awaitify.analysis.statements import is_statement_call
from awaitify.project.index import Call, Class, Function, is_within, text_of

PLAIN_TYPES = (
    str, bytes, list, dict, set, tuple, int, float, frozenset, datetime.datetime, datetime.timedelta,
    decimal.Decimal, uuid.UUID, re.Match,
)  # fmt: skip
SQL_OPERATORS = {
    "desc", "asc", "in_", "not_in", "notin_", "is_", "is_not", "isnot", "like", "ilike", "notlike", "not_like",
    "between", "label", "any", "has", "cast", "op", "contains", "startswith", "endswith", "nulls_last", "nulls_first",
    "nullslast", "nullsfirst", "distinct", "of_type", "and_", "concat", "collate", "regexp_match", "as_string",
    "astext", "is_distinct_from", "is_not_distinct_from", "icontains", "istartswith", "iendswith", "match", "bool_op",
    "as_integer", "as_float", "as_boolean", "as_numeric", "as_json", "has_key", "has_all", "has_any", "overlap",
    "contained_by", "regexp_replace", "within_group",
}  # fmt: skip
#: Those that nothing but an SQL expression has.
SQL_ONLY = {
    "in_", "not_in", "notin_", "is_not", "isnot", "ilike", "notlike", "not_like", "nulls_last", "nulls_first",
    "nullslast", "nullsfirst", "of_type", "regexp_match", "asc", "desc", "label",
}  # fmt: skip
#: What takes an SQL expression, and what may stand between.
CONDITIONS = {"filter", "where", "having", "order_by", "group_by"}
JOINED_BY = {"and_", "or_", "not_", "desc", "asc"}
#: What stands for a column in a query: what its type adds (`has_key` of JSONB, `overlap` of ARRAY) are expressions too.
COLUMNS = ("sqlalchemy.orm.attributes.InstrumentedAttribute", "sqlalchemy.orm.attributes.QueryableAttribute")
#: What a pool of connections counts, which its base class does not declare.
POOL, COUNTS = "sqlalchemy.pool.base.Pool", {"size", "checkedin", "checkedout", "overflow", "timeout"}
#: Those of pydantic's models alone; none reads an attribute that a mapper would load.
MODEL_ONLY = {"model_dump", "model_dump_json", "model_copy", "model_json_schema"}
#: Classes that say nothing of a value: those of a column, and of its parts, where it is read on an object, and what
#: clients are said to give that are sync and async at once.
_SILENT = {
    "sqlalchemy.sql.schema.Column", "sqlalchemy.sql.elements.ColumnElement", "typing.Awaitable", "builtins.dict",
    "builtins.list", "types.NoneType",
}  # fmt: skip
TASK_METHODS = {"delay", "apply_async", "send", "send_with_options", "enqueue"}
RISKY_NAMES = {"get", "update", "count", "set", "delete", "close", "execute", "read", "write"}
PLAIN_NAMES = {name for kind in PLAIN_TYPES for name in dir(kind)} - RISKY_NAMES


def _absent(call: Call, effects: Effects) -> Effect | None:
    """A function of a package that is not installed, when a rule knows it by the name that the import spells."""
    name = imported_name(call)
    fact = effects.knowledge.fact(name) if name else None
    kinds = {"blocks": "bridge", "cpu": "bridge", "harmless": "harmless", "async": "async"}
    if fact is None or not fact.is_ruled or fact.kind not in kinds:
        return None
    return Effect(kinds[fact.kind], call, name, (), fact)


def unknown_call(call: Call, effects: Effects) -> Effect:
    """Harmless where the receiver is a plain value or the name says enough, else unresolved."""
    callee = call.callee
    if (absent := _absent(call, effects) if effects.judges_unknown else None) is not None:
        return absent
    if callee.type != "attribute" or not effects.judges_unknown:
        return Effect("unresolved", call, text_of(callee))
    name = text_of(callee.child_by_field_name("attribute") or callee)
    receiver = callee.child_by_field_name("object")
    if receiver is not None and _is_forwarded(receiver, call, effects):
        return Effect("async", call, f"{name}: what a client in a wrapper gives is awaited")
    if name in TASK_METHODS and receiver is not None and _is_task(receiver, call, effects):
        return Effect("bridge", call, f"{name}: sends a task to a broker")
    if name in SQL_OPERATORS and receiver is not None and _is_class_attribute(receiver, call, effects):
        return Effect("harmless", call, f"{name}: an SQL expression")
    classes = effects.resolution.class_names(call.file, receiver) if receiver is not None else set()
    if classes & set(COLUMNS):
        return Effect("harmless", call, f"{name}: an SQL expression")
    if name in COUNTS and classes == {POOL}:
        return Effect("harmless", call, f"{name}: what a pool counts")
    if is_statement_call(call, effects.resolution, effects.mapping):
        return Effect("harmless", call, f"{name}: builds a statement")
    if name in SQL_ONLY and name not in effects.risky:
        return Effect("harmless", call, f"{name}: a method of SQL expressions only")
    if name in SQL_OPERATORS and receiver is not None and _is_used_as_sql(receiver, call, effects):
        return Effect("harmless", call, f"{name}: on what is used as an SQL expression")
    if name in SQL_OPERATORS - effects.risky and receiver is not None and _is_condition(receiver, call, effects):
        return Effect("harmless", call, f"{name}: a condition of a query")
    fact = blocking_value(receiver, name, call.file, effects.resolution, effects.knowledge) if receiver else None
    if fact is not None and not takes_session(call, effects):
        return Effect("bridge", call, f"{fact.library}: {name}", (), fact)
    if name in MODEL_ONLY and name not in effects.risky:
        return Effect("harmless", call, f"{name}: a method of pydantic's models only")
    if name in PLAIN_NAMES and name not in effects.risky:
        return Effect("harmless", call, f"{name}: a method of plain values only")
    if receiver is not None and is_harmless_value(receiver, name, call.file, effects.resolution, effects.knowledge):
        return Effect("harmless", call, f"{name}: of a logger or the like")
    if receiver is not None and _is_plain(receiver, call, effects):
        return Effect("harmless", call, f"{name}: on a plain value")
    return Effect("unresolved", call, text_of(callee))


def _is_task(receiver: Node, call: Call, effects: Effects) -> bool:
    """Whether a name is a decorated function of the project: a task of a queue."""
    for target in effects.resolution.definition(call.file, receiver):
        function = effects.resolution.function_of(target)
        if function is not None and function.decorators:
            return True
    return False


def _is_forwarded(receiver: Node, call: Call, effects: Effects) -> bool:
    """Whether a call is awaited, of something that a class of the project hands on by `__getattr__`."""
    if call.node.parent is None or call.node.parent.type != "await":
        return False
    classes = [
        effects.resolution.project.classes.get(name) for name in effects.resolution.class_names(call.file, receiver)
    ]
    return any("__getattr__" in item.methods for cls in classes if cls for item in effects.resolution.lineage(cls))


def _is_class_attribute(receiver: Node, call: Call, effects: Effects) -> bool:
    """`Model.column`, `models.Model.column` or `func.sum(...)`, or a further expression on one."""
    inner: Node | None = receiver
    fields = {"call": "function", "attribute": "object", "subscript": "value"}
    while inner is not None and inner.type in fields:
        if inner.type == "attribute" and _is_sql_root(inner, call, effects):
            return True
        inner = inner.child_by_field_name(fields[inner.type])
    return inner is not None and inner.type == "identifier" and _is_sql_root(inner, call, effects)


def _is_used_as_sql(receiver: Node, call: Call, effects: Effects) -> bool:
    """Whether what a local name is bound to (`attr = getattr(model, name)`) is used as nothing but an SQL expression
    can be, as far as that binding reaches, and every call of a method of it has the name of an operator."""
    if receiver.type != "identifier" or call.function is None or not call.arguments:
        return False
    reach = _reach(receiver, call.function)
    pattern = rb"(?<![\w.])" + (receiver.text or b"") + rb"\s*\.\s*(\w+)\s*\("
    called = {name.decode() for name in re.findall(pattern, call.file.source.text[slice(*reach)])}
    return called <= SQL_OPERATORS and bool(called & SQL_ONLY - effects.risky)


def _is_condition(receiver: Node, call: Call, effects: Effects) -> bool:
    """`query.filter(getattr(model, name).like(x))`: what a query is filtered or ordered by is an SQL expression."""
    made = list(_values(receiver, call)) if receiver.type == "identifier" else [receiver]
    if not made or not all(node is not None and text_of(node).startswith("getattr(") for node in made):
        return False
    outer = _given_to(call, effects)
    while outer is not None and _last(outer) in JOINED_BY:
        outer = _given_to(outer, effects)
    return outer is not None and _last(outer) in CONDITIONS and _is_of_query(outer, effects)


def _given_to(call: Call, effects: Effects) -> Call | None:
    """The call that the result of another is an argument of."""
    node = call.node
    while node.parent is not None and node.parent.type == "parenthesized_expression":
        node = node.parent
    arguments = node.parent
    if arguments is None or arguments.type != "argument_list" or arguments.parent is None:
        return None
    return effects.resolution.call_at(call.file, arguments.parent)


def _last(call: Call) -> str:
    return text_of(call.callee).rpartition(".")[2]


def _is_of_query(call: Call, effects: Effects) -> bool:
    """Whether a call is a method of a query or a statement."""
    targets = effects.resolution.targets.get(call, ())
    if targets:
        return all(target.name.startswith(("sqlalchemy.orm.query.Query.", "sqlalchemy.sql.")) for target in targets)
    if call.function is not None and call.node.id in effects.queries[call.function].members:
        return True
    return is_statement_call(call, effects.resolution, effects.mapping)


def _values(name: Node, call: Call) -> Iterator[Node | None]:
    """What a local name is bound to; None for what is not an assignment of all of it."""
    body = call.function.node.child_by_field_name("body") if call.function is not None else None
    for value, is_part in bound_to(text_of(name), body) if body is not None else ():
        yield None if is_part else value


def _reach(name: Node, function: Function) -> tuple[int, int]:
    """From the assignment that binds a name, in a block around it, to the end of that block; empty when something else
    there binds it too."""
    spots = [item for item in function.file.names if item.text == name.text and is_within(item, function.node)]
    bound = [item for item in spots if list(binding(item))]
    before = [item for item in bound if item.start_byte < name.start_byte]
    last = max(before, key=lambda item: item.start_byte, default=None)
    statement = last.parent.parent if last is not None and last.parent is not None else None
    block = statement.parent if statement is not None and statement.type == "expression_statement" else None
    if last is None or block is None or last.parent is None or not is_within(name, block):
        return 0, 0
    others = [item for item in bound if item.start_byte > last.start_byte and is_within(item, block)]
    return (last.parent.end_byte, block.end_byte) if not others else (0, 0)


def _is_sql_root(node: Node, call: Call, effects: Effects) -> bool:
    """A class of the project, or what SQLAlchemy makes expressions with: func, case, literal."""
    return any(
        (target.in_project and isinstance(effects.resolution.project.definition(target.path, target.offset), Class))
        or target.name.startswith("sqlalchemy.sql.")
        for target in effects.resolution.definition(call.file, node)
    )


def _called_names(receiver: Node, call: Call, effects: Effects) -> set[str]:
    """What a receiver that is a call calls: it stands for the type where the result has none (`json.loads(text)`)."""
    calls = (item for item in call.function.calls if item.node == receiver) if call.function else ()
    targets = (target for item in calls for target in effects.resolution.targets.get(item, ()))
    return {target.name for target in targets if target.kind == "function"}


def _is_plain(receiver: Node, call: Call, effects: Effects) -> bool:
    """Whether a receiver is provably a plain value: a literal, or typed as one."""
    if receiver.type in ("string", "list", "dictionary", "set", "tuple", "integer", "float", "concatenated_string"):
        return True
    names = set(effects.resolution.class_names(call.file, receiver)) - _called_names(receiver, call, effects)
    if names and all(name.startswith(("builtins.", "datetime.", "pydantic.", "uuid.", "enum.")) for name in names):
        return True
    resolution = effects.resolution
    is_silent = names <= _SILENT or _is_bound_again(receiver, call)
    return is_silent and (
        is_plain_value(receiver, call.function, resolution)
        or is_written_item(receiver, call.function, resolution.project)
    )


def _is_bound_again(receiver: Node, call: Call) -> bool:
    """Whether a name means something else by now than its annotation says."""
    function = call.function if receiver.type == "identifier" else None
    return function is not None and bound_again(receiver, function.node) is not None
