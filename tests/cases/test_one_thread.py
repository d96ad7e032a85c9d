"""Connections of `sqlite3` work in the thread that made them only: what uses one moves to a thread whole, or stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, route, rules, write_service  # noqa: TID252

MAIN = """
import sqlite3
from contextlib import closing, contextmanager

from fastapi import FastAPI

app = FastAPI()


def connect():
    return sqlite3.connect(":memory:"{free})


def count(number):
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute("select ?", (number,))
        return cursor.fetchone()[0]
    finally:
        connection.close()


def read_all(connection):
    return connection.execute("select 1 union select 2").fetchall()


def handed():
    connection = connect()
    return read_all(connection)


def kept_cursor():
    with sqlite3.connect(":memory:"{free}) as connection:
        cursor = connection.execute("select 4")
    return cursor.fetchone()[0]


@contextmanager
def opened():
    connection = sqlite3.connect(":memory:"{free})
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def inside():
    with opened() as connection:
        return connection.execute("select 5").fetchone()[0]


@app.get("/helper")
def helper():
    return count(3)


@app.get("/handing")
def handing():
    return handed()


@app.get("/cursor")
def cursor():
    return kept_cursor()


@app.get("/manager")
def manager():
    return inside()


@app.get("/closed")
def closed():
    with closing(sqlite3.connect(":memory:"{free})) as connection:
        found = connection.execute("select 6").fetchone()[0]
    return found


@app.get("/here")
def here():
    connection = sqlite3.connect(":memory:"{free})
    return connection.execute("select 7").fetchall()


@app.get("/between")
def between():
    connection = connect()
    return read_all(connection)
"""
PATHS = ("/helper", "/handing", "/cursor", "/manager", "/closed", "/here", "/between")
REQUESTS = [("GET", path, None) for path in PATHS]


@pytest.mark.parametrize("free", ["", ", check_same_thread=False"], ids=["bound", "free"])
def test_a_connection_stays_in_its_thread(tmp_path: Path, free: str) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("{free}", free)})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert answers(root, REQUESTS) == before
    left = {path for path in PATHS if route(result, "GET", path).outcome == "left"}
    assert left == (set() if free else {"/here", "/between"})
    assert all(rules(route(result, "GET", path)) == {"one-thread"} for path in left)
    assert not converted(root).after
