"""An alias of a dependency that two branches define: each definition changes, or gets its async one beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
def first(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count()


def second(db: Session = Depends(get_db)) -> int:
    return db.query(Item).count() + 100


if sys.version_info >= (3, 99):
    Known = Annotated[int, Depends(first)]
else:
    Known = Annotated[int, Depends(second)]


@app.get("/known")
def known(known: Known, db: Session = Depends(get_db)):
    return [known, db.query(Item).count()]
"""
KEPT = """

@app.get("/kept")
def kept(known: Known, db: Session = Depends(get_db)):
    return known + db.connection().connection.cursor().execute("select count(*) from items").fetchone()[0]
"""


@pytest.mark.parametrize("kept", ["", KEPT])
def test_both_definitions_follow(tmp_path: Path, kept: str) -> None:
    root = write_service(tmp_path, app(BODY + kept, "import sys\nfrom typing import Annotated"))
    requests = [("GET", "/known", None), ("GET", "/kept", None)]
    before = answers(root, requests)
    assert before["answers"][0] == [200, [100, 0]]
    found = outcomes(converted(root))
    assert found["GET /known"] == "native" and found.get("GET /kept", "left") == "left"
    text = (root / "app/main.py").read_text()
    for name in ("first", "second"):
        written = f"    AsyncKnown = Annotated[int, Depends({name}_async)]\n" if kept else "    Known = Annotated["
        assert written in text
    assert answers(root, requests) == before
    assert not converted(root).after
