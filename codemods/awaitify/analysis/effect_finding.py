"""Finds what each call does: session work, blocking work, a project function, something harmless, or nobody knows."""

from __future__ import annotations

from functools import partial

from awaitify.analysis.background import scheduled
from awaitify.analysis.called_values import called_value
from awaitify.analysis.calls import Resolution
from awaitify.analysis.containers import find_containers
from awaitify.analysis.effects import KEPT, Effect, Effects
from awaitify.analysis.exact import is_super, meant_overrides
from awaitify.analysis.foreign_operations import find_foreign_operations
from awaitify.analysis.generator_managers import find_generator_managers
from awaitify.analysis.generators import find_generators
from awaitify.analysis.hidden_calls import find_hidden
from awaitify.analysis.implicit import find_implicit, is_open
from awaitify.analysis.kept_factories import find_kept_factories
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.analysis.knowledge.origins import library_origin
from awaitify.analysis.library_effects import library_effect, takes_session
from awaitify.analysis.managers import find_managers
from awaitify.analysis.mapping.finding import find_mapping
from awaitify.analysis.plain_sessions import find_plain
from awaitify.analysis.primed import find_primed
from awaitify.analysis.properties.finding import find_properties, forget_reads
from awaitify.analysis.queries.finding import find_queries
from awaitify.analysis.queries.uses import READ_WITHOUT_CALL
from awaitify.analysis.sessions.classes import derived_session
from awaitify.analysis.sessions.current import find_current
from awaitify.analysis.sessions.openers import find_openers, taken
from awaitify.analysis.sessions.placing import takes_either
from awaitify.analysis.sessions.scoped import find_scoped
from awaitify.analysis.sessions.state_slots import find_slots
from awaitify.analysis.stored_values import find_stored
from awaitify.analysis.template_effects import link_templates
from awaitify.analysis.thread_bound import find_locals, is_lock
from awaitify.analysis.thread_owned import find_owned
from awaitify.analysis.threaded import threaded
from awaitify.analysis.unknown_calls import RISKY_NAMES, unknown_call
from awaitify.analysis.values import FACTORY, SCOPED
from awaitify.analysis.wrapping.finding import find_wrappings
from awaitify.project.index import Call, Class, Function, ancestors, text_of
from awaitify.resolve.model import Target

MAKERS = {FACTORY, SCOPED}
#: The kinds of work that, done once while the service is imported, no request waits for.
ONCE = {"bridge", "unclassified", "unresolved", "project"}
NEW_TYPES = {"typing.NewType", "typing_extensions.NewType"}


def find_effects(resolution: Resolution, knowledge: Knowledge, judges_unknown: bool = True) -> Effects:
    """Classifies every call that was resolved."""
    mapping = find_mapping(resolution.project)
    crossing = find_queries(resolution, mapping, knowledge.executes)
    containers = find_containers(resolution, knowledge)
    effects = Effects(resolution, knowledge, mapping, crossing, containers, judges_unknown=judges_unknown)
    forget_reads(effects)
    effects.wrappings = find_wrappings(resolution)
    effects.risky = {function.name for function in resolution.project.functions.values()} | RISKY_NAMES
    within = set(resolution.within)
    for call in resolution.targets:
        if call.function is None or call.function in within:
            effects.by_call[call] = effect = _effect(call, effects)
            for function in effect.callees if effect.kind == "schedules" else ():
                resolution.callers[function].append(call)
    find_stored(effects)
    _find_threaded(effects)
    _find_primed(effects)
    _find_makers(effects)
    working = [function for function in resolution.within if _works(function, effects)]
    hidden = find_hidden(effects, working)
    effects.hidden = {function for places in hidden.values() for _, function in places}
    effects.implicit = find_implicit(resolution, working, partial(is_lock, knowledge=knowledge), hidden)
    for function, item in find_foreign_operations(effects):
        effects.implicit[function].append(item)
    effects.locals = find_locals(effects)
    link_templates(effects)
    if judges_unknown:
        find_properties(effects)
    effects.managers = find_managers(effects)
    effects.generator_managers = find_generator_managers(effects)
    effects.generators = find_generators(effects)
    effects.owned = find_owned(effects)
    effects.plain = find_plain(effects)
    return effects


def _find_threaded(effects: Effects) -> None:
    """What blocks in a lambda that a thread gets blocks nothing else: `to_thread(lambda: open(path).read())`."""
    for call, effect in list(effects.by_call.items()):
        if not call.in_lambda or effect.kind != "bridge":
            continue
        inner = next(node for node in ancestors(call.node) if node.type == "lambda")
        given = inner.parent.parent if inner.parent is not None and inner.parent.type == "argument_list" else None
        outer = effects.resolution.call_at(call.file, given) if given is not None else None
        if outer is not None and outer in effects.by_call and effects.by_call[outer].kind == "hands-off":
            effects.by_call[call] = Effect("harmless", call, "runs in a thread")


def _find_primed(effects: Effects) -> None:
    """What is done once, as the service is imported, is no work of the requests that ask for it."""
    for call in find_primed(effects.resolution):
        effect = effects.by_call.get(call)
        if effect is not None and effect.kind in ONCE:
            effects.primed.add(call)
            effects.by_call[call] = Effect("harmless", call, "done when the service is imported")


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
    effects.factories = find_kept_factories(effects)
    for factory in effects.factories:
        effects.by_call.update({call: Effect("opens", call, KEPT) for call in factory.calls})
    effects.slots = find_slots(effects)
    for slot in effects.slots:
        for call in slot.calls():
            effects.kept[call] = effects.by_call.get(call) or Effect("unresolved", call)
            effects.by_call[call] = Effect("harmless", call, "a session that is kept for the request")
    _find_current(effects)


def _find_current(effects: Effects) -> None:
    """Sessions that a module gives to everyone are opened and removed where their requests begin and end."""
    effects.current = [*find_current(effects), *find_scoped(effects)]
    for item in effects.current:
        calls = [
            *item.calls,
            *(call for one in item.setters for call in (one.opening, *one.waiting) if call is not None),
        ]
        for call in calls:
            effects.kept[call] = effects.by_call.get(call) or Effect("unresolved", call)
            effects.by_call[call] = Effect("harmless", call, "a session that is kept for the request")


def _works(function: Function, effects: Effects) -> bool:
    """Whether a function itself calls anything that is not known to be harmless."""
    return any(
        effect.kind not in ("harmless", "hands-off", "async", "query", "threaded") for effect in effects.of(function)
    )


#: Of the effects of several targets, the first of these decides.
WORST_FIRST = (
    "refused", "escapes", "session", "remove", "opens", "native", "bridge", "unresolved", "unclassified",
    "project", "async", "attached", "stays", "hands-off", "harmless",
)  # fmt: skip


def _effect(call: Call, effects: Effects) -> Effect:
    query = _query_effect(call, effects)
    if query is not None:
        return query
    provided = _provided(call, effects)
    if provided is not None:
        return provided
    wrapping = effects.wrappings.by_call.get(call)
    if wrapping is not None:
        return Effect("wrapped", call, wrapping.shape.maker.id, tuple(wrapping.functions))
    called = called_value(call, effects.resolution)
    if called is not None:
        if called.kind == "project" and call.callee.type != "call":  # an entry of a table
            effects.stored.add(call)
        return Effect(called.kind, call, text_of(call.callee), called.callees)
    targets = effects.resolution.targets.get(call, ())
    if not targets:
        return unknown_call(call, effects)
    if takes_either(target.name for target in targets):
        return Effect("harmless", call, "adds to a session of either kind")
    later = scheduled(call, effects.resolution)
    if later and takes_session(call, effects):
        return Effect("schedules", call, later[0].id, later)
    bridged = threaded(call, effects.resolution)
    if bridged is not None:
        return Effect("threaded", call, bridged.id, (bridged,))
    found = [_target_effect(call, target, effects) for target in targets]
    found.sort(key=lambda effect: WORST_FIRST.index(effect.kind))
    callees = tuple(dict.fromkeys(callee for effect in found for callee in effect.callees))
    worst = found[0]
    return Effect(worst.kind, call, worst.detail, callees, worst.fact, worst.why)


def _provided(call: Call, effects: Effects) -> Effect | None:
    """A call of a provider runs what it makes; one that is not followed, what any of them may."""
    containers, resolution = effects.containers, effects.resolution
    if not containers.by_call or call.callee.type not in ("identifier", "attribute"):
        return None
    provider = containers.meant(call.file, call.callee)
    made: tuple[Function, ...] = containers.makers(provider) if provider is not None else ()
    if provider is None:
        names = resolution.class_names(call.file, call.callee)
        if not any(effects.knowledge.fact(name).provides for name in names):
            return None
        made = containers.all_makers()
    return Effect("project", call, made[0].id, made) if made else Effect("harmless", call, "what was put there")


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
    return _project_effect(call, target, effects) if target.in_project else library_effect(call, target, effects)


def _project_effect(call: Call, target: Target, effects: Effects) -> Effect:
    definition = effects.resolution.project.definition(target.path, target.offset)
    if isinstance(definition, Function):
        others = meant_overrides(call, definition, effects.resolution)
        if is_open(definition, effects.resolution) and not is_super(call):
            return Effect("unresolved", call, f"{definition.id}: nothing in the project implements it", (definition,))
        if definition.cls is not None and derived_session(effects.resolution, definition.cls) is not None:
            return Effect("refused", call, f"{definition.id}: a method of a session class of the project")
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
    if library_origin(call.callee, call.file, resolution) in NEW_TYPES:
        return Effect("harmless", call, "a type of another name: the value itself")
    is_made = hover.startswith("class ") and target.name in resolution.class_names(call.file, call.callee)
    if is_made or "<class '" in hover or "type[" in hover:  # a class made by a call: namedtuple("Pair", ...)
        return Effect("harmless", call, hover[:60])
    return Effect("unresolved", call, target.name)
