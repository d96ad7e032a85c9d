"""Helpers without annotations: what the lists, tuples and dictionaries that they give hold is known."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, write_service  # noqa: TID252

SHOWN = MODELS.replace(
    "    price: Mapped[int] = mapped_column(default=0)\n",
    "    price: Mapped[int] = mapped_column(default=0)\n\n    def shown(self):\n        return {'name': self.name}\n",
)
HELPERS = """
def query_all(db):
    return db.query(Item).order_by(Item.id).all()


def appended(db):
    found = []
    for item in db.query(Item).order_by(Item.id):
        found.append(item)
    return found


def comprehended(db):
    return [item for item in db.query(Item).order_by(Item.id)]


def extended(db):
    found = list()
    found.extend(query_all(db))
    return found


def by_name(db):
    return {item.name: item for item in query_all(db)}


def counted(db):
    return query_all(db), db.query(Item).count()


def statements(db):
    return select(Item).order_by(Item.id), select(func.count(Item.id))


def unless_empty(db):
    if not db.query(Item).count():
        return []
    return query_all(db)


def shows(items):
    return [item.shown() for item in items]


class Repo:
    def __init__(self, db):
        self.db = db

    def find(self):
        return self.db.query(Item).order_by(Item.id).all()


class Service:
    def __init__(self, db):
        self.repo = Repo(db)

    def items(self):
        return self.repo.find()
"""
#: What the routes return.
SHAPES = {
    "all": "[item.shown() for item in query_all(db)]",
    "append": "[item.shown() for item in appended(db)]",
    "comprehension": "[item.shown() for item in comprehended(db)]",
    "extend": "[item.shown() for item in extended(db)]",
    "dictionary": "{name: item.shown() for name, item in by_name(db).items()}",
    "tuple": "[item.shown() for item in counted(db)[0]]",
    "statement": "[item.shown() for item in db.execute(statements(db)[0].limit(1)).scalars()]",
    "empty": "[item.shown() for item in unless_empty(db)]",
    "parameter": "shows(query_all(db))",
    "slice": "query_all(db)[:1][0].shown()",
    "sorted": "[item.shown() for item in sorted(query_all(db), key=lambda item: item.name)]",
    "zip": "[item.shown() for item, number in zip(query_all(db), range(3))]",
    "service": "[item.shown() for item in Service(db).items()]",
}
SEED = """
@app.post("/seed")
def seed(db: Session = Depends(get_db)) -> int:
    db.add_all([Item(name="b"), Item(name="a")])
    db.commit()
    return 1
"""


def test_elements(tmp_path: Path) -> None:
    routes = [
        f'@app.get("/{name}")\ndef read_{name}(db: Session = Depends(get_db)):\n    return {code}\n'
        for name, code in SHAPES.items()
    ]
    files = app("\n\n".join([HELPERS, SEED, *routes]), "from sqlalchemy import func, select")
    root = write_service(tmp_path, {**files, "app/models.py": SHOWN})
    requests = [("POST", "/seed", None), *(("GET", f"/{name}", None) for name in SHAPES)]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"POST /seed": "native", **{f"GET /{name}": "native" for name in SHAPES}}
    assert answers(root, requests) == before
    assert all(status == 200 for status, _ in before["answers"])
