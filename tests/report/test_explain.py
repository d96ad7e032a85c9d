"""`explain`: the chain, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from awaitify.errors import AwaitifyError
from awaitify.report.explain import explain


@pytest.mark.parametrize("what", ["app.crud.get", "crud.get", "get", "app/crud.py:3", "crud.py:3"])
def test_a_function_by_any_of_its_names(outcome: Any, what: str) -> None:
    assert explain(outcome.plan, what) == (
        "app.crud.get (app/crud.py:3): sync -> async\n"
        "  because it calls Session.get [session-call] (app/crud.py:4)\n"
        "  and it decides for:\n"
        "    app.users.read_user\n"
    )


def test_a_route_with_every_reason_and_its_chain(outcome: Any) -> None:
    assert explain(outcome.plan, "get /older") == (
        "GET /older, app.legacy.older (app/legacy.py:18): sync: left\n"
        "  because `db.magic()` does not resolve [unresolved-call] (app/legacy.py:9)\n"
        "    > old\n"
        "      > <b>magic</b>\n"
        "  because its session is shared with /old|er [shared-session] (app/legacy.py:20)\n"
    )


def test_a_route_function_is_told_once(outcome: Any) -> None:
    text = explain(outcome.plan, "read_user")
    assert text.count("read_user (app/users.py:8)") == 1
    assert "because it is a route that reads a session [route]" in text


@pytest.mark.parametrize(
    ("what", "hint"), [("GET /oldest", 'did you mean "GET /older"?'), ("app.crud.gett", "app.crud.get")]
)
def test_an_unknown_name_gets_a_suggestion(outcome: Any, what: str, hint: str) -> None:
    with pytest.raises(AwaitifyError, match="is no route and no function") as caught:
        explain(outcome.plan, what)
    assert hint in str(caught.value)
