"""What each call does: session work, blocking work, a project function, something harmless, or nobody knows."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.background import scheduled
from awaitify.analysis.called_values import called_value
from awaitify.analysis.calls import Resolution
from awaitify.analysis.implicit import Implicit, find_implicit, is_open, is_property, is_super
from awaitify.analysis.knowledge import Fact, Knowledge
from awaitify.analysis.mapping import Mapping, find_mapping
from awaitify.analysis.openers import find_openers, taken
from awaitify.analysis.plain_values import is_plain_value
from awaitify.analysis.queries import ProjectQueries, find_queries
from awaitify.analysis.query_uses import READ_WITHOUT_CALL
from awaitify.analysis.query_values import Queries
from awaitify.analysis.session_calls import SESSION_CLASSES, session_effect
from awaitify.analysis.state_slots import Slot, find_slots
from awaitify.analysis.values import FACTORY, SCOPED
from awaitify.project.index import Call, Class, Function, text_of
from awaitify.resolve.model import Target

PLAIN_TYPES = (
    str, bytes, list, dict, set, tuple, int, float, frozenset, datetime.datetime, datetime.timedelta,
    decimal.Decimal, uuid.UUID, re.Match,
)  # fmt: skip
SQL_OPERATORS = {
    "desc", "asc", "in_", "not_in", "notin_", "is_", "is_not", "isnot", "like", "ilike", "notlike", "not_like",
    "between", "label", "any", "has", "cast", "op", "contains", "startswith", "endswith", "nulls_last", "nulls_first",
    "nullslast", "nullsfirst", "distinct", "of_type", "and_", "concat", "collate", "regexp_match", "as_string",
    "astext",
}  # fmt: skip
TASK_METHODS = {"delay", "apply_async", "send", "send_with_options", "enqueue"}
RISKY_NAMES = {"get", "update", "count", "set", "delete", "close", "execute", "read", "write"}
PLAIN_NAMES = {name for kind in PLAIN_TYPES for name in dir(kind)} - RISKY_NAMES
MAKERS = {FACTORY, SCOPED}


@dataclass(frozen=True, slots=True)
class Effect:
    """kind: session (awaited), stays (a sync method of the session), root, terminal, query (parts of a legacy query),
    opens (makes a session), remove (closes a scoped one), native (a client's own async form), bridge (blocks: to a
    thread), project, schedules (a project function, with a session, to run after the response), lazy, reads, escapes
    (gives what blocks as it is read: that is read in a thread, in a way that is not followed, or elsewhere), harmless,
    async, hands-off, unclassified, unresolved, refused (known, but has no async form here). fact: what is known of a
    library's function."""

    kind: str
    call: Call
    detail: str = ""
    callees: tuple[Function, ...] = ()
    fact: Fact | None = None


@dataclass(eq=False)
class Effects:
    """The effects of every function, its queries, and module-level calls under None.

    openers: functions that make a session and hand it over; slots: sessions that middlewares keep for the request;
    kept: what is behind their calls; readings: the iterables of loops that are read in a thread.
    native_blocks: the loops and `with` statements over clients, which are async ones afterwards; loops: those that go
    on blocking. judges_unknown: whether calls that do not resolve are told apart (most are harmless), which costs a
    question each."""

    resolution: Resolution
    knowledge: Knowledge
    mapping: Mapping
    crossing: ProjectQueries
    by_call: dict[Call, Effect] = field(default_factory=dict)
    risky: set[str] = field(default_factory=set)
    implicit: dict[Function, list[Implicit]] = field(default_factory=dict)
    openers: set[Function] = field(default_factory=set)
    slots: list[Slot] = field(default_factory=list)
    kept: dict[Call, Effect] = field(default_factory=dict)
    native_blocks: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    loops: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    readings: dict[Function, list[Node]] = field(default_factory=lambda: defaultdict(list))
    judges_unknown: bool = True

    @property
    def queries(self) -> dict[Function, Queries]:
        """What each function does with legacy queries."""
        return self.crossing.by_function

    def of(self, function: Function) -> list[Effect]:
        """In source order."""
        return [effect for call in function.calls if (effect := self.by_call.get(call)) is not None]


def find_effects(resolution: Resolution, knowledge: Knowledge, judges_unknown: bool = True) -> Effects:
    """Classifies every call that was resolved."""
    mapping = find_mapping(resolution.project)
    crossing = find_queries(resolution, mapping)
    effects = Effects(resolution, knowledge, mapping, crossing, judges_unknown=judges_unknown)
    effects.risky = {function.name for function in resolution.project.functions.values()} | RISKY_NAMES
    within = resolution.within
    for call in resolution.targets:
        if call.function is None or call.function in within:
            effects.by_call[call] = effect = _effect(call, effects)
            for function in effect.callees if effect.kind == "schedules" else ():
                resolution.callers[function].append(call)
    _find_makers(effects)
    working = [function for function in within if _works(function, effects)]
    effects.implicit = find_implicit(resolution, filter(is_property, working))
    return effects


def _find_makers(effects: Effects) -> None:
    """Calls of what makes sessions open them; those of sessions that are kept for the request are done elsewhere."""
    effects.openers = find_openers(effects)
    for call, effect in list(effects.by_call.items()):
        if effect.kind == "project" and len(effect.callees) == 1 and effect.callees[0] in effects.openers:
            effects.by_call[call] = Effect("opens", call, effect.detail, effect.callees)
    for call in list(effects.by_call):
        if taken(call, effects) is not None:
            effects.by_call[call] = Effect("opens", call, "next")
            inner = effects.resolution.call_at(call.file, call.arguments[0])
            if inner is not None:
                effects.by_call[inner] = Effect("harmless", inner, "its first value alone is taken")
    effects.slots = find_slots(effects)
    for slot in effects.slots:
        for call in slot.calls():
            effects.kept[call] = effects.by_call.get(call) or Effect("unresolved", call)
            effects.by_call[call] = Effect("harmless", call, "a session that is kept for the request")


def _works(function: Function, effects: Effects) -> bool:
    """Whether a function itself calls anything that is not known to be harmless."""
    return any(effect.kind not in ("harmless", "hands-off", "async", "query") for effect in effects.of(function))


def _effect(call: Call, effects: Effects) -> Effect:
    query = _query_effect(call, effects)
    if query is not None:
        return query
    called = called_value(call, effects.resolution)
    if called is not None:
        return Effect(called.kind, call, text_of(call.callee), called.callees)
    targets = effects.resolution.targets.get(call, ())
    if not targets:
        return _unresolved(call, effects)
    later = scheduled(call, effects.resolution)
    if later and _takes_session(call, effects):
        return Effect("schedules", call, later[0].id, later)
    found = [_target_effect(call, target, effects) for target in targets]
    order = (
        "refused",
        "session",
        "remove",
        "opens",
        "native",
        "bridge",
        "unresolved",
        "unclassified",
        "project",
        "async",
        "stays",
        "hands-off",
        "harmless",
    )
    found.sort(key=lambda effect: order.index(effect.kind))
    callees = tuple(dict.fromkeys(callee for effect in found for callee in effect.callees))
    worst = found[0]
    return Effect(worst.kind, call, worst.detail, callees, worst.fact)


def _query_effect(call: Call, effects: Effects) -> Effect | None:
    if call.function is None:
        return None
    queries = effects.queries[call.function]
    if any(root.node == call.node for root in queries.roots):
        return Effect("root", call)
    for use in queries.uses:
        if use.node == call.node and use.consumer not in READ_WITHOUT_CALL:
            return Effect("terminal", call, use.consumer)
    return Effect("query", call) if call.node.id in queries.members else None


def _target_effect(call: Call, target: Target, effects: Effects) -> Effect:
    if target.in_project:
        return _project_effect(call, target, effects)
    known = session_effect(call, target)
    if known is not None:
        return Effect(known[0], call, known[1], (), effects.knowledge.fact(target.name))
    fact = effects.knowledge.fact(target.name, target.path, target.offset, **_receiver(call, target, effects))
    kinds = {
        "blocks": "bridge", "cpu": "bridge", "harmless": "harmless", "builder": "harmless", "async": "async",
        "hands_off": "hands-off", "session": "refused", "connection": "refused",
    }  # fmt: skip
    kind = kinds.get(fact.kind) or ("unclassified" if _takes_session(call, effects) else "bridge")
    return Effect(kind, call, target.name, (), fact)


def _takes_session(call: Call, effects: Effects) -> bool:
    """Whether a session flows into a call that nothing is known of."""
    return any(effects.resolution.class_names(call.file, node) & set(SESSION_CLASSES) for node in call.arguments)


def _receiver(call: Call, target: Target, effects: Effects) -> dict[str, str]:
    """The class of what a method is called on, where that decides (`read` of a file or of a BytesIO)."""
    node = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
    if node is None or not effects.knowledge.depends_on_receiver(target.name):
        return {}
    names = sorted(effects.resolution.class_names(call.file, node))
    return {"receiver": names[0]} if names else {}


def _project_effect(call: Call, target: Target, effects: Effects) -> Effect:
    definition = effects.resolution.project.definition(target.path, target.offset)
    if isinstance(definition, Function):
        others = () if is_super(call) else effects.resolution.overrides.get(definition, ())
        if is_open(definition, effects.resolution) and not is_super(call):
            return Effect("unresolved", call, f"{definition.id}: nothing in the project implements it", (definition,))
        return Effect("project", call, definition.id, (definition, *others))
    if isinstance(definition, Class):
        lineage = effects.resolution.lineage(definition)
        owners = [next((cls for cls in lineage if name in cls.methods), None) for name in ("__init__", "__post_init__")]
        made = [cls.methods[name] for cls, name in zip(owners, ("__init__", "__post_init__"), strict=True) if cls]
        return Effect("project", call, definition.id, tuple(made)) if made else Effect("harmless", call, definition.id)
    return _called_value(call, target, effects)


def _called_value(call: Call, target: Target, effects: Effects) -> Effect:
    """A call of a variable or a parameter: by the class of its value."""
    resolution = effects.resolution
    for name in sorted(resolution.class_names(call.file, call.callee)):
        if name in MAKERS:
            return Effect("opens", call, name)
        cls = resolution.project.classes.get(name)
        method = cls.methods.get("__call__") if cls else None
        if method is not None:
            return Effect("project", call, method.id, (method,))
    hover = resolution.hover(call.file, call.callee)
    if "async_sessionmaker[" in hover or "async_scoped_session" in hover:
        return Effect("harmless", call, "an async session is opened")
    if "sessionmaker[" in hover:
        return Effect("opens", call, "sqlalchemy.orm.session.sessionmaker")
    if "<class '" in hover or "type[" in hover:
        return Effect("harmless", call, hover[:60])
    return Effect("unresolved", call, target.name)


def _unresolved(call: Call, effects: Effects) -> Effect:
    callee = call.callee
    if callee.type != "attribute" or not effects.judges_unknown:
        return Effect("unresolved", call, text_of(callee))
    name = text_of(callee.child_by_field_name("attribute") or callee)
    receiver = callee.child_by_field_name("object")
    if name in TASK_METHODS and receiver is not None and _is_task(receiver, call, effects):
        return Effect("bridge", call, f"{name}: sends a task to a broker")
    if name in SQL_OPERATORS and receiver is not None and _is_class_attribute(receiver, call, effects):
        return Effect("harmless", call, f"{name}: an SQL expression")
    if name in PLAIN_NAMES and name not in effects.risky:
        return Effect("harmless", call, f"{name}: a method of plain values only")
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


def _is_class_attribute(receiver: Node, call: Call, effects: Effects) -> bool:
    """`Model.column` or `func.sum(...)`, or a further expression on one."""
    while receiver.type in ("call", "attribute"):
        inner = receiver.child_by_field_name("function" if receiver.type == "call" else "object")
        if inner is None:
            return False
        receiver = inner
    if receiver.type != "identifier":
        return False
    for target in effects.resolution.definition(call.file, receiver):
        if target.in_project and isinstance(effects.resolution.project.definition(target.path, target.offset), Class):
            return True
        if target.name.startswith("sqlalchemy.sql."):  # func.sum(column), case(...), literal(1)
            return True
    return False


def _is_plain(receiver: Node, call: Call, effects: Effects) -> bool:
    """Whether a receiver is provably a plain value: a literal, or typed as one."""
    if receiver.type in ("string", "list", "dictionary", "set", "tuple", "integer", "float", "concatenated_string"):
        return True
    names = effects.resolution.class_names(call.file, receiver)
    if not names:
        return is_plain_value(receiver, call.function, effects.resolution)
    return all(name.startswith(("builtins.", "datetime.", "pydantic.", "uuid.", "enum.")) for name in names)
