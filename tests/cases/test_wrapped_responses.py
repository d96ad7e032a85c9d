"""Objects that a route returns inside something else (`Page(data=found)`): the response model reads them there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Branch(Base):
    __tablename__ = "branches"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    leaves: Mapped[list["Leaf"]] = relationship(order_by="Leaf.id")
    children: Mapped[list["Branch"]] = relationship(order_by="Branch.id")

    @property
    def total(self):
        return 1 + sum(child.total for child in self.children)


class Leaf(Base):
    __tablename__ = "leaves"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str]


Base.metadata.create_all(engine)
"""
HEAD = """
T = TypeVar("T")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int


class LeafOut(Out):
    name: str


class BranchOut(Out):
    leaves: list[LeafOut]


class Page(BaseModel, Generic[T]):
    data: list[T]
    total: int = 0


class One(BaseModel, Generic[T]):
    data: T


class Branches(Page[BranchOut]):
    pass


class Anything(BaseModel):
    data: Any


class Strict(BaseModel):
    data: BranchOut


@dataclass
class Pair:
    data: Any
    total: int


@app.post("/branches")
def grow(db: Session = Depends(get_db)):
    db.add_all([Branch(leaves=[Leaf(name="a"), Leaf(name="b")]), Branch()])
    db.commit()
"""
ROUTES = {
    "made": """
@app.get("/made", response_model=Page[BranchOut])
def made(db: Session = Depends(get_db)):
    found = db.scalars(select(Branch).order_by(Branch.id)).all()
    return Page(data=list(found), total=len(found))
""",
    "one": """
@app.get("/one")
def one(db: Session = Depends(get_db)) -> One[BranchOut]:
    return One(data=db.scalars(select(Branch).order_by(Branch.id).limit(1)).one())
""",
    "subscript": """
@app.get("/subscript", response_model=Page[BranchOut])
def subscript(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return Page[BranchOut](data=found, total=len(found))
""",
    "dictionary": """
@app.get("/dictionary", response_model=Page[BranchOut])
def dictionary(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return {"data": found, "total": len(found)}
""",
    "derived": """
@app.get("/derived", response_model=Branches)
def derived(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return {"data": found, "total": len(found)}
""",
    "named": """
@app.get("/named", response_model=Page[BranchOut])
def named(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    page = Page(data=found)
    return page
""",
    "kept": """
@app.get("/kept", response_model=Page[BranchOut])
def kept(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    page = {"data": found}
    return page
""",
    "other": """
@app.get("/other", response_model=Strict)
def other(db: Session = Depends(get_db)):
    return Anything(data=db.get(Branch, 1))
""",
    "plain": """
@app.get("/plain", response_model=Page[BranchOut])
def plain(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return Pair(found, len(found))
""",
    "called": """
def paged(found, total):
    return Page(data=found, total=total)


class Service:
    def __init__(self, db: Session):
        self.db = db

    def page(self):
        found = self.db.query(Branch).order_by(Branch.id).all()
        return Page(data=found, total=len(found))


@app.get("/called", response_model=Page[BranchOut])
def called(db: Session = Depends(get_db)):
    return Service(db).page()
""",
}
ROUTES |= {
    "nested": """
@app.get("/nested", response_model=One[Page[BranchOut]])
def nested(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return One(data=Page(data=found))
""",
    "rows": """
@app.get("/rows", response_model=list[One[BranchOut]])
def rows(db: Session = Depends(get_db)):
    return [One(data=branch) for branch in db.query(Branch).order_by(Branch.id).all()]
""",
    "filled": """
@app.get("/filled", response_model=Page[BranchOut])
def filled(db: Session = Depends(get_db)):
    page = {}
    page["data"] = db.query(Branch).order_by(Branch.id).all()
    return page
""",
    "spread": """
@app.get("/spread", response_model=Page[BranchOut])
def spread(db: Session = Depends(get_db)):
    counts = {"total": 2}
    return Page(**counts, data=db.query(Branch).order_by(Branch.id).all())
""",
    "keyed": """
@app.get("/keyed", response_model=dict[str, BranchOut])
def keyed(db: Session = Depends(get_db)):
    return {"first": db.query(Branch).order_by(Branch.id).first()}
""",
    "validated": """
@app.get("/validated", response_model=Page[BranchOut])
def validated(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return Page[BranchOut].model_validate({"data": found})
""",
}
IMPORTS = """
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from app.models import Branch, Leaf
"""


def service(root: Path, body: str) -> Path:
    files = {name: str(code).replace("from app.models import Item\n", "") for name, code in app(body, IMPORTS).items()}
    return write_service(root, {**files, "app/models.py": MODELS})


@pytest.mark.parametrize("name", ROUTES)
def test_what_is_inside_is_loaded_for_the_response_model(tmp_path: Path, name: str) -> None:
    root = service(tmp_path, HEAD + ROUTES[name])
    requests = [("POST", "/branches", None), ("GET", f"/{name}", None)]
    before = answers(root, requests)
    assert before["answers"][1][0] == 200 and "'name': 'b'" in str(before["answers"][1][1])
    assert outcomes(converted(root))[f"GET /{name}"] == "native"
    written = (root / "app/main.py").read_text() + (root / "app/models.py").read_text()
    assert "selectinload(Branch.leaves)" in written or 'lazy="selectin"' in written
    assert answers(root, requests) == before
    assert not converted(root).after


COMPUTED = """
class Kept(BaseModel):
    model_config = ConfigDict(from_attributes=True, arbitrary_types_allowed=True)
    children: list[Branch] = Field(exclude=True)

    @computed_field
    @property
    def names(self) -> list[str]:
        return [leaf.name for child in self.children for leaf in child.leaves]

    @computed_field
    @property
    def below(self) -> list[BranchOut]:
        return [BranchOut.model_validate(child) for child in self.children]


@app.post("/trees")
def plant(db: Session = Depends(get_db)):
    db.add(Branch(children=[Branch(leaves=[Leaf(name="a")]), Branch()]))
    db.commit()


@app.get("/kept", response_model=Page[Kept])
def kept(db: Session = Depends(get_db)):
    return Page(data=db.query(Branch).order_by(Branch.id).all())


@app.get("/kept/{key}", response_model=Kept)
def one_kept(key: int, db: Session = Depends(get_db)):
    return db.query(Branch).filter(Branch.id == key).first()
"""


def test_what_computed_fields_read_of_mapped_objects_is_loaded(tmp_path: Path) -> None:
    root = service(tmp_path, HEAD + COMPUTED)
    main = root / "app/main.py"
    main.write_text(main.read_text().replace("BaseModel, ConfigDict", "BaseModel, ConfigDict, Field, computed_field"))
    requests = [("POST", "/trees", None), ("GET", "/kept", None), ("GET", "/kept/1", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * 3 and before["answers"][2][1]["names"] == ["a"]
    converted(root)
    assert answers(root, requests) == before
    assert "async def one_kept" in main.read_text()
    assert not converted(root).after
