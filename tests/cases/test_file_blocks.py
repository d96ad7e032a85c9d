"""Blocks over files, archives and temporary files: moved whole into a thread, run before and after."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

HEAD = """
import contextlib
import csv
import io
import json
import os
import pickle
import shutil
import tempfile
import zipfile
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()
"""
READING = """
def settings(name: str) -> dict:
    with open(name) as f:
        return json.load(f)


@app.get("/read")
def read(name: str = "words.txt"):
    with open(name) as f:
        return f.read()


@app.get("/load")
def load(name: str = "data.json"):
    try:
        with open(name) as f:
            return json.load(f)
    except FileNotFoundError:
        raise HTTPException(404)


@app.get("/paths")
def paths(name: str = "words.txt", start: str = "b"):
    if not os.path.exists(name):
        return None
    with open(name) as f:
        for line in f:
            if line.startswith(start):
                return line
            if line.startswith("z"):
                break


@app.get("/branches")
def branches(name: str = "words.txt"):
    with open(name) as f:
        text = f.read()
        if text:
            return {"text": text}
        else:
            raise HTTPException(404)


@app.get("/some")
def some(word: str = "beta"):
    with open("words.txt") as f:
        for line in f:
            if line.strip() == word:
                return line
    return {"missing": word,
            "of": 3}


@app.get("/rows")
def rows(total: int = 0):
    kept = []
    with open("rows.csv", newline="") as f:
        reader = csv.reader(f)
        header = next(reader)
        for row in reader:
            total += 1
            kept.append(row)
    return [header, total, kept]


@app.get("/two")
def two():
    with open("words.txt") as f:
        first = f.read()
    with open("data.json") as f:
        second = f.readlines()
    return [first, second]


@app.get("/loop")
def loop():
    found = []
    for item in ("words.txt", "data.json"):
        with open(item) as f:
            text = f.read()
        found.append(text)
    return found


@app.get("/inline")
def inline():
    whole = list(csv.DictReader(open("rows.csv")))
    named = [row["a"] for row in csv.DictReader(open("rows.csv"))]
    kept = list(csv.reader(io.StringIO("a,b")))
    return [json.load(open("data.json")), json.load(io.StringIO("1")), whole, named, kept]


@app.get("/helper")
def helper():
    return settings("data.json")["a"]
"""
WRITING = """
@app.get("/zip")
def zipped():
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.write("words.txt")
    with zipfile.ZipFile("x.zip") as archive:
        return archive.namelist()


@app.get("/copy")
def copy():
    target = Path("copied.txt")
    with open("words.txt", "rb") as source, target.open("wb") as out:
        shutil.copyfileobj(source, out)
    return target.stat().st_size


@app.get("/temp")
def temp():
    with tempfile.NamedTemporaryFile("w+", suffix=".txt", delete=False) as tmp:
        tmp.write("x")
        path = tmp.name
    try:
        return open(path).read()
    finally:
        os.unlink(path)


@app.get("/folder")
def folder():
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "a.txt"
        file.write_text("b")
        return file.read_text()


class Store:
    def __init__(self) -> None:
        self.count = 0

    def save(self, value: dict) -> int:
        with open("kept.pickle", "wb") as out:
            pickle.dump(value, out)
            self.count += 1
            size = out.tell()
        return size + self.count - self.count


store = Store()


@app.get("/save")
def save():
    sizes = [store.save({"a": 1}), store.save({"b": [2]})]
    loaded = pickle.load(open("kept.pickle", "rb"))
    return [sizes, loaded]
"""
LEFT = """
@app.get("/sometimes")
def sometimes(name: str = "words.txt"):
    with open(name) as f:
        if f.read():
            found = "yes"
    return found


counter = 0


@app.get("/counted")
def counted():
    global counter
    with open("words.txt") as f:
        counter += len(f.read())
    return counter


@app.get("/swallowed")
def swallowed():
    with open("words.txt") as f:
        with contextlib.suppress(ValueError):
            return int(f.read())
    with open("data.json") as f:
        found = f.read()
    return found
"""
MOVED = [
    f"/{name}" for name in ("read", "load", "load?name=none", "paths", "paths?start=q", "paths?name=none", "branches")
]
MOVED += [
    f"/{name}" for name in ("some", "some?word=x", "rows?total=3", "two", "loop", "inline", "helper", "zip", "copy")
]
MOVED += [f"/{name}" for name in ("temp", "folder", "save")]


def _service(root: Path, body: str) -> Path:
    files = {"words.txt": "alpha\nbeta\nzeta\n", "data.json": '{"a": 1}', "rows.csv": "a,b\n1,2\n3,4\n"}
    return write_service(root, {"app/main.py": HEAD + body, **files}, basic=False)


def test_closed_blocks_move(tmp_path: Path) -> None:
    root = _service(tmp_path, READING + WRITING)
    asked = [("GET", path, None) for path in MOVED]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]].count(404) == 1
    assert {status for status, _ in before["answers"]} == {200, 404}
    result = converted(root)
    assert set(outcomes(result).values()) == {"bridged"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    # A helper that only reads a file stays whole.
    assert 'return (await asyncio.to_thread(settings, "data.json"))["a"]' in text
    assert "        return await asyncio.to_thread(run_blocking)\n    except FileNotFoundError" in text
    assert "        nonlocal total\n" in text and text.count("nonlocal") == 1
    assert 'await asyncio.to_thread(lambda: json.load(open("data.json")))' in text
    assert converted(root).after == {}


def test_other_blocks_stay(tmp_path: Path) -> None:
    root = _service(tmp_path, LEFT)
    result = converted(root)
    assert set(outcomes(result).values()) == {"left"}
    assert {reason.rule for item in result.plan.routes for reason in item.reasons} == {"blocking-block"}
    assert result.after == {}
