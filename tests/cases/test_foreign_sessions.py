"""Sessions of libraries that are not installed: their `session.get(...)` is none of a database session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

BODY = """
async def fetch(url: str) -> str:
    async with MAKER as session:
        async with session.get(url) as response:
            return await response.text()


@app.get("/page")
async def page() -> str:
    return await fetch("http://localhost")


@app.get("/count")
def count(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count()
"""
WAYS = {
    "module": ("webclient.ClientSession(timeout=3)", "import webclient"),
    "name": ("ClientSession()", "from webclient.sessions import ClientSession"),
    "alias": ("web.ClientSession()", "import webclient as web"),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_what_a_library_makes_is_no_session_of_the_database(tmp_path: Path, way: str) -> None:
    maker, imports = WAYS[way]
    root = write_service(tmp_path, app(BODY.replace("MAKER", maker), imports))
    assert outcomes(converted(root, python=Path(sys.executable)))["GET /count"] == "native"
    assert "async with session.get(url) as response:" in (root / "app/main.py").read_text()
