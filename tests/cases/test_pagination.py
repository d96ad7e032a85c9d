"""Functions of a library that are handed a session and a statement: their async form, by the installed version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..pipeline_tools import RUNNER, answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

OLD = """
from sqlalchemy.orm import Session


def paginate(conn, query):
    if isinstance(conn, Session):
        return conn.scalars(query).unique().all()
    return _later(conn, query)


async def _later(conn, query):
    return (await conn.scalars(query)).unique().all()
"""
NEW = """
from sqlalchemy.orm import Session


def paginate(conn, query):
    assert isinstance(conn, Session)
    return conn.scalars(query).unique().all()


async def apaginate(conn, query):
    return (await conn.scalars(query)).unique().all()
"""
BODY = """
class Service:
    def __init__(self, db: Session):
        self.db = db

    def page(self):
        return paginate(self.db, select(Item).order_by(Item.name.desc()))


def service(db: Session = Depends(get_db)) -> Service:
    return Service(db)


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    item = Item(name=name)
    db.add(item)
    db.commit()
    db.add(Tag(item_id=item.id, label=name.upper()))
    db.commit()
    return item.id


@app.get("/items", response_model=list[ItemOut])
def items(db: Session = Depends(get_db)):
    return paginate(db, select(Item).order_by(Item.name))


@app.get("/service", response_model=list[ItemOut])
def by_service(service: Service = Depends(service)):
    return service.page()


@app.get("/tagged", response_model=list[Tagged])
def tagged(db: Session = Depends(get_db)):
    return paginate(db, select(Item).order_by(Item.name))
"""
IMPORTS = """
from fastapi_pagination.ext.sqlalchemy import paginate
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import relationship

from app.models import Tag
from app.schemas import ItemOut
"""
SCHEMAS = """

class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    label: str


class Tagged(ItemOut):
    tags: list[TagOut]
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("GET", "/items", None),
            ("GET", "/service", None), ("GET", "/tagged", None)]  # fmt: skip


@pytest.mark.parametrize(("version", "code"), [("0.12.26", OLD), ("0.15.0", NEW)])
def test_the_form_of_the_installed_version(tmp_path: Path, version: str, code: str) -> None:
    root, environment = _service(tmp_path, version, code)
    before = _answers(root, environment)
    result = converted(root, python=environment)
    found = outcomes(result)
    assert {found["GET /items"], found["GET /service"]} == {"native"}, result.plan.routes
    main = (root / "app/main.py").read_text()
    name = "paginate" if version < "0.13" else "apaginate"
    assert f"return await {name}(db, select(Item)" in main
    assert _answers(root, environment) == before
    assert [item["tags"] for item in before["answers"][4][1]] == [[{"label": "A"}], [{"label": "B"}]]


def test_a_version_without_one_is_left(tmp_path: Path) -> None:
    root, environment = _service(tmp_path, "0.9.3", OLD)
    result = converted(root, python=environment)
    assert outcomes(result)["GET /items"] == "left"
    assert "no-async-form" in rules(route(result, "GET", "/items"))


def _service(tmp_path: Path, version: str, code: str) -> tuple[Path, Path]:
    """The service, and an environment that has such a package."""
    environment = tmp_path / "environment"
    site = environment / "lib/python3.11/site-packages"
    (site / "fastapi_pagination/ext").mkdir(parents=True)
    (site / f"fastapi_pagination-{version}.dist-info").mkdir()
    (site / "fastapi_pagination/__init__.py").write_text("")
    (site / "fastapi_pagination/ext/__init__.py").write_text("")
    (site / "fastapi_pagination/ext/sqlalchemy.py").write_text(code)
    files = app(SCHEMAS + BODY, IMPORTS)
    files["app/models.py"] = _models()
    return write_service(tmp_path / "service", files), environment


def _models() -> str:
    from ..pipeline_tools import MODELS  # noqa: TID252

    related = "    tags = relationship('Tag', order_by='Tag.id')\n"
    return MODELS.replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship").replace(
        "    price: Mapped[int] = mapped_column(default=0)\n",
        "    price: Mapped[int] = mapped_column(default=0)\n" + related,
    )


def _answers(root: Path, environment: Path) -> dict[str, Any]:
    (root / "app.db").unlink(missing_ok=True)
    command = [sys.executable, "-c", RUNNER, json.dumps(REQUESTS)]
    path = str(environment / "lib/python3.11/site-packages")
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


LEGACY = """
@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)) -> int:
    db.add(Item(name=name))
    db.commit()
    return db.query(Item).count()


@app.get("/alone")
def alone(db: Session = Depends(get_db)) -> Page[ItemOut]:
    return paginate(db.query(Item))


@app.get("/given")
def given(db: Session = Depends(get_db), params: Params = Depends()) -> Page[ItemOut]:
    return paginate(db.query(Item).filter(Item.name != "b").order_by(Item.name.desc()), params)


@app.get("/refined")
def refined(name: str = "", db: Session = Depends(get_db)) -> Page[ItemOut]:
    query = db.query(Item)
    if name:
        query = query.filter(Item.name == name)
    return paginate(query.order_by(Item.id), params=Params(size=2, page=1))


@app.get("/helper")
def helper(db: Session = Depends(get_db)) -> Page[ItemOut]:
    return paginate(everything(db))


@app.get("/both")
def both(db: Session = Depends(get_db)) -> Page[ItemOut]:
    return paginate(db, db.query(Item).order_by(Item.name))


def everything(db: Session):
    return db.query(Item).order_by(Item.id)


add_pagination(app)
"""
LEGACY_IMPORTS = """
from fastapi_pagination import Page, Params, add_pagination
from fastapi_pagination.ext.sqlalchemy import paginate

from app.schemas import ItemOut
"""


def test_queries_that_bring_their_own_session(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(LEGACY_IMPORTS + LEGACY))
    asked = [("POST", f"/items/{name}", None) for name in "abc"]
    asked += [("GET", f"/{path}", None) for path in ("alone", "given", "refined", "refined?name=b", "helper", "both")]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200] * 9
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "return await apaginate(db, select(Item))\n" in text and "await apaginate(db, everything(db))" in text
    assert answers(root, asked) == before and not converted(root, python=Path(sys.executable)).after
