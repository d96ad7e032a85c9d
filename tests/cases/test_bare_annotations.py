"""Functions whose annotation does not say what a query or a list holds: what they return says it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

SHOWN = MODELS.replace(
    "    price: Mapped[int] = mapped_column(default=0)\n",
    '    price: Mapped[int] = mapped_column(default=0)\n    tags: Mapped[list["Tag"]] = relationship()\n\n'
    "    def shown(self):\n        return self.name\n\n"
    "    def labels(self):\n        return [tag.label for tag in self.tags]\n",
).replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship")
BODY = """
def cheap() -> Select:
    return select(Item).where(Item.price < 20)


def quoted() -> 'Select':
    return cheap().order_by(Item.id)


def counted(price: int) -> tuple[Select, Select]:
    statement = select(Item)
    if price:
        statement = statement.where(Item.price > price)
    return statement, select(func.count()).select_from(Item)


def all_items(db: Session) -> list:
    return db.query(Item).order_by(Item.id).all()


class Reader:
    def query(self) -> Select:
        return select(Item)

    def names(self, db: Session) -> list[str]:
        return [found.shown() for found in db.scalars(self.query())]


class Titled(Reader):
    def query(self) -> Select:
        return select(Tag)


@app.get("/cheap")
def read_cheap(db: Session = Depends(get_db)):
    return [item.shown() for item in db.scalars(cheap().limit(5))]


@app.get("/labels")
def read_labels(db: Session = Depends(get_db)):
    return [item.labels() for item in db.scalars(quoted())]


@app.get("/counted")
def read_counted(db: Session = Depends(get_db)):
    statement, length = counted(3)
    statement = statement.limit(3)
    number = db.execute(length).scalar()
    return [number, *(item.labels() for item in db.execute(statement).scalars())]


@app.get("/listed")
def read_listed(db: Session = Depends(get_db)):
    return [item.labels() for item in all_items(db)]


@app.get("/overridden")
def read_overridden(db: Session = Depends(get_db)):
    return Reader().names(db)


@app.post("/items")
def add(db: Session = Depends(get_db)):
    db.add(Item(name="a", price=7, tags=[Tag(label="x", item_id=1)]))
    db.commit()
"""
IMPORTS = "from sqlalchemy import Select, func, select"


def test_what_they_return_tells_more(tmp_path: Path) -> None:
    files = app(BODY, IMPORTS)
    files["app/main.py"] = files["app/main.py"].replace("import Item\n", "import Item, Tag\n")
    root = write_service(tmp_path, {**files, "app/models.py": SHOWN})
    requests = [("POST", "/items", None), *(("GET", f"/{n}", None) for n in ("cheap", "labels", "counted", "listed"))]
    before = answers(root, requests)
    assert [answer for _, answer in before["answers"]] == [None, ["a"], [["x"]], [1, ["x"]], [["x"]]]
    result = converted(root)
    found = outcomes(result)
    assert found.pop("GET /overridden") == "left"
    assert "unresolved-call" in rules(route(result, "GET", "/overridden"))
    assert set(found.values()) == {"native"}
    assert answers(root, requests) == before
    code = (root / "app/main.py").read_text()
    assert "def cheap() -> Select:" in code and "tuple[Select, Select]:" in code
    assert converted(root).after == {}
