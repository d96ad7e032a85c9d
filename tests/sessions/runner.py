"""Puts a request to each route of each module of a service, each over the same rows. Prints JSON: "module/route" ->
answer or exception, what the database was asked, and the rows that are left."""

import importlib
import json
import pkgutil
import warnings

import app
from app.models import Account, Base, Entry, engine
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine import Engine

warnings.simplefilter("ignore", DeprecationWarning)
ROWS = {Account: [(1, "ann", 10), (2, "ben", 20)], Entry: [(1, 1, "one"), (2, 1, "two"), (3, 2, "three")]}
seen = []


def watch(apart):
    """Keeps what every engine but this one does."""

    def keep(kind, detail=None):
        seen.append([kind, detail])

    @event.listens_for(Engine, "before_cursor_execute")
    def executed(connection, cursor, statement, parameters, context, executemany):
        if connection.engine is not apart:
            keep("execute", [" ".join(statement.split()), repr(parameters)])

    for name in ("begin", "commit", "rollback", "savepoint", "rollback_savepoint", "release_savepoint"):

        def happened(connection, *details, name=name):
            if connection.engine is not apart:
                keep(name)

        event.listen(Engine, name, happened)


def reset(own):
    with own.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        for model, rows in ROWS.items():
            names = [column.name for column in model.__table__.columns]
            connection.execute(model.__table__.insert(), [dict(zip(names, row, strict=True)) for row in rows])
            if own.dialect.name == "postgresql":
                connection.execute(text(f"ALTER SEQUENCE {model.__tablename__}_id_seq RESTART WITH 10"))


def left(own):
    with own.connect() as connection:
        return {
            model.__tablename__: [list(row) for row in connection.execute(select(model.__table__).order_by("id"))]
            for model in ROWS
        }


def outcome(client, path):
    try:
        answer = client.get(path)
        return [answer.status_code, answer.json()]
    except Exception as error:
        return f"raises {type(error).__name__}"


def main():
    own = create_engine(engine.url)
    Base.metadata.drop_all(own)
    Base.metadata.create_all(own)
    watch(own)
    found = {}
    for way in [item.name for item in pkgutil.iter_modules(app.__path__) if item.name != "models"]:
        service = importlib.import_module(f"app.{way}").app
        with TestClient(service) as client:
            for path in [route.path for route in service.routes if isinstance(route, APIRoute)]:
                reset(own)
                seen.clear()
                result = outcome(client, path)
                found[way + path] = {"outcome": result, "asked": list(seen), "rows": left(own)}
    print(json.dumps(found))


main()
