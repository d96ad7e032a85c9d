"""Tests that hand over mocks of sessions, or mocks of what opens them: the same tests pass before and after."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import app, converted, outcomes, route, rules, write_service  # noqa: TID252

BODY = """
@app.get("/items/{key}")
def read(key: int, db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.id == key).first()
    return {"name": item.name if item else None}


@app.get("/named/{name}")
def named(name: str, db: Session = Depends(get_db)):
    return {"n": db.query(Item).filter_by(name=name).count()}


@app.get("/pages")
def pages(db: Session = Depends(get_db)):
    rows = db.query(Item).filter(Item.id > 1).order_by(Item.id).offset(2).limit(3).all()
    return [row.name for row in rows]


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)):
    item = Item(name=name)
    try:
        db.add(item)
        db.commit()
        db.refresh(item)
    except SQLAlchemyError as error:
        db.rollback()
        return {"error": str(error)}
    return {"name": item.name}


@app.put("/items/{key}")
def rename(key: int, name: str, db: Session = Depends(get_db)):
    return {"n": db.query(Item).filter(Item.id == key).update({"name": name})}


@app.delete("/items/{key}")
def remove(key: int, db: Session = Depends(get_db)):
    item = db.query(Item).get(key)
    db.delete(item)
    db.commit()
    return {"gone": True}


@app.get("/health")
def health(db: Session = Depends(get_db)):
    return {"one": db.execute(text("SELECT 1")).scalar()}
"""
IMPORTS = "from sqlalchemy import text\nfrom sqlalchemy.exc import SQLAlchemyError\n"
HEAD = """
from unittest.mock import MagicMock, Mock, patch

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.main import Item, app

client = TestClient(app)
"""
CHECKS = """

def test_found(mock):
    mock.query.return_value.filter.return_value.first.return_value = Item(id=1, name="a")
    assert client.get("/items/1").json() == {"name": "a"}
    mock.query.assert_called_once_with(Item)
    mock.query.return_value.filter.assert_called_once()
    mock.query().filter().first.assert_called_once_with()


def test_not_found(mock):
    mock.query().filter().first.return_value = None
    assert client.get("/items/1").json() == {"name": None}


def test_counted(mock):
    mock.query.return_value.filter_by.return_value.count.return_value = 4
    mock.query.return_value.filter.return_value.count.return_value = 9
    assert client.get("/named/a").json() == {"n": 4}
    mock.query.return_value.filter_by.assert_called_once_with(name="a")


def test_chain_that_returns_itself(mock):
    query = mock.query.return_value
    for method in ("filter", "order_by", "offset", "limit"):
        getattr(query, method).return_value = query
    query.all.return_value = [Item(name="x"), Item(name="y")]
    assert client.get("/pages").json() == ["x", "y"]
    query.offset.assert_called_once_with(2)
    query.limit.assert_called_once_with(3)


def test_commit_fails(mock):
    mock.commit.side_effect = SQLAlchemyError("no")
    assert client.post("/items/a").json() == {"error": "no"}
    mock.rollback.assert_called_once_with()
    mock.refresh.assert_not_called()


def test_added(mock):
    mock.refresh.side_effect = lambda item: setattr(item, "name", "fresh")
    assert client.post("/items/a").json() == {"name": "fresh"}
    assert mock.add.call_args.args[0].name == "fresh"
    assert [call[0] for call in mock.method_calls][:3] == ["add", "commit", "refresh"]


def test_updated(mock):
    mock.query.return_value.filter.return_value.update.return_value = 2
    assert client.put("/items/1?name=b").json() == {"n": 2}
    mock.query().filter().update.assert_called_once_with({"name": "b"})


def test_removed(mock):
    item = Item(id=3, name="c")
    mock.query.return_value.get.return_value = item
    assert client.delete("/items/3").json() == {"gone": True}
    mock.query().get.assert_called_once_with(3)
    mock.delete.assert_called_once_with(item)


def test_native(mock):
    mock.execute.return_value.scalar.return_value = 1
    assert client.get("/health").json() == {"one": 1}


def test_query_fails(mock):
    mock.query.side_effect = SQLAlchemyError("down")
    with pytest.raises(SQLAlchemyError):
        client.get("/items/1")
"""
LAMBDA = """
from app.main import get_db


@pytest.fixture
def mock():
    session = MagicMock(spec=Session)
    app.dependency_overrides[get_db] = lambda: session
    yield session
    app.dependency_overrides = {}
"""
GENERATOR = """
from app.main import get_db


@pytest.fixture
def mock():
    session = Mock()

    def override_get_db():
        try:
            yield session
        finally:
            session.close()

    with patch.dict(app.dependency_overrides, {get_db: override_get_db}):
        yield session
    session.close.assert_called()
"""
FACTORY = """

@pytest.fixture
def mock():
    with patch("app.database.SessionLocal") as factory:
        yield factory.return_value
"""
SET = """

@pytest.fixture
def mock(monkeypatch):
    session = MagicMock()
    monkeypatch.setattr("app.database.SessionLocal", lambda: session)
    return session
"""
DECORATED = """

@pytest.fixture
def mock():
    with patch("app.database.SessionLocal"):
        yield None


@patch("app.database.SessionLocal")
def test_decorated(factory):
    factory.return_value.commit.side_effect = SQLAlchemyError("decorated")
    assert client.post("/items/a").json() == {"error": "decorated"}
    factory.assert_called_once_with()
    factory.return_value.close.assert_called_once_with()
"""
SYNC_USER = """

def report() -> int:
    with SessionLocal() as db:
        return db.query(Item).count()


if __name__ == "__main__":
    print(report())
"""
USER = """

def test_report(mock):
    from app.main import report

    mock.__enter__.return_value.query.return_value.count.return_value = 5
    assert report() == 5
"""
FOUND = {"lambda": "lambda: async_mock(session)", "generator": "yield async_mock(session)"}
FACTORIES = {
    "factory": 'patch("app.database.AsyncSessionLocal", new_callable=AsyncSessionsMock)',
    "set": 'setattr("app.database.AsyncSessionLocal", async_sessions(lambda: session))',
}
SHAPES = {"lambda": LAMBDA, "generator": GENERATOR, "factory": FACTORY, "set": SET}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mock_is_asked_as_before(tmp_path: Path, shape: str) -> None:
    files: dict[str, str | bytes] = {**app(BODY, IMPORTS), "tests/test_app.py": HEAD + SHAPES[shape] + CHECKS}
    root = write_service(tmp_path, files)
    _check(root, 10)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert {**FOUND, **FACTORIES}[shape] in _flat(root)
    _check(root, 10)
    assert not plan_project(root, Settings()).after, "a second run changes nothing"


def test_a_decorator_moves_too(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(BODY, IMPORTS), "tests/test_app.py": HEAD + DECORATED})
    _check(root, 1)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = _flat(root)
    assert '@patch("app.database.AsyncSessionLocal", new_callable=AsyncSessionsMock)' in text
    _check(root, 1)


@pytest.mark.parametrize("shape", ["factory", "set"])
def test_sync_code_keeps_its_patch_beside(tmp_path: Path, shape: str) -> None:
    fixture = SHAPES[shape].replace("app.database.", "app.main.")
    body = BODY.replace("Depends(get_db)", "Depends(get_session)") + SYNC_USER
    provider = """
def get_session():
    with SessionLocal() as db:
        yield db


"""
    checks = CHECKS.replace("(mock):\n", "(mock):\n    mock = mock.__enter__.return_value\n")
    files: dict[str, str | bytes] = {
        **app(provider + body, IMPORTS),
        "tests/test_app.py": HEAD + fixture + checks + USER,
    }
    root = write_service(tmp_path, files)
    _check(root, 11)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = _flat(root)
    assert '"app.main.SessionLocal"' in text and 'async_sessions("app.main.SessionLocal")' in text
    _check(root, 11)


TRACELESS = """
@app.get("/known/{key}")
def known(key: int, db: Session = Depends(get_db)):
    return {"known": db.query(db.query(Item).filter(Item.id == key).exists()).scalar()}


@app.get("/first")
def first(db: Session = Depends(get_db)):
    return {"names": [item.name for item in db.query(Item)[0:2]]}


@app.get("/items/{key}")
def read(key: int, db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.id == key).first()
    return {"name": item.name if item else None}
"""
TRACELESS_CHECKS = """

def test_known(mock):
    mock.query.return_value.scalar.return_value = True
    assert client.get("/known/1").json() == {"known": True}


def test_first(mock):
    mock.query.return_value.__getitem__.return_value = [Item(name="x")]
    assert client.get("/first").json() == {"names": ["x"]}


def test_found(mock):
    mock.query.return_value.filter.return_value.first.return_value = Item(id=1, name="a")
    assert client.get("/items/1").json() == {"name": "a"}
"""


def test_what_leaves_no_trace_in_a_statement_stays(tmp_path: Path) -> None:
    fixture = LAMBDA.replace("MagicMock(spec=Session)", "MagicMock()")
    root = write_service(tmp_path, {**app(TRACELESS), "tests/test_app.py": HEAD + fixture + TRACELESS_CHECKS})
    _check(root, 3)
    result = converted(root)
    assert outcomes(result) == {"GET /known/{key}": "native", "GET /first": "left", "GET /items/{key}": "native"}
    assert "test-fake" in rules(route(result, "GET", "/first"))
    _check(root, 3)
    assert plan_project(root, Settings()).after == {}  # the mocks have faces by now


MIXED = """
def listed(db: Session):
    return [item.name for item in db.scalars(select(Item).where(Item.id > 1)).all()]


@app.get("/listed")
def read_listed(db: Session = Depends(get_db)):
    return listed(db)


@app.get("/items/{key}")
def read(key: int, db: Session = Depends(get_db)):
    item = db.query(Item).where(Item.id == key).one_or_none()
    return {"name": item.name if item else None}
"""
MIXED_CHECKS = """

def test_statements_of_the_app(mock):
    mock.scalars.return_value.all.return_value = [Item(name="s")]
    mock.query.return_value.where.return_value.all.return_value = [Item(name="q")]
    assert client.get("/listed").json() == ["s"]


def test_query(mock):
    mock.scalars.return_value.one_or_none.return_value = Item(name="s")
    mock.query.return_value.where.return_value.one_or_none.return_value = Item(name="q")
    assert client.get("/items/1").json() == {"name": "q"}
"""


def test_statements_that_were_there_are_told_from_queries(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        **app(MIXED, "from sqlalchemy import select"),
        "tests/test_app.py": HEAD + LAMBDA + MIXED_CHECKS,
    }
    root = write_service(tmp_path, files)
    _check(root, 2)
    assert set(outcomes(converted(root)).values()) == {"native"}
    _check(root, 2)


SHARED = """
def get_name(request: Request, db: Session = Depends(get_db)) -> str:
    time.sleep(0.001)
    return db.query(Item).filter(Item.id == 1).first().name


class Names:
    def upper(self, db: Session) -> str:
        time.sleep(0.001)
        return db.query(Item).filter(Item.id == 1).first().name.upper()


names = Names()


@app.get("/name")
def read(name: str = Depends(get_name), db: Session = Depends(get_db)):
    return {"name": name, "upper": names.upper(db)}


@app.get("/first")
def first(name: str = Depends(get_name), db: Session = Depends(get_db)):
    return {"names": [name, names.upper(db), *[item.name for item in db.query(Item)[0:2]]]}
"""
SHARED_CHECKS = """

def test_patched(mock):
    mock.query.return_value.filter.return_value.first.return_value = Item(id=1, name="a")
    with patch("app.main.Names.upper", return_value="FAKE") as upper:
        assert client.get("/name").json() == {"name": "a", "upper": "FAKE"}
    upper.assert_called_once()


def test_patched_object(mock):
    mock.query.return_value.filter.return_value.first.return_value = Item(id=1, name="a")
    with patch("app.main.names.upper") as upper:
        upper.side_effect = lambda db: str(db is mock)
        assert client.get("/first").json() == {"names": ["a", "True"]}


def test_set(mock, monkeypatch):
    mock.query.return_value.filter.return_value.first.return_value = Item(id=1, name="a")
    monkeypatch.setattr(Names, "upper", lambda self, db: type(self).__name__)
    assert client.get("/name").json() == {"name": "a", "upper": "Names"}
"""


def test_a_patch_reaches_the_twin_too(tmp_path: Path) -> None:
    """`upper` keeps its sync form for the route that stays: the twin beside it is patched as well."""
    fixture = LAMBDA.replace("MagicMock(spec=Session)", "MagicMock()")
    head = HEAD.replace("import Item, app", "import Item, Names, app")
    imports = "import time\nfrom fastapi import Request"
    root = write_service(tmp_path, {**app(SHARED, imports), "tests/test_app.py": head + fixture + SHARED_CHECKS})
    _check(root, 3)
    assert outcomes(converted(root)) == {"GET /name": "native", "GET /first": "left"}
    assert 'patch("app.main.names.upper_async", awaited("app.main.names.upper"))' in _flat(root)
    _check(root, 3)
    assert plan_project(root, Settings()).after == {}


def _flat(root: Path) -> str:
    """The tests without line breaks inside brackets."""
    text = re.sub(r"\(\n\s+", "(", (root / "tests/test_app.py").read_text())
    return re.sub(r",?\n\s*\)", ")", text)


def _check(root: Path, count: int) -> None:
    (root / "app.db").unlink(missing_ok=True)
    done = run_suite(root, "-q", "tests")
    assert f"{count} passed" in done.stdout and "failed" not in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]
