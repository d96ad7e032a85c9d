"""What ties the tests together while they are coloured: fixtures, those that ask for them, and what a change gains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.colours import Keeping
from awaitify.analysis.effects import Effect
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.target_tests.fixtures import fixture_name
from awaitify.plan_model import Reason
from awaitify.project.index import Function


def hands_session(keeping: Keeping, effect: Effect) -> bool:
    """Whether a call in a test hands a session, or an object of one, to a function that stays sync."""
    kinds = set[str]().union(*(keeping.colours.kinds[callee] for callee in effect.callees))
    given = any(keeping.bridges.is_session(effect.call, node) for node in effect.call.arguments)
    return bool(kinds & SESSION_KINDS) and (given or "opens" not in kinds)


def tests_by_fixtures(keeping: Keeping) -> bool:
    """A fixture that works on a session moves with all that ask for it; for those that stay, its sync form stays."""
    changed = False
    asyncs, twins, tests = keeping.colours.asyncs, keeping.colours.twins, keeping.tests
    for function in _moving(keeping):
        both = [item for item in (function, *tests.tied(function)) if item in twins and tests.own.suite(item)]
        stuck = next((item for item in (*both, *tests.tied(function)) if item not in asyncs or item in both), None)
        if stuck is not None:
            changed |= keeping.refuse(function, _tied(stuck), *keeping.roots(stuck))
            continue
        users = tests.requesters.get(function, ())
        staying = [item for item in users if item not in asyncs or item in twins]
        if not staying or function in twins:
            continue
        unnamed = next((item for item in staying if fixture_name(item) and tests.serves_unnamed(item)), None)
        if unnamed is not None or len(staying) == len(users) or fixture_name(function) != function.name:
            changed |= keeping.refuse(function, _tied(unnamed or staying[0]))
        else:
            twins[function] = _tied(staying[0])
            changed = True
    return changed


def _tied(function: Function) -> Reason:
    return reason_at("test-fixture", f"{function.id} works on the same session and stays sync", function)


def tests_by_gain(keeping: Keeping) -> bool:
    """Tests change only where that spares a function of the app its async twin."""
    changed = False
    asyncs, twins = keeping.colours.asyncs, keeping.colours.twins
    for group in _groups(keeping):
        called = {callee for function in group for effect in keeping.effects.of(function) for callee in effect.callees}
        if not any(item in asyncs and item not in twins for item in called.intersection(keeping.tests.wanted)):
            for function in group:
                why = f"all that {function.id} calls keeps its sync form"
                changed |= keeping.refuse(function, reason_at("test-gain", why, function))
    return changed


def _moving(keeping: Keeping) -> list[Function]:
    found = (function for function in keeping.colours.asyncs if function.file.is_test)
    return sorted(found, key=lambda item: item.id)


def _groups(keeping: Keeping) -> Iterator[list[Function]]:
    """The moving functions of the tests, those together that call each other or ask for each other."""
    moving = _moving(keeping)
    beside: dict[Function, set[Function]] = defaultdict(set)
    for function in moving:
        others = [callee for effect in keeping.effects.of(function) for callee in effect.callees]
        for other in (*others, *keeping.tests.tied(function)):
            if other in keeping.colours.asyncs and other.file.is_test:
                beside[function].add(other)
                beside[other].add(function)
    seen: set[Function] = set()
    for function in moving:
        if function in seen:
            continue
        group, todo = [], [function]
        while todo:
            item = todo.pop()
            if item not in seen:
                seen.add(item)
                group.append(item)
                todo += beside[item]
        yield group
