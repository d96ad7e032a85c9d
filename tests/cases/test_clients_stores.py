"""Clients of redis, against a local server, and of MongoDB, where the plan shows what becomes of cursors."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import redis
from fastapi import Depends, FastAPI

pool = redis.ConnectionPool.from_url("redis://127.0.0.1:PORT/0", decode_responses=True)
cache = redis.Redis(connection_pool=pool)


def get_cache() -> redis.Redis:
    return cache


app = FastAPI()


@app.get("/set/{key}")
def write(key: str, value: str, store: redis.Redis = Depends(get_cache)):
    store.set(key, value, ex=60)
    store.rpush("keys", key)
    if not store.get(key):
        return "lost"
    return store.get(key)


@app.get("/locked")
def locked():
    with cache.lock("writing", timeout=5):
        return cache.get("a")


@app.get("/many")
def many():
    pipe = cache.pipeline()
    pipe.incr("visits")
    pipe.lrange("keys", 0, -1)
    with cache.pipeline() as other:
        other.get("a")
        values = other.execute()
    return [pipe.execute(), values]


@app.get("/all")
def all_of_them():
    found = {}
    for key in cache.scan_iter("?"):
        found[key] = cache.get(key)
    return [found, sorted(cache.scan_iter("?")), cache.hgetall("nothing")]
"""


@pytest.fixture
def port() -> Iterator[int]:
    pytest.importorskip("redis")
    server_class = pytest.importorskip("fakeredis").TcpFakeServer
    server = server_class(("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _converted(root: Path) -> Result:
    return converted(root, python=Path(sys.executable))


def test_redis(tmp_path: Path, port: int) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("PORT", str(port))}, basic=False)
    asked = [("GET", path, None) for path in ("/set/a?value=1", "/set/b?value=2", "/many", "/all")]
    assert set(outcomes(_converted(root)).values()) == {"native"}
    after = answers(root, asked)["answers"]
    assert after[0] == [200, "1"] and after[1] == [200, "2"]
    assert after[2] == [200, [[1, ["a", "b"]], ["1"]]]
    assert after[3] == [200, [{"a": "1", "b": "2"}, ["a", "b"], {}]]
    text = (root / "app/main.py").read_text()
    assert "store: redis.asyncio.Redis = Depends(get_cache)" in text and "async with cache.lock(" in text
    assert "to_thread" not in text and "await cache.aclose()" in text


MONGO = """
from typing import Any

from fastapi import BackgroundTasks, FastAPI
from pymongo import MongoClient
from pymongo.collection import Collection

client = MongoClient("mongodb://localhost")
users: Collection = client["shop"]["users"]
app = FastAPI()


class Repository:
    @property
    def orders(self) -> Collection:
        return client.shop.orders

    def newest(self, limit: int) -> list[Any]:
        return list(self.orders.find({}).sort("at", -1).limit(limit))


repository = Repository()


def note(name: str) -> None:
    users.update_one({"name": name}, {"$inc": {"seen": 1}})


@app.get("/users")
def read(tasks: BackgroundTasks):
    tasks.add_task(note, "a")
    found = [user["name"] for user in users.find()]
    for row in users.aggregate([]):
        found.append(row["name"])
    return [found, users.count_documents({}), repository.newest(3)]


@app.on_event("shutdown")
def stop():
    client.close()
"""
MOCKED = """
import mongomock


def test_nothing():
    assert mongomock.MongoClient()
"""


def test_cursors_of_mongodb(tmp_path: Path) -> None:
    pytest.importorskip("pymongo", minversion="4.9")
    native = write_service(tmp_path / "native", {"app/main.py": MONGO}, basic=False)
    assert outcomes(_converted(native)) == {"GET /users": "native"}
    text = (native / "app/main.py").read_text()
    for line in (
        "client = AsyncMongoClient(", "def orders(self) -> AsyncCollection:", "async def note(name: str) -> None:",
        'found = [user["name"] async for user in users.find()]', "async for row in await users.aggregate([]):",
        'return await self.orders.find({}).sort("at", -1).limit(limit).to_list()', "await client.close()",
        "users: AsyncCollection = client", "await users.count_documents({}), await repository.newest(3)]",
    ):  # fmt: skip
        assert line in text
    files = {"app/main.py": MONGO, "tests/test_app.py": MOCKED}
    bridged = write_service(tmp_path / "bridged", files, basic=False)
    assert outcomes(_converted(bridged)) == {"GET /users": "bridged"}
    text = (bridged / "app/main.py").read_text()
    assert "async for" not in text and "await asyncio.to_thread(list, users.find())" in text
    assert "\ndef note(" in text and "Async" not in text.replace("AsyncGenerator", "")
