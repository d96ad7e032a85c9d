"""The terminal summary and the status table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    assert "Left: unresolved-call (2)" in text
    assert "  GET /old: `db.magic()` does not resolve (app/legacy.py:9)" in text
    assert "Warning: does not parse and is taken as unknown (app/broken.py:3)" in text
    assert "Calls on the routes' paths: 2 native, 1 bridge, 1 unresolved" in text


def test_the_most_frequent_reason_comes_first(outcome: Any) -> None:
    text = summary(outcome)
    assert text.index("Left: unresolved-call") < text.index("Left: shared-session")


def test_no_line_is_wider_than_the_terminal(outcome: Any) -> None:
    assert max(map(len, summary(outcome, width=40).splitlines())) <= 40


def test_colour_only_when_asked(outcome: Any) -> None:
    assert "\x1b[" not in summary(outcome)
    assert "\x1b[" in summary(outcome, color=True)


def test_names_are_no_markup(outcome: Any) -> None:
    route = replace(outcome.plan.routes[2], path="/[bold]x[/bold]", router="[red]r")
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=(route,))), width=200)
    assert "/[bold]x[/bold]" in text and "[red]r" in text


def test_a_long_list_is_cut_and_says_so(outcome: Any) -> None:
    routes = tuple(replace(outcome.plan.routes[2], path=f"/{number}") for number in range(11))
    text = summary(replace(outcome, plan=replace(outcome.plan, routes=routes)))
    assert "  and 3 more (--report DIR lists all)" in text
    assert "GET /7:" in text and "GET /8:" not in text


def test_status_counts_done_ready_and_held_back(outcome: Any) -> None:
    assert rows(status(outcome.plan))[1:] == [
        ["files", "1", "0", "1", "0"],
        ["legacy", "2", "0", "0", "2"],
        ["users", "1", "0", "1", "0"],
        ["all", "4", "0", "2", "2"],
    ]
