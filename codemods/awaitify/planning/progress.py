"""What tells how far a service is, router by router: the bridges that are there, and the functions routers share."""

from __future__ import annotations

from collections import defaultdict

from awaitify.analysis.colour import Colouring
from awaitify.analysis.products import RUN_SYNC
from awaitify.analysis.scope import called_by
from awaitify.analysis.threaded import RUNNERS
from awaitify.project.index import Call, Function

#: Stands for a user that no step converts: a worker, a command, what stays as it is.
SYNC_CODE = ""


def bridges_there(route: Function, colouring: Colouring) -> int:
    """How many calls on the path of an async route run in a thread, or in `run_sync`, already."""
    seen: set[Function] = set()
    todo, found = [route] if route.is_async else [], 0
    while todo:
        function = todo.pop()
        if function in seen or not function.is_async:
            continue
        seen.add(function)
        found += sum(_is_bridge(call, colouring) for call in function.calls)
        todo += colouring.entries.depends_on.get(function, ())
        for effect in colouring.effects.of(function):
            for callee in effect.callees:
                is_twinned = effect.call in colouring.effects.twinned
                todo.append(colouring.effects.copies.get(callee, callee) if is_twinned else callee)
    return found


def _is_bridge(call: Call, colouring: Colouring) -> bool:
    if call in colouring.effects.bridged:
        return True
    targets = colouring.resolution.targets.get(call, ())
    return any(target.name in RUNNERS or RUN_SYNC.search(target.name) for target in targets)


def shared_functions(colouring: Colouring) -> dict[str, list[str]]:
    """The functions that routes of several files use, or routes and sync code: function -> those files, and
    SYNC_CODE. While only some of its users are converted, a function is there twice, or bridged."""
    colours = colouring.colours
    users: dict[Function, set[str]] = defaultdict(set)
    for route in colouring.entries.routes:
        if route.function in colours.asyncs and not route.function.file.is_test:
            for function in called_by([route.function], colouring.effects, colouring.entries):
                users[function].add(route.function.file.source.relative)
    bridged = {callee for call in colours.bridges for callee in colouring.effects.by_call[call].callees}
    for function in (bridged - colours.asyncs) | colours.twins.keys():
        if function in users:
            users[function].add(SYNC_CODE)
    moving = (colours.asyncs | colours.providers | bridged) & colours.effectful
    found = {function.id: sorted(users[function]) for function in moving if len(users[function]) > 1}
    return dict(sorted(found.items()))
