"""What only a response model reads, and no option or refresh loads: it is read before the route returns."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine

marks = Table(
    "marks",
    Base.metadata,
    Column("leaf_id", ForeignKey("leaves.id"), primary_key=True),
    Column("mark_id", ForeignKey("mark.id"), primary_key=True),
)


class Branch(Base):
    __tablename__ = "branches"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    children: Mapped[list["Branch"]] = relationship(order_by="Branch.id")
    leaves: Mapped[list["Leaf"]] = relationship(order_by="Leaf.id")

    @property
    def total(self):
        return 1 + sum(child.total for child in self.children)


class Leaf(Base):
    __tablename__ = "leaves"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    marks: Mapped[list["Mark"]] = relationship(secondary=marks, order_by="Mark.id")


class Mark(Base):
    __tablename__ = "mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


Base.metadata.create_all(engine)
"""
BODY = """
class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class MarkOut(Out):
    name: str


class LeafOut(Out):
    marks: list[MarkOut]


class BranchOut(Out):
    leaves: list[LeafOut]


class Tree(Out):
    children: list["Tree"]


class Forest(BaseModel):
    first: Tree
    count: int


class Branches:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db

    def get(self, key: int) -> Branch | None:
        return self.db.get(Branch, key)


@app.post("/branches")
def grow(db: Session = Depends(get_db)):
    inner = Branch(children=[Branch()])
    leaves = [Leaf(marks=[Mark(name="a"), Mark(name="b")]), Leaf()]
    db.add(Branch(leaves=leaves, children=[inner, Branch()]))
    db.commit()


@app.get("/branches/{key}", response_model=BranchOut)
def read(key: int, db: Session = Depends(get_db)):
    # The whole of it.
    return db.get(Branch, key)  # or nothing


@app.get("/trees/{key}")
def tree(key: int, db: Session = Depends(get_db)) -> Tree | None:
    branch = db.get(Branch, key)
    return branch


@app.get("/trees", response_model=list[Tree])
def trees(db: Session = Depends(get_db)):
    return [db.get(Branch, 1), db.get(Branch, 2)]


@app.get("/forest", response_model=Forest)
def forest(db: Session = Depends(get_db)):
    return {"first": db.get(Branch, 1), "count": db.query(Branch).count()}


@app.get("/held/{key}", response_model=Tree)
def held(key: int, branches: Branches = Depends()):
    return branches.get(key)


@app.get("/tried/{key}", response_model=Tree)
def tried(key: int, db: Session = Depends(get_db)):
    try:
        return db.get_one(Branch, key)
    except NoResultFound:
        raise HTTPException(404)


@app.delete("/leaves/{key}")
def fall(key: int, db: Session = Depends(get_db)):
    leaf = db.get(Leaf, key)
    db.execute(delete(marks).where(marks.c.leaf_id == key))
    db.delete(leaf)
    db.commit()
    return db.query(Leaf).count()
"""
IMPORTS = """
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete
from sqlalchemy.exc import NoResultFound
from app.models import Branch, Leaf, Mark, marks
"""
PATHS = ("branches/1", "branches/3", "trees/1", "trees/9", "trees", "forest", "held/1", "tried/2", "tried/9")
REQUESTS = [
    ("POST", "/branches", None), *(("GET", f"/{path}", None) for path in PATHS), ("DELETE", "/leaves/1", None),
    ("GET", "/branches/1", None),
]  # fmt: skip


def service(root: Path, body: str = BODY) -> Path:
    files = {name: str(code).replace("from app.models import Item\n", "") for name, code in app(body, IMPORTS).items()}
    return write_service(root, {**files, "app/models.py": MODELS})


def test_the_model_reads_on_the_session(tmp_path: Path) -> None:
    root = service(tmp_path)
    before = answers(root, REQUESTS)
    statuses = [status for status, _ in before["answers"]]
    assert statuses == [200, 200, 200, 200, 200, 200, 200, 200, 200, 404, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert (
        """
    # The whole of it.
    found = await db.get(Branch, key)
    await db.run_sync(lambda _: BranchOut.model_validate(found, from_attributes=True))
    return found  # or nothing
"""
        in text
    )
    assert (
        """
    branch = await db.get(Branch, key)
    if branch is not None:
        await db.run_sync(lambda _: Tree.model_validate(branch, from_attributes=True))
    return branch
"""
        in text
    )
    assert "[Tree.model_validate(item, from_attributes=True) for item in found]" in text
    assert "await db.run_sync(lambda _: Forest.model_validate(found, from_attributes=True))" in text
    assert "await branches.db.run_sync(" in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("except NoResultFound", "except Exception"),
        ("raise HTTPException(404)", "raise HTTPException(404)\n    finally:\n        db.rollback()"),
        ("app = FastAPI()\n", "def bad(request, error):\n    return JSONResponse({}, 418)\n\n\n"
         "app = FastAPI(exception_handlers={ValidationError: bad})\n"),
        ("app = FastAPI()\n", "from pydantic import ValidationError as Bad\n\napp = FastAPI()\n\n\n"
         "@app.exception_handler(Bad)\ndef bad(request, error):\n    return JSONResponse({}, 418)\n"),
        ("app = FastAPI()\n", "app = FastAPI()\n\n\n@app.exception_handler(ValidationError)\ndef bad(request, error):\n"
         "    return JSONResponse({}, 418)\n"),
    ],
)  # fmt: skip
def test_where_the_service_would_see_the_model_being_made_the_route_stays(tmp_path: Path, old: str, new: str) -> None:
    root = service(tmp_path)
    main = root / "app/main.py"
    assert old in main.read_text()
    main.write_text(
        "from fastapi.responses import JSONResponse\nfrom pydantic import ValidationError\n"
        + main.read_text().replace(old, new)
    )
    before = answers(root, REQUESTS)
    found = outcomes(converted(root))
    assert found["GET /tried/{key}"] == "left" and found["DELETE /leaves/{key}"] == "native"
    assert answers(root, REQUESTS) == before


SUM = """

class Sum(Out):
    total: int
"""
RESULTS = """
@app.get("/each", response_model=list[Sum])
def each(db: Session = Depends(get_db)):
    return db.scalars(select(Branch).order_by(Branch.id))


@app.get("/each/named", response_model=list[Sum])
def named(db: Session = Depends(get_db)):
    rows = db.scalars(
        select(Branch)
        .order_by(Branch.id.desc())
    )
    return rows


@app.get("/each/grown", response_model=list[Sum])
def grown(db: Session = Depends(get_db)):
    trees = []
    for key in (1, 2):
        trees.append(db.get(Branch, key))
    return trees
"""
ONCE = """
@app.get("/made", response_model=list[Sum])
def made(db: Session = Depends(get_db)):
    return (branch for branch in db.scalars(select(Branch).order_by(Branch.id)).all())


@app.get("/queried", response_model=list[Sum])
def queried(db: Session = Depends(get_db)):
    return db.query(Branch).order_by(Branch.id)


class Page(BaseModel):
    items: list[Sum]


@app.get("/paged", response_model=Page)
def paged(db: Session = Depends(get_db)):
    return {"items": db.scalars(select(Branch).order_by(Branch.id))}


def rows(db):
    yield from db.scalars(select(Branch).order_by(Branch.id))


@app.get("/given", response_model=list[Sum])
def given(db: Session = Depends(get_db)):
    return rows(db)


@app.get("/turned", response_model=list[Sum])
def turned(db: Session = Depends(get_db)):
    branches = db.scalars(select(Branch).order_by(Branch.id)).all()
    return reversed(branches)
"""


def test_a_result_that_is_read_once_is_a_list_before_the_model_reads_it(tmp_path: Path) -> None:
    root = service(tmp_path, BODY + SUM + RESULTS)
    (root / "app/main.py").write_text("from sqlalchemy import select\n" + (root / "app/main.py").read_text())
    requests = [REQUESTS[0], ("GET", "/each", None), ("GET", "/each/named", None), ("GET", "/each/grown", None)]
    before = answers(root, requests)
    assert len(before["answers"][1][1]) == len(before["answers"][2][1]) == 4
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    assert ").all()\n    await db.run_sync(" in text and "found = rows.all()\n    await db.run_sync(" in text
    assert text.count(".all()") == 2
    assert not converted(root).after


def test_what_can_be_gone_through_once_is_not_read_before_it_is_returned(tmp_path: Path) -> None:
    root = service(tmp_path, BODY + SUM + ONCE)
    (root / "app/main.py").write_text("from sqlalchemy import select\n" + (root / "app/main.py").read_text())
    paths = ("made", "queried", "paged", "given", "turned")
    requests = [REQUESTS[0], *(("GET", f"/{path}", None) for path in paths)]
    before = answers(root, requests)
    assert all(status == 200 for status, _ in before["answers"])
    found = outcomes(converted(root))
    assert {path: found[f"GET /{path}"] for path in paths} == dict.fromkeys(paths, "left")
    assert answers(root, requests) == before


SHARED = """
class MarkOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class LeafOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    marks: list[MarkOut]


def get_leaf(db: Session, key: int):
    return db.query(Leaf).filter(Leaf.id == key).first()


@app.post("/leaves")
def grow(db: Session = Depends(get_db)):
    db.add(Branch(leaves=[Leaf(marks=[Mark(name="a"), Mark(name="b")]), Leaf()]))
    db.commit()


@app.get("/leaves", response_model=LeafOut)
def read(db: Session = Depends(get_db)):
    return get_leaf(db, 1)


@app.get("/names")
def names(db: Session = Depends(get_db)):
    leaf = get_leaf(db, 1)
    return [mark.name for mark in leaf.marks]


@app.delete("/leaves")
def fall(db: Session = Depends(get_db)):
    leaf = get_leaf(db, 1)
    db.execute(STATEMENT)
    db.delete(leaf)
    db.commit()
    return db.query(Leaf).count()
"""


@pytest.mark.parametrize("code", ["marks.delete().where(marks.c.leaf_id == leaf.id)", "delete(marks)"])
def test_a_query_that_serves_others_loads_no_rows_that_they_delete(tmp_path: Path, code: str) -> None:
    """A flush deletes the rows that it knows of; those that a statement deleted before are no longer there."""
    root = service(tmp_path, SHARED.replace("STATEMENT", code))
    requests = [
        ("POST", "/leaves", None),
        ("GET", "/leaves", None),
        ("GET", "/names", None),
        ("DELETE", "/leaves", None),
    ]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200, 200, 200, 200]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before
    assert not converted(root).after
