"""Calls that block again and again in one expression, or in a function of nothing else, go to a thread together."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import json
import os
import urllib.request
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
from fastapi import FastAPI

app = FastAPI()
HERE = Path(__file__).resolve().parent


def sizes():
    total = 0
    for name in os.listdir(HERE):
        total += os.path.getsize(HERE / name)
    return total > 0


def counted():
    return sum(1 for path in HERE.glob("main.py") if path.stat().st_size > 0)


def fetch(path):
    response = urllib.request.urlopen("file://" + path)
    return len(response.read()) > 0


def frame_of(rows):
    return pd.DataFrame(rows)


@app.get("/any")
def found():
    return any(os.path.exists(path) for path in ("/nowhere", str(HERE)))


@app.get("/list")
def names():
    return [name for name in os.listdir(HERE) if name == "main.py" and os.path.isfile(HERE / name)]


@app.get("/named")
def named():
    held = [(last := name) for name in (str(HERE), "/nowhere") if os.path.exists(name)]
    return [len(held), last == str(HERE)]


@app.get("/functions")
def functions():
    return [sizes(), counted()]


@app.get("/block")
def block():
    with urlopen("file://" + __file__) as response:
        return b"nothing" in response.read()


@app.get("/untyped")
def untyped():
    return fetch(__file__)
"""
FRAME = """

@app.get("/frame")
def frame():
    data = frame_of([{"a": 1, "b": 2}])
    return {"sum": data.groupby("a").sum().reset_index().to_dict(orient="records"), "max": int(data["b"].max())}
"""
PATHS = ("/any", "/named", "/list", "/functions", "/block", "/untyped")


def test_they_go_together(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN.replace("import pandas as pd\n", "pd = None\n")})
    requests = [("GET", path, None) for path in PATHS]
    before = answers(root, requests)
    assert all(status == 200 for status, _ in before["answers"])
    result = converted(root)
    assert answers(root, requests) == before
    assert set(outcomes(result).values()) == {"bridged"}
    text = " ".join((root / "app/main.py").read_text().split())
    assert "await asyncio.to_thread( lambda: any(os.path.exists(path) for path in" in text
    assert 'lambda: [name for name in os.listdir(HERE) if name == "main.py" and os.path.isfile(HERE / name)]' in text
    assert "[await asyncio.to_thread(sizes), await asyncio.to_thread(counted)]" in text
    assert not converted(root).after


def test_what_a_data_frame_gives_computes_too(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN + FRAME})
    assert outcomes(converted(root))["GET /frame"] == "bridged"
    text = (root / "app/main.py").read_text()
    assert 'await asyncio.to_thread(data["b"].max)' in text
    assert "lambda: data.groupby(" in text
