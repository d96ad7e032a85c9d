"""The whole pipeline: the choice of routes, saved plans, second runs, and files that are odd."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.carrying import apply_plan
from awaitify.config import Settings
from awaitify.errors import AwaitifyError, RefusedError
from awaitify.pipeline import analysed, plan_project
from awaitify.plan_model import ProjectPlan, TextPlan, plan_from_json

from .pipeline_services import GENERIC_CRUD, QUERY_STYLE, STYLE_2
from .pipeline_tools import app, contents, converted, outcomes, route, write_service

ROUTERS = {
    f"app/{name}.py": f"""
        from fastapi import APIRouter, Depends
        from sqlalchemy.orm import Session

        from app.database import get_db
        from app.models import Item

        PREFIX = "/v2"
        router = APIRouter(prefix="/{name}", tags=["{name}s"])


        @router.get("/one", tags=["first", "{name} one"])
        def one(db: Session = Depends(get_db)):
            return db.query(Item).count()


        @router.get("/two")
        def two(db: Session = Depends(get_db)):
            return db.query(Item).count()
        """
    for name in ("red", "blue")
} | {
    "app/main.py": """
        from fastapi import FastAPI

        from app import blue, red

        app = FastAPI()
        app.include_router(red.router, prefix="/v1", tags=["warm"])
        app.include_router(blue.router, prefix=red.PREFIX)
        """
}


def test_one_router(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, ROUTERS), routers=("app/red.py",))
    assert [(item.file, item.after) for item in result.plan.routes] == [
        ("app/blue.py", "sync"), ("app/blue.py", "sync"), ("app/red.py", "async"), ("app/red.py", "async"),
    ]  # fmt: skip
    assert "app/blue.py" not in result.after
    whole = converted(tmp_path)
    assert [item.after for item in whole.plan.routes] == ["async"] * 4
    text = whole.after["app/database.py"]
    assert b"def get_db(" not in text and text.count(b"def get_async_db(") == 1


def test_a_router_by_any_of_its_names(tmp_path: Path) -> None:
    names = {
        "red": 2, "app.red": 2, "app/red.py": 2, "./app/red.py": 2, "app.red.router": 2, "/v1": 2, "/v1/red/": 2,
        "/v1/red/one": 1, "warm": 2, "reds": 2, "red one": 1,
    }  # fmt: skip
    with analysed(write_service(tmp_path, ROUTERS), Settings()) as plan:
        for name, count in names.items():
            found = [item.file for item in plan(Settings(routers=(name,))).plan.routes if item.after == "async"]
            assert (name, found) == (name, ["app/red.py"] * count)
        for name in ("/blue", "/blue/two", "first"):  # under a prefix that is no literal; a tag of both
            found = [item.function for item in plan(Settings(routers=(name,))).plan.routes if item.after == "async"]
            expected = {"/blue": ["one", "two"], "/blue/two": ["two"], "first": ["blue.one", "red.one"]}[name]
            assert (name, found) == (name, [f"app.{'' if '.' in one else 'blue.'}{one}" for one in expected])
        for name in ("/v", "/red", "reed", "/"):
            with pytest.raises(AwaitifyError, match="matches no route"):
                plan(Settings(routers=(name,)))


def test_nothing_changes_for_what_does_not_move(tmp_path: Path) -> None:
    files = {
        "app/cache.py": """
            import subprocess


            def run(command: str) -> str:
                return subprocess.run([command], capture_output=True, text=True, check=True).stdout


            class Cache:
                def names(self) -> str:
                    return run("names")

                def idle(self) -> str:
                    return run("idle")


            async def warm() -> str:
                return run("true")


            def configured() -> str:
                return run("config")
            """,
        "app/main.py": """
            import unknown_package
            from fastapi import Depends, FastAPI
            from sqlalchemy.orm import Session

            from app.cache import Cache, configured, run, warm
            from app.database import get_db
            from app.models import Item

            app = FastAPI()


            @app.get("/left")
            def left(config: str = Depends(configured), db: Session = Depends(get_db)):
                unknown_package.change(db)
                return Cache().names()


            @app.get("/warm")
            async def warmed():
                return await warm()


            @app.get("/right")
            def right(db: Session = Depends(get_db)):
                return db.query(Item).count()
            """,
    }
    with analysed(write_service(tmp_path, files), Settings()) as plan:
        assert plan(Settings(routes=("GET /left",))).after == {}
        assert "app/cache.py" not in plan(Settings(routes=("GET /right",))).after
        text = plan(Settings(routes=("GET /warm",))).after["app/cache.py"].decode()
        assert text.count("await") == 1 and "async def idle" not in text and "async def configured" not in text


def test_one_route(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, ROUTERS), routes=("GET /v1/red/one",))
    assert [item.function.rpartition(".")[2] for item in result.plan.routes if item.after == "async"] == ["one"]
    text = (tmp_path / "app/red.py").read_text()
    assert "async def one(" in text and "\ndef two(" in text


def test_a_file_or_function_can_be_kept_sync(tmp_path: Path) -> None:
    result = converted(write_service(tmp_path, ROUTERS), keep_sync=("app/red.py", "app.blue.two"))
    assert [item.function for item in result.plan.routes if item.after == "async"] == ["app.blue.one"]


def test_a_plan_survives_json_and_gives_the_same_files(tmp_path: Path) -> None:
    root = write_service(tmp_path, STYLE_2)
    result = plan_project(root, Settings())
    loaded = plan_from_json(result.plan.to_json())
    assert loaded == result.plan
    assert apply_plan(root, loaded).after == result.after
    assert plan_project(root, Settings()).plan.to_json() == result.plan.to_json()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**GENERIC_CRUD, "requirements.txt": "fastapi\nsqlalchemy\n"})
    first = converted(root)
    assert first.after["requirements.txt"] == b"aiosqlite\nfastapi\nsqlalchemy[asyncio]\n"
    after = contents(root)
    assert converted(root).after == {}
    assert contents(root) == after


def test_newer_syntax_in_another_file_does_no_harm(tmp_path: Path) -> None:
    newer = "def f[T](x: T) -> T:\n    return x\n\n\ntype Alias = int\nlabel = f'{f\"{1}\"}'\n"
    result = converted(write_service(tmp_path, {**QUERY_STYLE, "app/newer.py": newer}))
    assert set(outcomes(result).values()) == {"native"}
    assert "app/newer.py" not in result.after


def test_newer_syntax_in_the_changed_file(tmp_path: Path) -> None:
    body = """
type Count = int


@app.get("/a")
def a(db: Session = Depends(get_db)) -> dict[str, Count]:
    return {"n": db.query(Item).count()}
"""
    result = converted(write_service(tmp_path, app(body)))
    assert route(result, "GET", "/a").outcome in ("native", "left")
    assert "type Count = int" in (tmp_path / "app/main.py").read_text()


def test_a_broken_file_is_left(tmp_path: Path) -> None:
    broken = "def f(:\n    return (\n"
    result = converted(write_service(tmp_path, {**QUERY_STYLE, "app/broken.py": broken}))
    assert set(outcomes(result).values()) == {"native"}
    assert (tmp_path / "app/broken.py").read_text() == broken


def test_bytes_that_are_kept(tmp_path: Path) -> None:
    text = "".join(
        app('@app.get("/a")\ndef a(db: Session = Depends(get_db)):\n    return db.query(Item).count()  # é\n').values()
    )
    raw = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    converted(write_service(tmp_path, {"app/main.py": raw}))
    after = (tmp_path / "app/main.py").read_bytes()
    assert after.startswith(b"\xef\xbb\xbf") and after.count(b"\n") == after.count(b"\r\n")
    assert "async def a(" in after.decode("utf-8-sig") and "# é" in after.decode("utf-8-sig")


def test_a_folder_without_routes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(AwaitifyError, match="no FastAPI route"):
        plan_project(tmp_path, Settings())


@pytest.mark.parametrize(
    "text",
    [
        TextPlan("gone.txt", "ab", "x"),  # a file that is not there any more
        TextPlan("app/main.py", "", "x"),  # a new file that is there by now
        TextPlan("new.txt", "", "x", "no-such-encoding"),
        TextPlan("new.txt", "", "\u20ac", "ascii"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(tmp_path: Path, text: TextPlan) -> None:
    root = write_service(tmp_path, {"app/main.py": "app = 1\n"})
    with pytest.raises(RefusedError, match="make the plan again"):
        apply_plan(root, ProjectPlan(texts=(text,)))
