"""What a sync session reads anew after a commit, and an async one with `expire_on_commit=False` does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import MODELS, answers, app, converted, route, write_service  # noqa: TID252

LINKED = (
    MODELS.replace("mapped_column, relationship", "mapped_column")
    .replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship")
    .replace("default=0)\n", 'default=0)\n    tags: Mapped[list["Tag"]] = relationship()\n', 1)
)
SEED = """
from sqlalchemy import text

from app.models import Tag


@app.post("/items")
def create(db: Session = Depends(get_db)) -> int:
    item = Item(name="a")
    db.add(item)
    db.commit()
    return item.id


@app.post("/change")
def change(db: Session = Depends(get_db)) -> dict[str, int]:
    row = db.query(Item).filter(Item.name == "a").one()
"""
STALE = {
    "bulk update": """
    db.query(Item).filter(Item.id == 1).update({"price": 9}, synchronize_session=False)
    db.commit()
    return {"price": row.price}
""",
    "raw sql": """
    db.execute(text("UPDATE items SET price = 9"))
    db.commit()
    return {"price": row.price}
""",
    "expression": """
    row.price = Item.price + 1
    db.commit()
    return {"price": row.price}
""",
}
FRESH = {
    "new member": """
    before = len(row.tags)
    db.add(Tag(item_id=row.id, label="x"))
    db.commit()
    return {"before": before, "after": len(row.tags)}
""",
    "refreshed": """
    row.price = Item.price + 1
    db.commit()
    db.refresh(row)
    return {"price": row.price}
""",
    "synchronized": """
    db.query(Item).filter(Item.id == 1).update({"price": 9})
    db.commit()
    return {"price": row.price}
""",
    "another table": """
    db.query(Tag).filter(Tag.item_id == row.id).delete(synchronize_session=False)
    db.commit()
    return {"price": row.price}
""",
}
REQUESTS = [("POST", "/items", None), ("POST", "/change", None)]


@pytest.mark.parametrize("name", [*STALE, *FRESH])
def test_what_would_be_read_stale_stays_sync(tmp_path: Path, name: str) -> None:
    body = SEED + (STALE | FRESH)[name].lstrip("\n")
    root = write_service(tmp_path / "service", {"app/models.py": LINKED, **app(body)})
    before = answers(root, REQUESTS)
    assert before["answers"][1][0] == 200
    assert route(converted(root), "POST", "/change").after == ("sync" if name in STALE else "async")
    assert answers(root, REQUESTS) == before
