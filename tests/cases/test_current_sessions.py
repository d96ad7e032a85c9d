"""Sessions of the current request that a module gives to everyone (`db.session`): an async one beside, or instead."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ..pipeline_current import KINDS, service  # noqa: TID252
from ..pipeline_steps import Steps, trees  # noqa: TID252
from ..pipeline_tools import answers, contents, converted, outcomes, write_service  # noqa: TID252

REQUESTS = [
    ("GET", "/first", None), ("POST", "/names", None), ("POST", "/names", None), ("GET", "/cheap", None),
    ("GET", "/first", None),
]  # fmt: skip
ROUTERS = ["app/cheap.py", "app/first.py", "app/names.py"]


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_of_routers_leaves_the_tree_of_one_run(kind: str, tmp_path: Path) -> None:
    once = write_service(tmp_path / "once", service(kind))
    expected = answers(once, REQUESTS)
    assert set(outcomes(converted(once)).values()) == {"native"}
    assert answers(once, REQUESTS) == expected
    assert "async" in (text := (once / "app/sessions.py").read_text()) and " SessionLocal(" not in text
    assert not converted(once).after
    orders = list(permutations(ROUTERS))
    steps = Steps(tmp_path / "steps", service(kind), orders)
    for done, tree in trees(steps, orders):
        steps.write(tree)
        assert (done, answers(steps.root, REQUESTS)) == (done, expected)
    assert {order: steps.tree(order) for order in orders} == dict.fromkeys(orders, contents(once))


#: It keeps a route sync: what it calls is not known.
STUCK = """
import vendor


@router.get("/stuck")
def stuck() -> int:
    vendor.send(SESSION)
    return SESSION.query(Item).count()
"""


@pytest.mark.parametrize("kind", KINDS)
def test_what_stays_sync_keeps_its_session(kind: str, tmp_path: Path) -> None:
    files = service(kind)
    files["app/cheap.py"] += STUCK.replace("SESSION", KINDS[kind][-1])
    files["vendor.py"] = "def send(value):\n    value.flush()\n    getattr(value, 'flush')()\n"
    root = write_service(tmp_path, files)
    requests = [*REQUESTS, ("GET", "/stuck", None)]
    expected = answers(root, requests)
    found = outcomes(converted(root))
    assert found.pop("GET /stuck") == "left" and set(found.values()) == {"native"}
    assert answers(root, requests) == expected
    assert not converted(root).after


COMMAND = """
from contextlib import contextmanager

from app import repo
from app.database import SessionLocal
from app.sessions import _session


@contextmanager
def own_session():
    session = SessionLocal()
    token = _session.set(session)
    try:
        yield
    finally:
        session.close()
        _session.reset(token)


def main() -> None:
    with own_session():
        print(repo.add("command").name)
"""


def test_commands_go_on_filling_it_themselves(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**service("property"), "app/command.py": COMMAND})
    expected = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == expected
    text = (root / "app/repo.py").read_text()
    assert "\ndef add(" in text and "async def add_async(" in text and "\n    db.session.commit()" in text
    assert (root / "app/command.py").read_text() == COMMAND.lstrip("\n")


ROUTE_THAT_FILLS = """

@router.get("/own")
def own() -> str:
    with own_session():
        return repo.add("own").name
"""


def test_a_route_that_fills_it_itself_is_left(tmp_path: Path) -> None:
    files = {**service("property"), "app/command.py": COMMAND}
    files["app/first.py"] = "from app.command import own_session\n" + files["app/first.py"].lstrip() + ROUTE_THAT_FILLS
    root = write_service(tmp_path, files)
    requests = [*REQUESTS, ("GET", "/own", None)]
    expected = answers(root, requests)
    assert outcomes(converted(root))["GET /own"] == "left"
    assert answers(root, requests) == expected


CHECKS = {
    "fill it": "from app.sessions import _session\n\n\ndef test_it():\n    assert _session.get() is None\n",
    "call what uses it": "from app import repo\nfrom app.sessions import SessionMiddleware\n\n\ndef test_it():\n"
    "    assert repo.find('a') is None\n",
    "patch it": "from unittest.mock import patch\n\n\n@patch('app.sessions.Database.session')\ndef test_it(given):\n"
    "    assert given\n",
}


@pytest.mark.parametrize("check", CHECKS)
def test_where_tests_do_it_themselves_nothing_moves(check: str, tmp_path: Path) -> None:
    root = write_service(tmp_path, {**service("property"), "tests/test_it.py": CHECKS[check]})
    assert set(outcomes(converted(root)).values()) == {"left"}


AROUND = {
    "a middleware that commits": """

@app.middleware("http")
async def commit(request, call_next):
    response = await call_next(request)
    db.session.commit()
    return response
""",
    "an exception handler": """

@app.exception_handler(ValueError)
def refused(request, error):
    db.session.commit()
    return JSONResponse(str(error), status_code=400)
""",
    "one that is added by a call": """

def refused(request, error):
    repo.add(str(error))
    return JSONResponse(str(error), status_code=400)


app.add_exception_handler(ValueError, refused)
""",
}
RAISING = """

@router.get("/raises")
def raises() -> str:
    db.session.add(Item(name="left by a route"))
    raise ValueError("bad")
"""


@pytest.mark.parametrize("around", AROUND)
def test_what_runs_around_requests_shares_their_session(around: str, tmp_path: Path) -> None:
    files = service("facade")
    files["app/cheap.py"] += RAISING
    files["app/main.py"] = (
        "from fastapi.responses import JSONResponse\n\nfrom app import repo\nfrom app.sessions import db\n"
        + (files["app/main.py"].lstrip().replace("\napp.middleware", f"{AROUND[around]}\n\napp.middleware"))
    )
    root = write_service(tmp_path, files)
    requests = [*REQUESTS, ("GET", "/raises", None), ("GET", "/cheap", None)]
    expected = answers(root, requests)
    assert set(outcomes(converted(root)).values()) == {"left"}
    assert answers(root, requests) == expected


SOCKET = """

@router.websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(SESSION.query(Item).count())
"""


@pytest.mark.parametrize("kind", ["registry", "facade"])
def test_websockets_share_a_session_of_their_own(kind: str, tmp_path: Path) -> None:
    files = service(kind)
    text = "from fastapi import WebSocket\n" + files["app/cheap.py"].lstrip()
    files["app/cheap.py"] = text + SOCKET.replace("SESSION", KINDS[kind][-1])
    found = outcomes(converted(write_service(tmp_path, files)))
    assert found.pop("WS /socket") == "left" and set(found.values()) == {"native"}
