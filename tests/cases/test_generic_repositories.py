"""Repositories whose class of objects is a class attribute, an argument, or what subclasses write in brackets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import DATABASE, answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(back_populates="item")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    label: Mapped[str]
    item: Mapped[Item] = relationship(back_populates="tags")


Base.metadata.create_all(engine)
"""
REPOSITORY = """
from typing import Generic, TypeVar, get_args

from sqlalchemy.orm import Session

from app.database import Base
from app.models import Item, Tag

T = TypeVar("T", bound=Base)


HEAD

    def all(self):
        return self.db.query(MODEL).order_by(MODEL.id).all()

    def get(self, id: int):
        return self.db.query(MODEL).filter(MODEL.id == id).first()

    def count(self) -> int:
        return self.db.query(MODEL).count()

    def found(self, **values: object):
        query = self.db.query(MODEL)
        for key, value in values.items():
            query = query.filter(getattr(MODEL, key) == value)
        return query.order_by(MODEL.id).all()


class Items(BASE[Item]):
    ITEMS


class Tags(BASE[Tag]):
    TAGS


class Special(Items):
    pass
"""
INIT = "    def __init__(self, db: Session):\n        self.db = db"
ASKED = "get_args(OWNER.__orig_bases__[0])[0]"
#: name -> the base class, how it calls what it selects, and the bodies of its subclasses.
KINDS = {
    "argument": (f"class Base_(Generic[T]):\n{INIT}\n        self._model = {ASKED}", "self._model", "pass", "pass"),
    "private": (f"class Base_(Generic[T]):\n{INIT}\n        self.__model = ({ASKED})", "self.__model", "pass", "pass"),
    "subclassed": (
        "class Base_(Generic[T]):\n    def __init_subclass__(cls) -> None:\n"
        "        if '__orig_bases__' in vars(cls):\n"
        f"            cls.model = {ASKED.replace('OWNER', 'cls')}\n\n{INIT}",
        "self.model", "pass", "pass",
    ),
    "attribute": (
        f"class Base_(Generic[T]):\n    model: type[T]\n\n{INIT}", "self.model", "model = Item", "model = Tag",
    ),
}  # fmt: skip
PLAIN = """
@app.post("/items")
def add(db: Session = Depends(get_db)) -> int:
    db.add(Item(name="a", tags=[Tag(label="l"), Tag(label="m")]))
    db.commit()
    return Items(db).count()


@app.get("/items")
def items(db: Session = Depends(get_db)):
    repository = Items(db)
    found = repository.get(1)
    return [repository.count(), [item.name for item in repository.all()], found.name if found else None]


@app.get("/tags")
def tags(db: Session = Depends(get_db)):
    return [[tag.label for tag in Tags(db).found(label="l")], Special(db).count()]
"""
LAZY = """
@app.get("/lazy")
def lazy(db: Session = Depends(get_db)):
    return [[tag.label for tag in item.tags] for item in Items(db).all()]


class TagOut(BaseModel):
    label: str


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    tags: list[TagOut]


@app.get("/shown", response_model=ItemOut)
def shown(db: Session = Depends(get_db)):
    return Items(db).get(1)
"""
REQUESTS = [("GET", "/items", None), ("POST", "/items", None), ("GET", "/items", None), ("GET", "/tags", None)]


def _service(root: Path, kind: str, routes: str) -> Path:
    head, model, items, tags = KINDS[kind]
    text = REPOSITORY.replace("HEAD", head).replace("OWNER", "self").replace("MODEL", model)
    text = text.replace("BASE", "Base_").replace("ITEMS", items).replace("TAGS", tags)
    imports = "from pydantic import BaseModel, ConfigDict\n\nfrom app.models import Tag\n"
    imports += "from app.repository import Items, Special, Tags"
    files = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/repository.py": text}
    return write_service(root, {**files, **app(routes, imports)}, basic=False)


@pytest.mark.parametrize("kind", KINDS)
def test_what_subclasses_select(tmp_path: Path, kind: str) -> None:
    root = _service(tmp_path, kind, PLAIN)
    before = answers(root, REQUESTS)
    assert [answer for _, answer in before["answers"]] == [[0, [], None], 1, [1, ["a"], "a"], [["l"], 1]]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize("kind", KINDS)
def test_lazy_loads_of_objects_of_unknown_class(tmp_path: Path, kind: str) -> None:
    root = _service(tmp_path, kind, PLAIN + LAZY)
    asked = [*REQUESTS, ("GET", "/lazy", None), ("GET", "/shown", None)]
    before = answers(root, asked)
    assert before["answers"][-1] == [200, {"name": "a", "tags": [{"label": "l"}, {"label": "m"}]}]
    found = outcomes(converted(root))
    assert found["GET /lazy"] == "native"
    is_eager = 'lazy="selectin"' in (root / "app/models.py").read_text()
    assert found["GET /shown"] == ("native" if is_eager else "left")
    assert answers(root, asked) == before


def test_a_type_argument_that_is_no_class_stays(tmp_path: Path) -> None:
    root = _service(tmp_path, "argument", PLAIN)
    path = root / "app/repository.py"
    path.write_text(path.read_text().replace("Base_[Tag]", 'Base_["Tag"]'))
    result = converted(root)
    assert outcomes(result)["GET /tags"] == "left"
    messages = [reason.message for item in result.plan.routes for reason in item.reasons]
    assert "what the query selects is not known" in messages


KEPT_CLASS = """
from typing import Generic, Type, TypeVar

from sqlalchemy.orm import Session

from app.database import Base
from app.models import Tag

Model = TypeVar("Model", bound=Base)


class Repository(Generic[Model]):
    def __init__(self, model: Type[Model]):
        self.model = model


class Tags(Repository[Tag]):
    def of(self, db: Session, name: str) -> list[Tag]:
        return db.query(self.model).filter(self.model.item_name == name, self.model.item.has()).all()


tags = Tags(Tag)
"""


def test_attributes_of_a_kept_class_load_nothing(tmp_path: Path) -> None:
    """`self.model.item` builds a condition: neither the mapping nor the query has to load anything for it."""
    proxied = 'label: Mapped[str]\n    item_name: AssociationProxy[str] = association_proxy("item", "name")'
    imported = "from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy\n"
    body = '@app.get("/tags")\ndef of(db: Session = Depends(get_db)):\n    return [tag.id for tag in tags.of(db, "a")]'
    files = {
        "app/database.py": DATABASE,
        "app/models.py": imported + MODELS.replace("label: Mapped[str]", proxied).lstrip(),
        "app/repository.py": KEPT_CLASS,
        **app(body, "from app.repository import tags"),
    }
    root = write_service(tmp_path / "service", files, basic=False)
    before = answers(root, [("GET", "/tags", None)])
    result = converted(root)
    assert outcomes(result) == {"GET /tags": "native"}
    assert "app/models.py" not in result.after
    assert "run_sync" not in result.after["app/repository.py"].decode()
    assert answers(root, [("GET", "/tags", None)]) == before
