"""Arguments by keyword go where they say, whatever is spread beside them: a session among them is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
def add(name, price, note="", db=None):
    db.add(Item(name=f"{name}{note}", price=price))
    db.commit()
    return {"n": db.query(Item).count()}


@app.post("/a")
def a(db: Session = Depends(get_db)):
    values = {"name": "one", "price": 2}
    return CALL
"""


@pytest.mark.parametrize(
    "call", ["add(**values, db=db)", "add(db=db, **values)", 'add(*values.values(), note="x", db=db)']
)
def test_a_session_beside_a_spread_is_followed(tmp_path: Path, call: str) -> None:
    root = write_service(tmp_path, app(BODY.replace("CALL", call)))
    before = answers(root, [("POST", "/a", None)])
    result = converted(root)
    assert outcomes(result)["POST /a"] == "native"
    for name, data in result.after.items():
        (root / name).write_bytes(data)
    assert answers(root, [("POST", "/a", None)]) == before
