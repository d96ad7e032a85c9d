"""What a `for` statement goes over is read once: what its own block changes comes later, that of a loop around not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_locked: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[list["Line"]] = relationship(back_populates="order")

    @property
    def names(self) -> list[str]:
        return [line.name for line in self.lines]


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order | None] = relationship(back_populates="lines")


Base.metadata.create_all(engine)
"""
MAIN = """
@app.post("/orders")
def add(names: list[str], db: Session = Depends(get_db)):
    order = Order()
    db.add(order)
    db.commit()
    for name in names:
        db.add(Line(name=name, order_id=order.id))
        db.commit()
    return order.id


def locked(db: Session, order_id: int):
    order = db.get(Order, order_id)
    order.is_locked = True
    db.commit()
    return order.is_locked


@app.delete("/orders/{order_id}")
def remove(order_id: int, name: str, db: Session = Depends(get_db)):
    order = db.get(Order, order_id)
    if order is None:
        raise HTTPException(404)
    if name not in order.names:
        raise HTTPException(403)
    if not locked(db, order.id):
        raise HTTPException(400)
    for line in order.lines:
        db.delete(line)
    db.delete(order)
    db.commit()
    return db.query(Line).count()
"""
AGAIN = """
@app.post("/orders/{order_id}/twice")
def twice(order_id: int, db: Session = Depends(get_db)):
    order, seen = db.get(Order, order_id), []
    for _ in range(2):
        for line in order.lines:
            seen.append(line.name)
            db.add(Line(name=line.name + "!", order_id=order.id))
        db.commit()
    return [seen, db.query(Line).count()]
"""
IMPORTS = "from app.models import Line, Order"
REQUESTS = [
    ("POST", "/orders", ["a", "b"]),
    ("POST", "/orders", ["c"]),
    ("DELETE", "/orders/1?name=z", None),
    ("DELETE", "/orders/1?name=a", None),
]
TWICE = [REQUESTS[0], ("POST", "/orders/1/twice", None)]


@pytest.mark.parametrize(("body", "requests"), [(MAIN, REQUESTS), (MAIN + AGAIN, TWICE)])
def test_both_answer_as_before(tmp_path: Path, body: str, requests: list[tuple[str, str, object]]) -> None:
    files = app(body, IMPORTS) | {"app/models.py": MODELS + "\n\nclass Item: ...\n"}
    root = write_service(tmp_path, files)
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == ([200, 200, 403, 200] if requests is REQUESTS else [200, 200])
    result = converted(root)
    assert outcomes(result)["DELETE /orders/{order_id}"] == "native"
    assert answers(root, requests) == before
    assert not converted(root).after
