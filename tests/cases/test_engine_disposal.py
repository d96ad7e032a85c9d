"""Where the application disposes its engine at the end, the async twin is disposed too."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

ROUTE = """
@app.get("/count")
def count(db: Session = Depends(get_db)):
    return db.query(Item).count()
"""
HANDLER = """
@app.on_event("shutdown")
def shutdown():
    engine.dispose()
"""
LIFESPAN = """
@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    engine.dispose()
"""
IMPORTS = "from contextlib import asynccontextmanager\n\nfrom app.database import engine"
REQUESTS = [("GET", "/count", None)]


def test_a_shutdown_handler(tmp_path: Path) -> None:
    write_service(tmp_path, app(HANDLER + ROUTE, IMPORTS))
    before = answers(tmp_path, REQUESTS)
    result = converted(tmp_path)
    assert answers(tmp_path, REQUESTS) == before
    assert outcomes(result) == {"GET /count": "native"}
    text = (tmp_path / "app/main.py").read_text()
    assert '@app.on_event("shutdown")\nasync def dispose_engines() -> None:\n    await async_engine.dispose()\n' in text
    assert "\ndef shutdown():\n    engine.dispose()\n" in text
    assert converted(tmp_path).after == {}


def test_a_lifespan(tmp_path: Path) -> None:
    files = app(ROUTE, IMPORTS)
    text = files["app/main.py"].replace("app = FastAPI()", LIFESPAN + "\n\napp = FastAPI(lifespan=lifespan)")
    write_service(tmp_path, {"app/main.py": text})
    before = answers(tmp_path, REQUESTS)
    converted(tmp_path)
    assert answers(tmp_path, REQUESTS) == before
    assert (
        "    yield\n    await async_engine.dispose()\n    engine.dispose()\n" in (tmp_path / "app/main.py").read_text()
    )


def test_an_engine_that_nobody_disposes(tmp_path: Path) -> None:
    write_service(tmp_path, app(ROUTE))
    converted(tmp_path)
    assert "dispose" not in (tmp_path / "app/main.py").read_text()
