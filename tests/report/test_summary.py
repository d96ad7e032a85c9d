"""The terminal summary and the status table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from awaitify.plan_model import Reason
from awaitify.report.summary import status, summary


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_it_tells_routes_reasons_and_calls(outcome: Any) -> None:
    text = summary(outcome, width=200)
    assert text.startswith(
        "1 of 4 routes async before, 2 after; 1 no longer blocks the loop; 2 left as they are; 3 files"
    )
    assert ["users", "1", "0", "1", "0"] in rows(text)
    assert ["legacy", "2", "0", "0", "2"] in rows(text)
    assert "Left: unresolved-call (2 routes)\n  `db.magic()` does not resolve (app/legacy.py:9)\n" in text
    assert "    2 routes: GET /old, GET /older\n" in text
    assert "Warning: does not parse and is taken as unknown (app/broken.py:3)" in text
    assert "Calls on the routes' paths: 2 native, 1 bridge, 1 unresolved" in text


def test_the_most_frequent_reason_comes_first(outcome: Any) -> None:
    text = summary(outcome)
    assert text.index("Left: unresolved-call") < text.index("Left: shared-session")


def test_many_warnings_of_one_kind_hide_no_other(outcome: Any) -> None:
    loads = tuple(Reason("loaded-always", f"load {number}", "app/models.py", number) for number in range(20))
    plan = replace(outcome.plan, warnings=(*loads, Reason("test-times", "clocks", "tests/conftest.py", 3)))
    lines = [line for line in summary(replace(outcome, plan=plan), width=200).splitlines() if "Warning: " in line]
    assert lines[:2] == ["Warning: load 0 (app/models.py)", "Warning: clocks (tests/conftest.py:3)"]
    assert [line.split()[2] for line in lines[2:]] == ["1", "2", "3", "4", "5", "6"]


def test_no_line_is_wider_than_the_terminal(outcome: Any) -> None:
    assert max(map(len, summary(outcome, width=40).splitlines())) <= 40


def test_colour_only_when_asked(outcome: Any) -> None:
    assert "\x1b[" not in summary(outcome)
    assert "\x1b[" in summary(outcome, color=True)


def test_names_are_no_markup(outcome: Any) -> None:
    route = replace(outcome.plan.routes[2], path="/[bold]x[/bold]", router="[red]r")
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=(route,))), width=200)
    assert "/[bold]x[/bold]" in text and "[red]r" in text


def test_a_long_list_of_routes_is_cut_and_says_so(outcome: Any) -> None:
    routes = tuple(replace(outcome.plan.routes[2], path=f"/{number}") for number in range(11))
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=routes)))
    assert "    11 routes: GET /0, GET /1, GET /2 and 8 more\n" in text


def test_a_long_list_of_reasons_is_cut_and_says_so(outcome: Any) -> None:
    route = outcome.plan.routes[2]
    reasons = tuple(replace(route.reasons[0], line=number) for number in range(1, 12))
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=(replace(route, reasons=reasons),))))
    assert "Left: unresolved-call (1 route)" in text
    assert "  and 3 more reasons (--report DIR lists all)" in text
    assert "legacy.py:8)" in text and "legacy.py:9)" not in text


def test_a_left_route_without_a_reason_is_still_told(outcome: Any) -> None:
    route = replace(outcome.plan.routes[2], reasons=())
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=(route,))))
    assert "Left: no-reason-given (1 route)\n  the plan gives no reason\n    1 route: GET /old\n" in text


def test_status_counts_done_bridged_ready_and_held_back(outcome: Any) -> None:
    there = [
        replace(outcome.plan.routes[0], outcome="unchanged", before="async", bridges=count, path=f"/{count}")
        for count in (0, 2)
    ]
    text = status(replace(outcome.plan, routes=(*outcome.plan.routes, *there)))
    assert rows(text)[1:5] == [
        ["files", "1", "0", "0", "1", "0"],
        ["legacy", "2", "0", "0", "0", "2"],
        ["users", "3", "1", "1", "1", "0"],
        ["all", "6", "1", "1", "2", "2"],
    ]
    assert "Left: unresolved-call (2 routes)\n  `db.magic()` does not resolve (app/legacy.py:9)" in text


def test_status_names_the_order_of_what_is_ready(outcome: Any) -> None:
    facts = {"shared": {"app.crud.get": ["files", "users"], "app.crud.new": ["users", "files"]}}
    lines = status(replace(outcome.plan, facts=facts)).splitlines()
    assert lines[-2:] == ["  awaitify apply --router files  (2)", "  awaitify apply --router users  (0)"]
    only = replace(outcome.plan, routes=outcome.plan.routes[:1], facts=facts)
    assert "awaitify apply" not in status(only)
