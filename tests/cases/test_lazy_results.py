"""What blocks as it is read is read in a thread; where its reading is not followed, the function stays sync."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

IMPORTS = """
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fastapi.responses import StreamingResponse
"""
BODY = """
HERE = Path(__file__).parent


@app.get("/whole")
def whole():
    return [path.name for path in sorted(HERE.glob("*.py"))]


@app.get("/loop")
def loop():
    found = []
    for path in HERE.rglob("m*.py"):
        found.append(path.name)
    return sorted(found)


@app.get("/comprehension")
def comprehension():
    names = {name for number, name in enumerate(path.stem for path in HERE.glob("d*.py"))}
    return sorted(names) + [len(files) for _, _, files in os.walk(HERE / "nowhere")]


@app.get("/variable")
def variable():
    paths = HERE.glob("s*.py")
    names = sorted(paths)
    return [name.stem for name in names]


def size(path: Path) -> int:
    return int(path.stat().st_size > 0)


@app.get("/pool")
def pool():
    with ThreadPoolExecutor() as executor:
        return sum(executor.map(size, [HERE / "models.py", HERE / "main.py"]))


@app.get("/stream")
def stream():
    return StreamingResponse(str(path.name) for path in sorted(HERE.glob("m*.py")))


def python_files():
    return HERE.glob("*.py")


@app.get("/elsewhere")
def elsewhere():
    return len(list(python_files()))


def first(paths):
    return next(paths).name


def first_file() -> str:
    paths = HERE.glob("main.py")
    paths = paths if paths else []
    for path in paths:
        return path.name
    return ""


@app.get("/unclear")
def unclear():
    return first_file()


@app.get("/passed")
def passed():
    return first(HERE.glob("main.py"))
"""


def test_lazy_results(tmp_path: Path) -> None:
    write_service(tmp_path, app(BODY, IMPORTS))
    paths = ("whole", "loop", "comprehension", "variable", "pool", "elsewhere", "unclear", "passed")
    requests = [("GET", f"/{path}", None) for path in paths]
    before = answers(tmp_path, requests)
    result = converted(tmp_path)
    assert answers(tmp_path, requests) == before
    found = outcomes(result)
    for path in ("whole", "loop", "variable", "pool", "unclear"):
        assert found[f"GET /{path}"] == "bridged", path
    for path in ("elsewhere", "passed"):
        assert found[f"GET /{path}"] == "left", path
    assert "lazy-read" in rules(route(result, "GET", "/elsewhere"))
    text = (tmp_path / "app/main.py").read_text()
    assert 'await asyncio.to_thread(sorted, HERE.glob("*.py"))' in text
    assert 'for path in await asyncio.to_thread(list, HERE.rglob("m*.py")):' in text
    assert "names = await asyncio.to_thread(sorted, paths)" in text
    assert "return await asyncio.to_thread(first_file)" in text
