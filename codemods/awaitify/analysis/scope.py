"""What routes reach, and what every function does in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from awaitify.analysis.data_classes import made_constructors
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.queries.uses import READ_WITHOUT_CALL
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.sessions.openers import is_idle
from awaitify.analysis.thread_bound import is_held
from awaitify.analysis.values import returned, yielded
from awaitify.project.index import Function, text_of

IDLE_KINDS = {"harmless", "hands-off", "async", "query", "root", "stays", "project", "wrapped"}
WRITES = {"add", "add_all", "merge", "delete", "update", "flush", "execute", "commit"}


def transitive_kinds(effects: Effects) -> dict[Function, set[str]]:
    """The kinds of effects of every function and of what it calls."""
    kinds: dict[Function, set[str]] = {}
    for file in effects.resolution.project.files:
        kinds |= {function: set() for function in made_constructors(file)}
        for function in file.functions:
            kinds[function] = {effect.kind for effect in effects.of(function)}
            if any(use.consumer in READ_WITHOUT_CALL for use in effects.queries[function].uses):
                kinds[function].add("iterate")
            if effects.native_blocks.get(function):
                kinds[function].add("native")
            if effects.loops.get(function) or effects.queries[function].problems:
                kinds[function].add("refused")
            if any(item.is_unknown for item in effects.implicit.get(function, ())):
                kinds[function].add("unresolved")
            if any(item.foreign for item in effects.implicit.get(function, ())):
                kinds[function].add("bridge")  # all of it in a thread
            if effects.locals.get(function):
                kinds[function].add("escapes")
    _spread(kinds, effects)
    working = {function for function, found in kinds.items() if found - IDLE_KINDS}
    for function, items in effects.implicit.items():
        if any(is_held(item, function, effects, working) for item in items):
            kinds[function].add("bridge")  # all of it in a thread, or not at all
    _spread(kinds, effects)
    return kinds


def reached(effect: Effect, effects: Effects) -> Iterator[Effect]:
    """The effect of a call, and those of everything that it runs."""
    seen, todo = set[Function](), [effect]
    while todo:
        item = todo.pop()
        yield item
        for function in item.callees:
            if function not in seen:
                seen.add(function)
                todo += [inner for one in (function, *function.wrappers) for inner in effects.of(one)]


def plain_callers(effects: Effects) -> set[Function]:
    """The functions that need a plain session or its engine, or call one that does."""
    kinds = {
        function: {"plain"} if effects.plain.get(function) else set[str]()
        for file in effects.resolution.project.files
        for function in file.functions
    }
    _spread(kinds, effects)
    return {function for function, found in kinds.items() if found}


def _spread(kinds: dict[Function, set[str]], effects: Effects) -> None:
    """Adds to every function the kinds of what it calls."""
    entering: dict[Function, set[Function]] = defaultdict(set)
    for function, items in effects.implicit.items():
        for callee in (callee for item in items for callee in item.callees):
            entering[callee].add(function)
    for function in kinds:
        for wrapper in function.wrappers:
            entering[wrapper].add(function)
    todo = list(kinds)
    while todo:
        function = todo.pop()
        calls = (call for call in effects.resolution.callers.get(function, ()) if call not in effects.primed)
        for caller in [*(call.function for call in calls), *entering.get(function, ())]:
            if caller is not None and not kinds[function] <= kinds[caller]:
                kinds[caller] |= kinds[function]
                todo.append(caller)


def session_providers(entries: Entries, effects: Effects) -> set[Function]:
    """Dependencies that make a session and hand it over."""
    readers = {function for slot in effects.slots for function in slot.readers}
    found = readers.intersection(*[set[Function]().union(*entries.depends_on.values())])
    for site in entries.sites:
        function = site.target
        if site.argument is not None and site.argument.type == "call":  # Depends(f(x)): what f gives is the dependency
            continue
        if isinstance(function, Function) and any(effect.kind == "opens" for effect in effects.of(function)):
            hands_over = function.is_generator or any("yield" not in text_of(node) for node in function.returns)
            if hands_over and not any(effect.kind in ("terminal", "root") for effect in effects.of(function)):
                found.add(function)
    return found | forwarding(found, entries, effects)


def forwarding(providers: set[Function], entries: Entries, effects: Effects) -> set[Function]:
    """Dependencies that hand on the session which another gives them, and at most begin or end its transaction."""
    found: set[Function] = set()
    candidates = set[Function]().union(*entries.depends_on.values()) - providers - entries.shared
    while True:
        new = {item for item in candidates - found if _forwards(item, providers | found, entries, effects)}
        if not new:
            return found
        found |= new


def _forwards(function: Function, providers: set[Function], entries: Entries, effects: Effects) -> bool:
    if function.is_async or function.cls is not None or function.file.is_test:
        return False
    given = entries.depends_on.get(function, set())
    if not given or given - providers:
        return False
    handed = [text_of(node) for node in (yielded(function) if function.is_generator else returned(function))]
    params = {
        param.name: effects.resolution.class_names(function.file, param.node) & set(SESSION_CLASSES)
        for param in function.params
    }
    if len(set(handed)) != 1 or not params.get(handed[0]):
        return False
    return all(effect.kind in ("session", "stays") or is_idle(effect, effects) for effect in effects.of(function))


def reached_by_routes(entries: Entries, effects: Effects, others: Collection[Function] = ()) -> set[Function]:
    """What routes and others reach by calls and by dependencies, themselves included."""
    return called_by([*entries.route_functions, *entries.shared, *entries.on_loop, *others], effects, entries)


def called_by(functions: Iterable[Function], effects: Effects, entries: Entries | None = None) -> set[Function]:
    """What functions reach by calls, and with entries by dependencies, themselves included."""
    seen: set[Function] = set()
    todo = list(functions)
    while todo:
        function = todo.pop()
        if function in seen:
            continue
        seen.add(function)
        todo += entries.depends_on.get(function, ()) if entries is not None else ()
        todo += function.wrappers
        todo += [callee for effect in effects.of(function) for callee in effect.callees]
        todo += [callee for item in effects.implicit.get(function, ()) for callee in item.callees]
    return seen


def writes(function: Function, effects: Effects) -> bool:
    """Whether a function, or one that it calls, leaves changes in a session."""
    todo, seen = [function], {function}
    while todo:
        current = todo.pop()
        called = set(current.wrappers)
        for effect in effects.of(current):
            if effect.kind in ("session", "stays", "terminal") and effect.detail.rpartition(".")[2] in WRITES:
                return True
            called.update(effect.callees)
        todo += called - seen
        seen |= called
    return False
