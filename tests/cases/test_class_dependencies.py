"""Classes that FastAPI makes: repositories and services that depend on each other, with the session at the bottom."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

LAYERS = """
class Repository:
    def __init__(self, db: Session = Depends(get_db)) -> None:
        self.db = db

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        self.db.refresh(item)
        return item


class Service:
    def __init__(self, repository: Annotated[Repository, Depends()]):
        self.repository = repository

    def add(self, name: str) -> int:
        return self.repository.add(name).id


class Base:
    def __init__(self, db: Session = Depends(get_db)):
        self.session = db


class Counter(Base):
    def count(self) -> int:
        return self.session.query(Item).count()


class Guard:
    def __init__(self, least: int):
        self.least = least

    def __call__(self, db: Session = Depends(get_db)) -> int:
        return max(self.least, db.query(Item).count())


@app.get("/names")
def names(repository: Repository = Depends()):
    return repository.names()


@app.post("/items/{name}")
def add(name: str, service: Service = Depends(Service)):
    return {"id": service.add(name)}


@app.get("/count")
def count(counter: Annotated[Counter, Depends(Counter)]):
    return counter.count()


@app.get("/guard")
def guard(number: int = Depends(Guard(2))):
    return number
"""
REQUESTS = [
    ("POST", "/items/a", None), ("POST", "/items/b", None), ("GET", "/names", None), ("GET", "/count", None),
    ("POST", "/items/c", None), ("GET", "/guard", None), ("POST", "/items/a", None),
]  # fmt: skip


def test_layers_of_classes_move_together(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(LAYERS, "from typing import Annotated\n"))
    before = answers(root, REQUESTS)
    result = converted(root)
    found = outcomes(result)
    assert answers(root, REQUESTS) == before
    assert [found[name] for name in ("GET /names", "POST /items/{name}", "GET /count")] == ["native"] * 3
    text = (root / "app/main.py").read_text()
    assert "def __init__(self, db: AsyncSession = Depends(get_async_db)) -> None:" in text
    assert "return (await self.repository.add(name)).id" in text
