"""What ties the tests together while they are coloured: fixtures, those that ask for them, and what a change gains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.colours import Keeping
from awaitify.analysis.effects import Effect
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.target_tests.fixtures import fixture_name, is_test_function
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
        called &= {*keeping.tests.wanted, *keeping.tests.stand_ins}
        is_needed = not keeping.tests.stand_ins.isdisjoint(group)
        if not is_needed and not any(item in asyncs and item not in twins for item in called):
            for function in group:
                changed |= keeping.refuse(function, _gainless(function))
        else:
            for function in _apart(keeping, group):
                changed |= keeping.refuse(function, _gainless(function))
    return changed


def _gainless(function: Function) -> Reason:
    return reason_at("test-gain", f"all that {function.id} calls keeps its sync form", function)


def _apart(keeping: Keeping, group: list[Function]) -> list[Function]:
    """The tests of a group that neither call what moves nor share all their fixtures with those that do."""
    asyncs, twins, members = keeping.colours.asyncs, keeping.colours.twins, set(group)
    wanted = {
        item for item in asyncs.intersection({*keeping.tests.wanted, *keeping.tests.stand_ins}) if item not in twins
    }
    around = {item: _around(keeping, item, members) for item in group if is_test_function(item)}
    gaining = {
        test: parts for test, parts in around.items() if any(not wanted.isdisjoint(_called(keeping, p)) for p in parts)
    }
    shared = set[Function]().union(*gaining.values())
    return [test for test, parts in around.items() if test not in gaining and not parts - {test} <= shared]


def _around(keeping: Keeping, test: Function, members: set[Function]) -> set[Function]:
    """A test with the helpers and fixtures of its group that it uses, itself or through others."""
    found, todo = set[Function](), [test]
    while todo:
        item = todo.pop()
        if item not in found:
            found.add(item)
            todo += members.intersection([*_called(keeping, item), *keeping.tests.tied(item)])
    return found


def _called(keeping: Keeping, function: Function) -> set[Function]:
    return {callee for effect in keeping.effects.of(function) for callee in effect.callees}


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
