"""Sessions in annotations that are strings, their class imported for the checker alone."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from typing import TYPE_CHECKING, Optional

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int] = mapped_column(default=0)

    @classmethod
    def made(cls, session: "Session", price: int) -> "Item":
        item = cls(price=price)
        session.add(item)
        session.commit()
        return item

    def raised(self, by: int, session: "Session | None" = None) -> int:
        self.price += by
        if session:
            session.commit()
        return self.price

    def forget(self, session: Optional["Session"] = None):
        if session is not None:
            session.delete(self)
            session.commit()


Base.metadata.create_all(engine)
"""
MAIN = """
@app.post("/items/{price}")
def add(price: int, db: Session = Depends(get_db)):
    return Item.made(session=db, price=price).id


@app.put("/items/{item_id}/{by}")
def raise_price(item_id: int, by: int, db: Session = Depends(get_db)):
    return db.get(Item, item_id).raised(by, session=db)


@app.delete("/items/{item_id}")
def forget(item_id: int, db: Session = Depends(get_db)):
    db.get(Item, item_id).forget(session=db)
    return db.query(Item).count()
"""
REQUESTS = [
    ("POST", "/items/3", None), ("POST", "/items/4", None), ("PUT", "/items/1/2", None), ("DELETE", "/items/1", None),
]  # fmt: skip


def test_they_follow(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(MAIN), "app/models.py": MODELS})
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, 1], [200, 2], [200, 5], [200, 1]]
    assert set(outcomes(converted(root)).values()) == {"native"}
    models = (root / "app/models.py").read_text()
    assert 'session: "AsyncSession", price' in models
    assert 'session: "AsyncSession | None" = None' in models
    assert 'session: Optional["AsyncSession"] = None' in models
    assert "TYPE_CHECKING" not in models
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
