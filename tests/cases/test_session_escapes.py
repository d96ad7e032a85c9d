"""Sessions that get out of sight: in a container, an attribute, a library's object. Who hides them stays sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

IMPORTS = "from contextvars import ContextVar\nfrom types import SimpleNamespace\n\nfrom fastapi import Request"
BEFORE = """
HELD = {}
CURRENT = ContextVar("current")


class Box:
    def __init__(self, **values):
        self.__dict__.update(values)


def context(db: Session = Depends(get_db)):
    return {"db": db}


def in_dict(holder):
    return holder["db"].query(Item).count()


def in_tuple(holder):
    db, _ = holder
    return db.query(Item).count()


def in_attribute(holder):
    return holder.db.query(Item).count()


def in_global():
    return HELD["db"].query(Item).count()


def in_variable():
    return CURRENT.get().query(Item).count()


def in_state(request):
    return request.state.db.query(Item).count()
"""
ROUTES = {
    "dict": "holder = {'db': db}\n    return in_dict(holder)",
    "list": "return in_tuple([db, 1])",
    "tuple": "pair = db, 1\n    return in_tuple(pair)",
    "namespace": "return in_attribute(SimpleNamespace(db=db))",
    "keywords": "return in_attribute(Box(db=db))",
    "attribute": "box = Box()\n    box.db = db\n    return in_attribute(box)",
    "global": "HELD['db'] = db\n    return in_global()",
    "variable": "CURRENT.set(db)\n    return in_variable()",
    "state": "request.state.db = db or None\n    return in_state(request)",
}
DEPENDENCY = """
@app.get("/dependency")
def dependency(holder: dict = Depends(context)):
    return in_dict(holder)
"""
SPREAD = """
def common(least: int = 0, db: Session = Depends(get_db)):
    return {"session": db, "least": least}


def number(*, session, least, name=None):
    return session.query(Item).filter(Item.price >= least).count()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    given = {"session": db, "least": 0}
    db.add(Item(name=name))
    db.commit()
    return {"n": number(**given), "least": given["least"]}


@app.get("/n")
def read(given: dict = Depends(common)):
    return {"n": number(name="x", **given)}
"""


def _routes() -> str:
    parts = [
        f'@app.get("/{name}")\ndef route_{name}(request: Request, db: Session = Depends(get_db)):\n    {body}'
        for name, body in ROUTES.items()
    ]
    return "\n\n\n".join([BEFORE.strip(), *parts, DEPENDENCY.strip()])


def test_a_session_out_of_sight_keeps_its_route(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(_routes(), IMPORTS))
    requests = [("GET", f"/{name}", None) for name in (*ROUTES, "dependency")]
    before = answers(root, requests)
    result = converted(root)
    for name in ROUTES:
        assert route(result, "GET", f"/{name}").after == "sync"
        assert "session-escape" in rules(route(result, "GET", f"/{name}"))
    assert [item[0] for item in before["answers"]] == [200] * len(requests)
    assert answers(root, requests) == before


def test_a_dictionary_that_is_only_spread_is_followed(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(SPREAD))
    requests = [("POST", "/items/a", None), ("GET", "/n?least=1", None), ("GET", "/n", None)]
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert "await number(**given)" in text and 'await number(name="x", **given)' in text


@pytest.mark.parametrize("use", ["number(*given)", "number(**{**given})", "given.pop('session').query(Item).count()"])
def test_a_dictionary_that_is_used_otherwise_is_not(tmp_path: Path, use: str) -> None:
    body = SPREAD.replace('number(name="x", **given)', use)
    result = converted(write_service(tmp_path, app(body)))
    assert route(result, "GET", "/n").after == "sync" or "AsyncSession = Depends" not in _common(tmp_path)


def _common(root: Path) -> str:
    return (root / "app/main.py").read_text().partition("def common(")[2].partition("return")[0]


FACADE = """
from contextvars import ContextVar

from sqlalchemy.orm import Session

_session: ContextVar = ContextVar("session")


class Database:
    @property
    def session(self) -> Session:
        return _session.get()

    def page(self, statement, limit: int):
        return {"items": self.session.scalars(statement.limit(limit)).all()}


def limited(statement):
    return statement.where(True)
"""
OVER_FACADE = """
db = Database()


@app.get("/page")
def page(least: int):
    return db.page(select(Item).where(Item.price > least), 5)


@app.get("/keyword")
def keyword(least: int):
    statement = select(Item).where(Item.price > least)
    return db.page(limit=5, statement=limited(statement))


def pages(least: int):
    return db.page(select(Item).where(Item.price > least), limit=5)


@app.get("/below")
def below(least: int):
    return pages(least)


@app.get("/mail")
def mail():
    return smtplib.SMTP("localhost").noop()
"""


def test_statements_that_a_library_runs_in_a_session_of_its_own_stay(tmp_path: Path) -> None:
    site = tmp_path / "environment/lib/python3.11/site-packages"
    (site / "facade").mkdir(parents=True)
    (site / "facade/__init__.py").write_text(FACADE)
    imports = "import smtplib\n\nfrom facade import Database, limited\nfrom sqlalchemy import select"
    root = write_service(tmp_path / "service", app(OVER_FACADE, imports))
    result = converted(root, python=tmp_path / "environment")
    found = {path: outcomes(result)[f"GET {path}"] for path in ("/page", "/keyword", "/below", "/mail")}
    assert found == {"/page": "left", "/keyword": "left", "/below": "left", "/mail": "bridged"}
    told = route(result, "GET", "/page").reasons
    assert any("runs a statement in a session that is not seen" in reason.message for reason in told)
