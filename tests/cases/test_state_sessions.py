"""Middlewares: those that keep a session for the request, and those that use one on the event loop themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, contents, converted, outcomes, write_service  # noqa: TID252

KEPT = """
@app.middleware("http")
async def keep_session(request: Request, call_next):
    try:
        request.state.db = SessionLocal()
        response = await call_next(request)
    finally:
        request.state.db.close()
    return response


def get_db(request: Request):
    return request.state.db


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count()}
"""
PARTLY = (
    KEPT
    + """

@app.get("/raw")
def raw(db: Session = Depends(get_db)):
    return list(db.connection().connection.cursor().execute("select count(*) from items").fetchone())
"""
)
USING = """
@app.middleware("http")
async def count(request: Request, call_next):
    with SessionLocal() as db:
        number = db.query(Item).count()
    response = await call_next(request)
    response.headers["x-count"] = str(number)
    return response


class Guard(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next):
        db = SessionLocal()
        try:
            if db.query(Item).count() > 1:
                return JSONResponse({"detail": "full"}, status_code=409)
        finally:
            db.close()
        return await call_next(request)


app.add_middleware(Guard)


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count()}
"""
IMPORTS = """
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None), ("POST", "/items/c", None)]


def _service(body: str) -> dict[str, str]:
    files = app(body, IMPORTS)
    return {name: text.replace("import SessionLocal, get_db", "import SessionLocal") for name, text in files.items()}


def test_a_session_that_is_kept_for_the_request(tmp_path: Path) -> None:
    root = write_service(tmp_path, _service(KEPT))
    before = answers(root, REQUESTS)
    result = converted(root)
    assert outcomes(result) == {"POST /items/{name}": "native"}
    assert answers(root, REQUESTS) == before
    text = (root / "app/main.py").read_text()
    assert "request.state.async_db = AsyncSessionLocal()" in text and "await request.state.async_db.close()" in text
    assert "SessionLocal()" not in text.replace("AsyncSessionLocal()", "") and "def get_db" not in text


def test_both_sessions_are_kept_while_both_are_read(tmp_path: Path) -> None:
    root = write_service(tmp_path, _service(PARTLY))
    requests = [*REQUESTS, ("GET", "/raw", None)]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /items/{name}": "native", "GET /raw": "left"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert "        request.state.db.close()\n        await request.state.async_db.close()\n" in text


LOCAL = """
    session = SessionLocal()
    request.state.db = session
    try:
        response = await call_next(request)
    finally:
        session.close()
    return response
"""


@pytest.mark.parametrize("body", [KEPT, PARTLY], ids=["all", "partly"])
def test_a_session_with_a_name_in_the_middleware(tmp_path: Path, body: str) -> None:
    start, end = body.index("    try:"), body.index("\n\ndef get_db")
    root = write_service(tmp_path, _service(body[:start] + LOCAL.lstrip("\n") + body[end:]))
    requests = [*REQUESTS, *([("GET", "/raw", None)] if body == PARTLY else [])]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result)["POST /items/{name}"] == "native"
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert "    async_session = AsyncSessionLocal()\n" in text and "await async_session.close()\n" in text
    assert "request.state.async_db = async_session\n" in text
    assert ("request.state.db = session\n" in text) == (body == PARTLY)
    assert not converted(root).after


def test_middlewares_are_repaired(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(USING, IMPORTS))
    before = answers(root, REQUESTS)
    converted(root)
    assert answers(root, REQUESTS) == before
    assert [status for status, _ in before["answers"]] == [200, 200, 409]
    text = (root / "app/main.py").read_text()
    assert text.count("async with AsyncSessionLocal() as db:") == 1 and "await db.close()" in text


def test_a_middleware_that_cannot_be_repaired_is_reported(tmp_path: Path) -> None:
    body = USING.replace("db.query(Item).count() > 1", "any(ok(db) for _ in range(1))")
    root = write_service(
        tmp_path, app(f"def ok(db):\n    return db.query(Item).count() > 1\n\n\n{body.strip()}", IMPORTS)
    )
    unchanged = contents(root)["app/main.py"].partition(b"class Guard")[2].partition(b"app.add_middleware")[0]
    result = converted(root)
    assert unchanged in contents(root)["app/main.py"]
    assert [warning.rule for warning in result.plan.warnings if "Guard" in warning.message] == ["blocks-loop"]
