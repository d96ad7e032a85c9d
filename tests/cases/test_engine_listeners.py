"""What listens to an engine, and the functions that make one: the async engine is made and heard in the same way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

ROUTES = """
@app.get("/keys")
def keys(db: Session = Depends(get_db)):
    return {"keys": db.execute(text("PRAGMA foreign_keys")).scalar()}
"""
HEAD = """
import logging
import os
import time
import traceback

from sqlalchemy import create_engine, event
from sqlalchemy.event import listens_for
from sqlalchemy.orm import DeclarativeBase, sessionmaker

logger = logging.getLogger(__name__)


class Base(DeclarativeBase):
    pass

"""
TAIL = """

SessionLocal = sessionmaker(bind=engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
MADE = """
def keep():
    with open("made.txt", "w") as file:
        file.write("made")


def make_engine(url: str):
    {work}
    made = create_engine(url, echo=False)

    @event.listens_for(made, "connect")
    def foreign_keys(connection, record):
        {waits}cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return made


engine = make_engine("sqlite:///./app.db")
"""
PLAIN = """
engine = create_engine("sqlite:///./app.db")


@{name}(engine, "connect")
def foreign_keys(connection, record):
    {work}
    connection.execute("PRAGMA foreign_keys=ON")
"""
HANDED = """
def make_engine(url: str):
    made = create_engine(url)

    def foreign_keys(connection, record):
        connection.execute("PRAGMA foreign_keys=ON")

    event.listen(made, "connect", foreign_keys)
    return made


engine = make_engine("sqlite:///./app.db")
"""
FORMS = {
    "in its function": MADE.format(work='logger.info("%s", os.environ.get("LEVEL"))', waits=""),
    "work at import": MADE.format(work="keep()", waits=""),
    "file at import": MADE.format(work='print(open("made.txt", "a").name)', waits=""),
    "handed over": HANDED,
    "plain name": PLAIN.format(name="listens_for", work="pass"),
}
LEFT = {
    "waits": PLAIN.format(name="event.listens_for", work='print(open("made.txt", "a").name)'),
    "waits in its function": MADE.format(work="pass", waits="time.sleep(0)\n        "),
    "looks for its callers": PLAIN.format(name="event.listens_for", work="traceback.extract_stack()"),
}
#: The function runs in a request, too: a copy of it would stop the loop, and the URL alone is less than the engine.
LATER = MADE.format(work="keep()", waits="") + '\n\ndef again():\n    return make_engine("sqlite:///./app.db")\n'
REQUESTS = [("GET", "/keys", None)]


def _service(root: Path, form: str) -> Path:
    return write_service(root, {"app/database.py": HEAD + form + TAIL, **app(ROUTES, "from sqlalchemy import text")})


@pytest.mark.parametrize("form", FORMS)
def test_the_async_engine_is_heard_too(tmp_path: Path, form: str) -> None:
    root = _service(tmp_path, FORMS[form])
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, {"keys": 1}]]
    assert outcomes(converted(root)) == {"GET /keys": "native"}
    assert answers(root, REQUESTS) == before and not converted(root).after


@pytest.mark.parametrize("form", LEFT)
def test_a_listener_that_stops_the_loop_or_looks_around_stays(tmp_path: Path, form: str) -> None:
    result = converted(_service(tmp_path, LEFT[form]))
    assert rules(route(result, "GET", "/keys")) == {"session-listener"} and not result.after


def test_an_engine_is_not_made_of_its_url_alone(tmp_path: Path) -> None:
    result = converted(_service(tmp_path, LATER))
    assert rules(route(result, "GET", "/keys")) == {"engine-options"} and not result.after
