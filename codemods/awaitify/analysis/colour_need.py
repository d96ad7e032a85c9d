"""Which twins something async calls; the others are not made."""

from __future__ import annotations

from awaitify.analysis.colours import Keeping
from awaitify.project.index import Function


def by_need(keeping: Keeping) -> bool:
    """A twin that nothing async calls is not made; its original stays."""
    asyncs, twins = keeping.colours.asyncs, keeping.colours.twins
    shared = keeping.entries.shared - keeping.colours.relays
    todo = [item for item in asyncs if item not in twins or item in shared]
    needed: set[Function] = set()
    while todo:
        function = todo.pop()
        if function not in needed and function in asyncs:
            needed.add(function)
            todo += [callee for effect in keeping.effects.of(function) for callee in effect.callees]
            todo += keeping.entries.depends_on.get(function, ())
            todo += keeping.tests.fixtures.requested(function)
            todo += [member for family in keeping.families if function in family for member in family]
    idle = sorted(twins.keys() & asyncs - needed, key=lambda item: item.id)
    for function in idle:
        keeping.refuse(function, twins[function])
    return bool(idle)
