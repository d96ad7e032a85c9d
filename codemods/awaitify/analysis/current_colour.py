"""All of a request that works on the session which a module gives to everyone moves together, or stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from awaitify.analysis.colours import Keeping
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.current_uses import users
from awaitify.project.index import Function, ancestors, text_of

STAYS = "{} works on the session of the same request and stays sync"
TESTED = "{} takes the session of a request, and tests call it themselves"
LASTS = "{} has no request, and shares its session with others like it"
APART = "{} takes the session of a request, and no route reaches it"
AROUND = re.compile(r"middleware|exception_handler", re.IGNORECASE)


def by_current(keeping: Keeping) -> bool:
    """Takes out the routes that reach something else, and what works on such a session outside of requests."""
    if not keeping.effects.current:
        return False
    using = set(users(keeping.effects))
    filling = {function for item in keeping.effects.current for function in item.sync}
    against = dict.fromkeys(_around(keeping, using), STAYS) | dict.fromkeys(_called_by_tests(keeping, using), TESTED)
    lasting, changed, served = _lasting(keeping), False, set[Function]()
    for route in sorted(keeping.entries.route_functions, key=lambda item: item.id):
        reached = called_by([route], keeping.effects, keeping.entries)
        served |= reached
        met = dict.fromkeys((reached & using) - keeping.colours.asyncs | reached & filling, STAYS) | against
        met |= {route: LASTS} if route in lasting else {}
        if route in keeping.colours.asyncs and reached & using and met:
            first = min(met, key=lambda item: item.id)
            changed |= keeping.refuse(route, reason_at("shared-session", met[first].format(first.id), first))
    for function in sorted((using & keeping.colours.asyncs) - served, key=lambda item: item.id):
        changed |= keeping.refuse(function, reason_at("session-source", APART.format(function.id), function))
    return changed


def _called_by_tests(keeping: Keeping, using: set[Function]) -> set[Function]:
    """What tests call themselves: outside of a request it takes whatever session is there."""
    found, todo = set[Function](), [*using]
    while todo:
        function = todo.pop()
        if function not in found:
            found.add(function)
            calls = keeping.resolution.callers.get(function, ())
            todo += [call.function for call in calls if call.function is not None and not call.file.is_test]
    callers = keeping.resolution.callers
    return {item for item in found if any(call.file.is_test for call in callers.get(item, ()))}


def _lasting(keeping: Keeping) -> set[Function]:
    """The websockets, which a middleware for requests gives no scope: they share one session, and take turns while they
    block."""
    has_registry = any(item.made is not None for item in keeping.effects.current)
    return {item.function for item in keeping.entries.routes if item.method == "WS" and has_registry}


def _around(keeping: Keeping, using: set[Function]) -> Iterator[Function]:
    """What runs around every request and works on its session: other middlewares, and exception handlers."""
    setting = {setter.function for item in keeping.effects.current for setter in item.setters}
    for file in keeping.resolution.project.files:
        for function in file.functions if not file.is_test else ():
            if function in setting or not _is_around(function, keeping):
                continue
            if using & called_by([function], keeping.effects):
                yield function


def _is_around(function: Function, keeping: Keeping) -> bool:
    """Whether a function is a middleware or an exception handler, as far as its decorators, its class or the statements
    that name it tell."""
    if function in keeping.entries.on_loop or any(AROUND.search(text_of(item)) for item in function.decorators):
        return True
    for node in function.file.named(function.name) if function.cls is None and function.parent is None else ():
        statement = next((item for item in ancestors(node) if item.type == "expression_statement"), None)
        if statement is not None and node != function.name_node and AROUND.search(text_of(statement)):
            return True
    bases = function.cls.bases if function.cls is not None else []
    return any(AROUND.search(text_of(base)) for base in bases)
