"""Blocking calls without an async form of their own: what goes into a thread, and under which names."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import io
import time

import pymissing.database
from fastapi import FastAPI

app = FastAPI()


@app.get("/chain")
def chain(asyncio: str = "x"):
    open("kept.txt", "w").write(asyncio)
    time.sleep(0.001)
    return [open("kept.txt").read(), io.StringIO(asyncio).read(), len(open("kept.txt", "rb").read().split())]


@app.get("/unknown")
def unknown():
    return pymissing.database.load()
"""
FAKE = """
def load():
    return 1
"""


def test_chains_and_names_that_are_taken(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": MAIN}, basic=False)
    found = outcomes(converted(root))
    assert found == {"GET /chain": "native", "GET /unknown": "left"}
    text = (root / "app/main.py").read_text()
    assert 'await to_thread(lambda: open("kept.txt").read())' in text and "io.StringIO(asyncio).read()" in text
    assert (
        "from asyncio import sleep as async_sleep\nfrom asyncio import to_thread" in text
        and "await async_sleep(0.001)" in text
    )
    (root / "pymissing").mkdir()
    (root / "pymissing/database.py").write_text(FAKE)
    after = answers(root, [("GET", "/chain", None), ("GET", "/unknown", None)])["answers"]
    assert after == [[200, ["x", "x", 1]], [200, 1]]
