"""Functions that only wait for threads, and that routers share: they stay sync, and run in a thread as a whole."""

from __future__ import annotations

from awaitify.analysis.bridges import BLOCKING_KINDS
from awaitify.analysis.colours import Keeping
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.scope import called_by
from awaitify.project.index import Function

THREADS = {"bridge", "lazy", "reads"}
REASON = "{} only waits for threads, and routers share it: it stays sync, and runs in a thread as a whole"


def by_threads(keeping: Keeping) -> bool:
    """Takes such functions out. Otherwise it would matter in which order routers are converted: while some are not,
    the function has to stay sync, and its calls are bridged for good."""
    users: dict[Function, frozenset[str]] | None = None
    changed = False
    for function in sorted(keeping.colours.asyncs, key=lambda item: item.id):
        if function in keeping.colours.asyncs and _only_threads(function, keeping):
            users = users if users is not None else _users(keeping)
            if _moves_apart(function, users, keeping):
                changed |= keeping.refuse(function, reason_at("shared-thread", REASON.format(function.id), function))
    return changed


def _only_threads(function: Function, keeping: Keeping) -> bool:
    kinds = keeping.colours.kinds[function] & BLOCKING_KINDS
    is_plain = not function.is_async and function.parent is None and not function.file.is_test
    is_named = function in keeping.entries.route_functions or any(
        function in found for found in keeping.entries.depends_on.values()
    )
    return is_plain and bool(kinds) and kinds <= THREADS and not is_named and function not in keeping.colours.twins


def _moves_apart(function: Function, users: dict[Function, frozenset[str]], keeping: Keeping) -> bool:
    """Whether its callers are converted at different steps, and can all run it in a thread."""
    calls = [call for call in keeping.resolution.callers.get(function, ()) if not call.file.is_test]
    callers = {call.function for call in calls if call.function is not None}
    if len({users.get(caller, frozenset()) for caller in callers}) < 2:
        return False
    if any(function in family for family in keeping.families) or not callers <= keeping.colours.asyncs:
        return False
    effects = keeping.effects.by_call
    return all(
        call.function is not None
        and effects[call].kind == "project"
        and keeping.bridges.runner(call.function, effects[call], [function]) == "thread"
        for call in calls
    )


def _users(keeping: Keeping) -> dict[Function, frozenset[str]]:
    """The files whose routes reach a function."""
    found: dict[Function, set[str]] = {}
    for route in keeping.entries.routes:
        if not route.function.file.is_test:
            for function in called_by([route.function], keeping.effects, keeping.entries):
                found.setdefault(function, set()).add(route.function.file.source.relative)
    return {function: frozenset(files) for function, files in found.items()}
