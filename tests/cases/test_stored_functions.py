"""Calls of what parameters and fields hold: known where everything that is put there is known; it stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from app.models import Item, Tag


def prefixed(name: str) -> str:
    return "the " + name


def suffixed(name: str) -> str:
    return name + "!"


def count_items(db: Session, least: int) -> int:
    return db.query(Item).filter(Item.price >= least).count()


def count_tags(db: Session, least: int) -> int:
    return db.query(Tag).count() + least


def slow_count(db: Session, least: int) -> int:
    time.sleep(0.01)
    return db.query(Item).count()


def counted(db: Session, least: int, *, count_fn, shape: Callable[[str], str] = prefixed) -> list:
    return [shape("count"), count_fn(db, least)]


def relayed(db: Session, count_fn: Callable[[Session, int], int], build: Callable[[str], str]) -> list:
    return counted(db, 1, count_fn=count_fn, shape=build)


@app.get("/items")
def by_items(db: Session = Depends(get_db)):
    return counted(db, 5, count_fn=count_items)


@app.get("/tags")
def by_tags(loud: bool = False, db: Session = Depends(get_db)):
    return relayed(db, count_tags, suffixed if loud else lambda name: name.upper())


@app.get("/direct")
def direct(db: Session = Depends(get_db)):
    return [count_items(db, 0), count_tags(db, 0)]


def put_slow(db: Session, count_fn):
    return [db.query(Item).count(), count_fn(db, 0)]


@app.get("/slow")
def slowly(db: Session = Depends(get_db)):
    return put_slow(db, slow_count)


def put_any(db: Session, count_fn):
    return [db.query(Item).count(), count_fn(db, 0)]


@app.get("/computed")
def computed(name: str = "items", db: Session = Depends(get_db)):
    return put_any(db, globals()["count_" + name])


def passed_on(db: Session, count_fn):
    return [db.query(Item).count(), count_fn(db, 0)]


LATER = [passed_on]


@app.get("/passed-on")
def passing(db: Session = Depends(get_db)):
    return passed_on(db, count_items)


@dataclass(frozen=True)
class Rule:
    key: str
    url: Callable[[Item], str]
    check: Callable[[Session, Item], Iterable[str]]


class Link:
    url = ""


def item_url(item: Item) -> str:
    return f"/items/{item.id}"


def check_tags(db: Session, item: Item) -> Iterator[str]:
    for tag in db.query(Tag).filter(Tag.item_id == item.id).order_by(Tag.id):
        yield tag.label


def check_price(db: Session, item: Item) -> list[str]:
    dear = db.execute(select(Item.name).where(Item.price > item.price).order_by(Item.name)).scalars()
    return [f"less than {name}" for name in dear]


RULES = (
    Rule(key="tags", url=item_url, check=check_tags),
    Rule("price", item_url, check_price),
)


def judge(db: Session, item: Item) -> list[str]:
    found = []
    link = Link()
    for rule in RULES:
        link.url = rule.url(item)
        for text in rule.check(db, item):
            found.append(f"{link.url}: {text}")
    return found


@app.get("/judged")
def judged(db: Session = Depends(get_db)):
    return [text for item in db.query(Item).order_by(Item.id).all() for text in judge(db, item)]


class Step(NamedTuple):
    run: Callable[[Session, int], int]


@app.get("/steps")
def steps(db: Session = Depends(get_db)):
    step = Step(run=count_items)
    return {"found": step.run(db, 0)}


@dataclass
class Changing:
    run: Callable[[Session, int], int]


@app.get("/changing")
def changing(db: Session = Depends(get_db)):
    step = Changing(run=count_items)
    step.run = globals()["count_tags"]
    return {"found": step.run(db, 0)}
"""
BUILT = """
from typing import Any

from sqlalchemy import Select, func, select

from app.models import Item, Tag


def of_item(target: Any, item_id: int) -> Select[Any]:
    model = target if isinstance(target, type) else target.class_
    return select(target).where(model.item_id == item_id)


def narrowed(stmt: Any, label: str | None) -> Any:
    if label is None:
        return stmt
    stmt = stmt.where(Tag.label == label)
    return stmt


def has_any(db: Any, *, column: Any) -> bool:
    model = column.class_
    q = select(model.id).where(column.is_not(None)).where(column != "")
    q = q.where(model.id > 0)
    return db.execute(q.limit(1)).first() is not None


@app.get("/scoped")
def scoped(db: Session = Depends(get_db)):
    return list(db.execute(of_item(Tag.label, 1).order_by(Tag.id)).scalars())


@app.get("/narrowed")
def narrow(label: str | None = None, db: Session = Depends(get_db)):
    stmt = select(Tag).where(Tag.item_id == 1)
    stmt = narrowed(stmt, label)
    stmt = stmt.order_by(Tag.id).limit(5)
    return [tag.label for tag in db.execute(stmt).scalars()]


@app.get("/any")
def anything(db: Session = Depends(get_db)):
    return [has_any(db, column=Item.name), has_any(db, column=Tag.label)]


@app.delete("/tags")
def emptied(db: Session = Depends(get_db)):
    gone = db.execute(Tag.__table__.delete().where(Tag.item_id == 2)).rowcount
    db.commit()
    return {"gone": gone}


def labels(db: Session, item_id: int):
    yield "label"
    for tag in db.query(Tag).filter(Tag.item_id == item_id).order_by(Tag.id):
        yield tag.label


@app.get("/read")
def read(db: Session = Depends(get_db)):
    rows = list(labels(db, 1))
    return {"rows": rows, "count": len(tuple(labels(db, item_id=2)))}


@app.get("/first")
def first(db: Session = Depends(get_db)):
    return {"first": next(iter(labels(db, 1))), "items": db.query(Item).count()}


def rest(db: Session, model: Any, stmt: Any):
    return [row.id for row in db.execute(stmt.filter_by(id=1)).scalars()]


class Own:
    def filter_by(self, **values):
        return select(Item).filter_by(**values)


@app.get("/own")
def own(db: Session = Depends(get_db)):
    return rest(db, Item, Own()) if db.query(Item).count() else rest(db, Item, select(Item))
"""
SEED = """

@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    db.add_all([Item(id=1, name="pen", price=3), Item(id=2, name="ink", price=9)])
    db.add_all([Tag(id=1, item_id=1, label="blue"), Tag(id=2, item_id=1, label="old")])
    db.add(Tag(id=3, item_id=2, label="wet"))
    db.commit()
    return {}
"""


def test_functions_in_parameters_and_fields(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAIN + SEED))
    paths = ["/items", "/tags", "/tags?loud=1", "/direct", "/slow", "/computed", "/passed-on", "/judged", "/steps"]
    requests = [("POST", "/seed", None), *[("GET", path, None) for path in [*paths, "/changing"]]]
    before = answers(root, requests)
    assert outcomes(converted(root)) == {
        "POST /seed": "native",
        "GET /items": "native",
        "GET /tags": "native",
        "GET /direct": "native",
        "GET /slow": "left",
        "GET /computed": "left",
        "GET /passed-on": "left",
        "GET /judged": "native",
        "GET /steps": "native",
        "GET /changing": "left",
    }
    assert answers(root, requests) == before


def test_statements_without_a_type_and_generators_that_are_read_whole(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BUILT + SEED))
    paths = ["/scoped", "/narrowed", "/narrowed?label=old", "/any", "/read", "/first", "/own"]
    requests = [("POST", "/seed", None), *[("GET", path, None) for path in paths], ("DELETE", "/tags", None)]
    before = answers(root, requests)
    assert outcomes(converted(root)) == {
        "POST /seed": "native",
        "GET /scoped": "native",
        "GET /narrowed": "native",
        "GET /any": "native",
        "DELETE /tags": "native",
        "GET /read": "native",
        "GET /first": "left",
        "GET /own": "left",
    }
    assert answers(root, requests) == before


TYPED = """
from collections.abc import Callable

from app.models import Item, Tag


def bounded(db: Session, item: Item, bounds: dict[str, object]) -> list:
    return [db.query(Item).filter(Item.price < item.price).count(), sorted(bounds)]


RUN: dict[str, Callable[..., list]] = {"bounded": bounded}


@app.get("/bounded")
def by_bounds(db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.id == 2).first()
    return [*bounded(db, item, {"low": 1, "unit": "kg"}), *RUN["bounded"](db, item, {})]


@app.get("/typed")
def typed(db: Session = Depends(get_db)):
    item = db.query(Item).filter(Item.id == 2).first()
    bounds: dict[str, object] = {}
    return RUN["bounded"](db, item, bounds)
"""


def test_the_types_of_arguments_are_told_by_the_function_that_is_called(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(TYPED + SEED))
    requests = [("POST", "/seed", None), ("GET", "/bounded", None), ("GET", "/typed", None)]
    before = answers(root, requests)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before


LOADING = """
@dataclass
class Rule:
    check: Callable


def labels(item):
    return [tag.label for tag in item.tags]


RULE = Rule({value})


@app.get("/labels")
def read(db: Session = Depends(get_db)):
    rule = RULE
    return [rule.check(item) for item in db.query(Item).all()]


@app.post("/items/{{name}}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name, tags=[Tag(label=name * 2)]))
    db.commit()
"""


@pytest.mark.parametrize("value", ["labels", "lambda item: [tag.label for tag in item.tags]"])
def test_what_a_stored_function_reads_is_loaded_or_it_stays(tmp_path: Path, value: str) -> None:
    models = MODELS.replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship").replace(
        "    price: Mapped", '    tags: Mapped[list["Tag"]] = relationship("Tag")\n    price: Mapped'
    )
    imports = (
        "from collections.abc import Callable\nfrom dataclasses import dataclass\nfrom app.models import Item, Tag"
    )
    files = app(LOADING.format(value=value), imports) | {"app/models.py": models}
    root = write_service(tmp_path, files)
    requests = [("POST", "/items/a", None), ("GET", "/labels", None)]
    before = answers(root, requests)
    assert before["answers"][1] == [200, [["aa"]]]
    assert outcomes(converted(root))["POST /items/{name}"] == "native"
    assert answers(root, requests) == before
