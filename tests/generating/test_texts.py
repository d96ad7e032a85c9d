"""Middleware, load test, start scripts and session context: each is run."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from awaitify.errors import AwaitifyError
from awaitify.generating import texts
from fastapi import FastAPI
from fastapi.testclient import TestClient

APP = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/ping')\nasync def ping(): return {'pid': 1}\n"


@pytest.fixture
def timing() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "timing"}
    exec(compile(texts.timing_middleware(), "timing.py", "exec"), namespace)
    return namespace


def _timed_app(timing: dict[str, Any], slow: float) -> FastAPI:
    app = FastAPI()
    app.add_middleware(timing["TimingMiddleware"], slow=slow)

    @app.get("/wait")
    async def wait() -> dict[str, int]:
        await asyncio.sleep(0.02)
        return {"ok": 1}

    @app.get("/fails")
    async def fails() -> None:
        raise ValueError("no")

    return app


def test_timing_is_told_in_the_header_and_the_log(timing: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "timing")
    answer = TestClient(_timed_app(timing, 1.0)).get("/wait")
    spent = float(answer.headers["server-timing"].removeprefix("app;dur="))
    assert answer.json() == {"ok": 1} and spent >= 20
    assert [record.levelname for record in caplog.records if record.name == "timing"] == ["INFO"]
    assert "GET /wait 200" in caplog.text


def test_slow_and_failed_requests_are_logged_too(timing: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(_timed_app(timing, 0.0), raise_server_exceptions=False)
    client.get("/wait")
    assert client.get("/fails").status_code == 500
    found = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "timing"]
    assert found[0][0] == "WARNING"
    assert "GET /fails 500" in found[1][1]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(params=["start_development.sh", "start_production.sh"])
def service(request: pytest.FixtureRequest, tmp_path: Path, port: int) -> Iterator[str]:
    """A running service, started by a script."""
    (tmp_path / "main.py").write_text(APP)
    script = tmp_path / request.param
    script.write_text(texts.start_scripts("main:app")[request.param])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "WORKERS": "1", "PATH": path}
    process = subprocess.Popen(["sh", str(script)], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/ping"
    finally:
        process.terminate()
        process.wait(20)


def _answered(address: str) -> int:
    for _ in range(150):
        try:
            return httpx.get(address).status_code
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"nothing answers at {address}")


@pytest.mark.skipif(not shutil.which("sh"), reason="no sh")
def test_start_scripts_serve_and_the_load_test_asks(service: str, tmp_path: Path) -> None:
    assert _answered(service) == 200
    script = tmp_path / "load_test.py"
    script.write_text(texts.load_test("/ping", 5, 20))
    command = [sys.executable, str(script), service, "--requests", "12"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(r"^12 requests, 5 at once: [\d.]+ s", done.stdout, re.M) and "200: 12" in done.stdout


def test_apps_that_uvicorn_would_not_take_are_refused() -> None:
    for app in ("main", "main:", "a b:app", "main:app; rm x"):
        with pytest.raises(AwaitifyError, match="as uvicorn takes it"):
            texts.start_scripts(app)


DATABASE = """
from sqlalchemy import Column, Integer
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import declarative_base
engine = create_async_engine("sqlite+aiosqlite:///test.db")
AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)
Base = declarative_base()
class Item(Base):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
"""
USE = """
import asyncio
from sqlalchemy import func, select
from context import get_async_session_context
from db import Base, Item, engine
async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with get_async_session_context() as session:
        session.add(Item())
    try:
        async with get_async_session_context() as session:
            session.add(Item())
            raise ValueError
    except ValueError:
        pass
    async with get_async_session_context() as session:
        print(await session.scalar(select(func.count()).select_from(Item)))
    await engine.dispose()
asyncio.run(main())
"""


def test_the_session_context_commits_or_rolls_back(tmp_path: Path) -> None:
    (tmp_path / "db.py").write_text(DATABASE)
    (tmp_path / "context.py").write_text(texts.session_context(tmp_path))
    (tmp_path / "use.py").write_text(USE)
    done = subprocess.run([sys.executable, "use.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "1", done.stderr


def test_one_factory_is_needed(tmp_path: Path) -> None:
    with pytest.raises(AwaitifyError, match="found none"):
        texts.session_context(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(DATABASE)
    with pytest.raises(AwaitifyError, match="a:AsyncSessionLocal, b:AsyncSessionLocal"):
        texts.session_context(tmp_path)
    assert "from b import AsyncSessionLocal" in texts.session_context(tmp_path, "b:AsyncSessionLocal")
