"""Dependencies that FastAPI runs in a thread: where their work would only go to a thread again, they stay."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import json
import time
from pathlib import Path

from fastapi import Depends, FastAPI

app = FastAPI()


def limits():
    return json.loads(Path("limits.json").read_text())


def prices():
    return json.loads(Path("limits.json").read_text())


def paused():
    time.sleep(0.001)
    return 1


def slow(n: int = Depends(paused)):
    return Path("limits.json").read_text()[:n]


@app.get("/")
def read(limits: dict = Depends(limits), prices: dict = Depends(prices), text: str = Depends(slow)):
    return [limits, prices, text, Path("limits.json").read_text()]


@app.get("/called")
def called():
    return prices()
"""
REQUESTS = [("GET", "/", None), ("GET", "/called", None)]


def test_they_stay(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN, "limits.json": '{"a": 1}'}, basic=False)
    before = answers(root, REQUESTS)
    assert before["answers"][1] == [200, {"a": 1}]
    assert outcomes(converted(root)) == {"GET /": "bridged", "GET /called": "bridged"}
    text = (root / "app/main.py").read_text()
    assert "\ndef limits():" in text and "\ndef slow(" in text
    assert "async def prices():" in text and "async def paused():" in text
    assert answers(root, REQUESTS) == before
