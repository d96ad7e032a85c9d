"""Values of models without `Mapped`, which the type checker takes for columns, where `run_sync` passes them on."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import Column, Integer, String

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String)


Base.metadata.create_all(engine)
"""
ROUTES = """
def find(db: Session, name: str) -> int:
    return db.query(Item).filter(Item.name == name).count()


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Item(name=name))
    db.commit()


@app.get("/items/{key}")
def same(key: int, db: Session = Depends(get_db)) -> int:
    item = db.get(Item, key)
    return find(db, item.name) + find(db, "b")


if __name__ == "__main__":
    with SessionLocal() as session:
        print(find(session, "a"))
"""
ASKED = [("POST", "/items/a", None), ("POST", "/items/a", None), ("GET", "/items/1", None)]


def test_columns_go_through_a_lambda(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, **app(ROUTES)})
    before = answers(root, ASKED)
    assert before["answers"][2] == [200, 2]
    assert "left" not in outcomes(converted(root)).values()
    assert answers(root, ASKED) == before
    text = "".join((root / "app/main.py").read_text().split())
    assert "db.run_sync(lambdasync_session:find(sync_session,item.name))" in text
    assert 'db.run_sync(find,"b")' in text
