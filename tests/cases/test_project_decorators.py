"""Decorators of the project around routes, services and repositories: they move with what is below them, or get a
twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, write_service  # noqa: TID252

DECORATORS = """
import logging
from functools import wraps
from time import perf_counter, sleep

from fastapi import HTTPException
from sqlalchemy.exc import IntegrityError

from app.database import SessionLocal

logger = logging.getLogger(__name__)
seen: list[str] = []


def timed(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        start = perf_counter()
        try:
            return f(*args, **kwargs)
        finally:
            seen.append(f.__name__)
            logger.debug("%s took %s", f.__name__, perf_counter() - start)

    return wrapper


def handles_errors(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        try:
            return f(*args, **kwargs)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error

    return wrapper


def provides_session(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        with SessionLocal() as session:
            kwargs["db"] = session
            return f(*args, **kwargs)

    return wrapper


def transactional(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        db = kwargs["db"]
        try:
            result = f(*args, **kwargs)
            db.commit()
            return result
        except IntegrityError:
            db.rollback()
            raise HTTPException(409, "taken")

    return wrapper


def retry(times: int = 3, error: type[Exception] = ValueError):
    def decorator(f):
        @wraps(f)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return f(*args, **kwargs)
                except error:
                    seen.append(f"attempt {attempt}")
                    if attempt == times - 1:
                        raise
                    sleep(0.001)

        return wrapper

    return decorator


def in_transaction(method):
    @wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            given = method(self, *args, **kwargs)
        except Exception:
            self.db.rollback()
            raise
        self.db.commit()
        return given

    return wrapper
"""
SERVICE = """
from fastapi import HTTPException
from sqlalchemy.orm import Session

from app.decorators import handles_errors, in_transaction, provides_session, retry, timed, transactional
from app.models import Item


@timed
def count(db: Session) -> int:
    return db.query(Item).count()


@handles_errors
@timed
def price(db: Session, name: str) -> int:
    item = db.query(Item).filter(Item.name == name).first()
    if item is None:
        raise ValueError(f"no {name}")
    return item.price


@provides_session
def names(prefix: str, db: Session = None) -> list[str]:
    return [item.name for item in db.query(Item).filter(Item.name.startswith(prefix)).order_by(Item.id).all()]


@transactional
def create(name: str, *, db: Session) -> dict:
    item = Item(name=name, price=len(name))
    db.add(item)
    db.flush()
    return {"id": item.id, "name": item.name}


@retry(times=2)
def flaky(db: Session, name: str) -> int:
    found = db.query(Item).filter(Item.name == name).count()
    if not found:
        raise ValueError(name)
    return found


class Items:
    def __init__(self, db: Session):
        self.db = db

    @in_transaction
    def rename(self, old: str, new: str) -> int:
        changed = self.db.query(Item).filter(Item.name == old).update({"name": new})
        if not changed:
            raise HTTPException(404, old)
        return changed
"""
MAIN = app(
    """
@app.get("/count")
def counted(db: Session = Depends(get_db)):
    return [service.count(db), seen]


@app.get("/price/{name}")
@timed
def get_price(name: str, db: Session = Depends(get_db)) -> int:
    return service.price(db, name)


@app.get("/names")
def get_names():
    return service.names("a")


@app.post("/items/{name}")
def create(name: str, db: Session = Depends(get_db)):
    return service.create(name, db=db)


@app.get("/flaky/{name}")
@handles_errors
def flaky(name: str, db: Session = Depends(get_db)) -> int:
    return service.flaky(db, name)


@app.put("/items/{old}/{new}")
def rename(old: str, new: str, db: Session = Depends(get_db)) -> int:
    return service.Items(db).rename(old, new)
""",
    "from app import service\nfrom app.decorators import handles_errors, seen, timed",
)
ASKED = [
    ("POST", "/items/ann", None), ("POST", "/items/abe", None), ("POST", "/items/ann", None), ("GET", "/count", None),
    ("GET", "/price/ann", None), ("GET", "/price/zoe", None), ("GET", "/names", None), ("GET", "/flaky/ann", None),
    ("GET", "/flaky/zoe", None), ("PUT", "/items/ann/art", None), ("PUT", "/items/ann/art", None),
    ("GET", "/names", None), ("GET", "/count", None),
]  # fmt: skip
FILES = {"app/decorators.py": DECORATORS, "app/service.py": SERVICE, **MAIN}


def test_decorators_move_with_all_that_is_below_them(tmp_path: Path) -> None:
    root = write_service(tmp_path, FILES)
    before = answers(root, ASKED)
    assert [status for status, _ in before["answers"]] == [
        200,
        200,
        409,
        200,
        200,
        400,
        200,
        200,
        400,
        200,
        404,
        200,
        200,
    ]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, ASKED) == before
    text = (root / "app/decorators.py").read_text()
    assert "\n    def wrapper" not in text and text.count("await f(*args, **kwargs)") == 5
    assert "await db.commit()" in text and "await self.db.rollback()" in text and "async with " in text


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    root = write_service(tmp_path, FILES)
    converted(root)
    assert not converted(root).after


BOTH = {**FILES, "app/script.py": """
from app.database import SessionLocal
from app.service import count

if __name__ == "__main__":
    with SessionLocal() as db:
        print(count(db))
""", "app/pure.py": """
from app.decorators import timed


@timed
def double(number: int) -> int:
    return 2 * number


TABLE = sorted([3, 1, 2], key=double)
"""}  # fmt: skip


def test_a_decorator_on_both_colours_gets_a_twin(tmp_path: Path) -> None:
    root = write_service(tmp_path, BOTH)
    before = answers(root, ASKED)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, ASKED) == before
    decorators = (root / "app/decorators.py").read_text()
    assert DECORATORS.partition("def timed")[2].partition("def handles")[0] in decorators
    assert "\n\ndef timed_async(f):\n    @wraps(f)\n    async def wrapper(*args, **kwargs):\n" in decorators
    service = (root / "app/service.py").read_text()
    assert "@timed\ndef count(db: Session)" in service
    assert "@handles_errors\n@timed_async\nasync def price(" in service
    assert (root / "app/pure.py").read_text() == BOTH["app/pure.py"].lstrip("\n")
    assert not converted(root).after


TYPED = """
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def traced(f: Callable[P, R]) -> Callable[P, R]:
    @wraps(f)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return f(*args, **kwargs)

    return wrapper


def named(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorator(f: Callable[P, R]) -> Callable[P, R]:
        @wraps(f)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            print(name)
            return f(*args, **kwargs)

        return wrapper

    return decorator
"""
USING = app(
    """
@traced
@named("count")
def count(db: Session) -> int:
    return db.query(Item).count()


@app.get("/count")
def counted(db: Session = Depends(get_db)) -> int:
    return count(db)
""",
    "from app.typed import named, traced",
)


def test_annotations_of_decorators_say_what_is_awaited(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/typed.py": TYPED, **USING})
    before = answers(root, [("GET", "/count", None)])
    assert outcomes(converted(root)) == {"GET /count": "native"}
    assert answers(root, [("GET", "/count", None)]) == before
    text = (root / "app/typed.py").read_text()
    assert "def traced(f: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:" in text
    assert "Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]" in text


STAYING = """
from functools import partial, wraps
from threading import Lock

from sqlalchemy.orm import Session

from app.models import Item

known = {}
lock = Lock()


def decorated(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        BODY

    return wrapper


@decorated
def work(db: Session, item: Item | None = None):
    return RESULT
"""
BODIES = {
    "keeps": ("known[f.__name__] = f\n        return f(*args, **kwargs)", "db.query(Item).count()"),
    "passes_on": ("return partial(f, *args)(**kwargs)", "db.query(Item).count()"),
    "in_a_lambda": ("return (lambda: f(*args, **kwargs))()", "db.query(Item).count()"),
    "holds_a_lock": ("with lock:\n            return f(*args, **kwargs)", "db.query(Item).count()"),
    "reads_the_result": (
        "result = f(*args, **kwargs)\n        print(result)\n        return result",
        "db.query(Item).all()",
    ),
    "reads_arguments": ("print(args)\n        return f(*args, **kwargs)", "db.query(Item).count()"),
    "tells_sessions": (
        "found = [a for a in args if isinstance(a, Session)]\n        assert found\n        return f(*args, **kwargs)",
        "db.query(Item).count()",
    ),
    "commits_what_it_gives": (
        "db: Session = args[0]\n        result = f(*args, **kwargs)\n        db.commit()\n        return result",
        "db.query(Item).first()",
    ),
    "unknown": ("elsewhere(f)\n        return f(*args, **kwargs)", "db.query(Item).count()"),
}  # fmt: skip
STAYS = app(
    """
@app.get("/work")
def working(db: Session = Depends(get_db)) -> str:
    return str(work(db))
""",
    "from app.staying import work",
)


@pytest.mark.parametrize("name", BODIES)
def test_what_is_not_followed_stays(tmp_path: Path, name: str) -> None:
    body, result = BODIES[name]
    text = STAYING.replace("BODY", body).replace("RESULT", result)
    root = write_service(tmp_path, {"app/staying.py": text, **STAYS})
    asked = [("GET", "/work", None)]
    before = answers(root, asked) if name != "unknown" else {}
    found = converted(root)
    text = (root / "app/staying.py").read_text()
    assert "async def" not in text
    if before:
        assert answers(root, asked) == before
    said = [*found.plan.routes, *found.plan.functions]
    messages = [reason.message for item in said for reason in item.reasons]
    assert any("@decorated" in message or "lock" in message for message in messages)


OBJECTS = """
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.database import get_db
from app.decorators import in_transaction, timed, transactional
from app.models import Item, Tag

app = FastAPI()


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    label: str


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    tags: list[TagOut]


@timed
def get_item(db: Session, id: int):
    return db.query(Item).filter(Item.id == id).first()


@transactional
def create(name: str, *, db: Session):
    item = Item(name=name, tags=[Tag(label="l")])
    db.add(item)
    return item


@app.get("/labels")
def labels(db: Session = Depends(get_db)):
    return [tag.label for tag in get_item(db, 1).tags]


@app.get("/item", response_model=ItemOut)
@timed
def shown(db: Session = Depends(get_db)):
    return get_item(db, 1)


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    return create(name, db=db).id
"""


def test_objects_that_go_through_decorators(tmp_path: Path) -> None:
    models = MODELS.replace("class Tag", '    tags: Mapped[list["Tag"]] = relationship()\n\n\nclass Tag')
    models = models.replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship")
    root = write_service(tmp_path, {"app/decorators.py": DECORATORS, "app/models.py": models, "app/main.py": OBJECTS})
    asked = [("POST", "/items/a", None), ("GET", "/labels", None), ("GET", "/item", None)]
    before = answers(root, asked)
    assert [answer for _, answer in before["answers"]] == [1, ["l"], {"name": "a", "tags": [{"label": "l"}]}]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert "@transactional\ndef create(" in text and "run_sync(lambda sync_session: create(" in text
    assert "@timed\nasync def get_item(" in text and "selectinload(Item.tags)" in text


CHOOSING = """
from functools import wraps


def counted(func):
    @wraps(func)
    def wrapper(*args, **kwargs):
        result = func(*args, **kwargs)
        chosen = result if result else None
        return len(chosen.tags) if chosen is not None else 0

    return wrapper
"""
CHOSEN = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.choosing import counted
from app.database import get_db
from app.models import Item, Tag

app = FastAPI()


@counted
def get_item(db: Session, id: int):
    return db.query(Item).filter(Item.id == id).first()


@app.post("/items")
def add(db: Session = Depends(get_db)):
    db.add(Item(id=1, name="a", tags=[Tag(label="l")]))
    db.commit()


@app.get("/count")
def count(db: Session = Depends(get_db)):
    return get_item(db, 1)
"""


def test_a_choice_between_results_reads_them(tmp_path: Path) -> None:
    models = MODELS.replace("class Tag", '    tags: Mapped[list["Tag"]] = relationship()\n\n\nclass Tag')
    models = models.replace("import Mapped, mapped_column", "import Mapped, mapped_column, relationship")
    root = write_service(tmp_path, {"app/choosing.py": CHOOSING, "app/models.py": models, "app/main.py": CHOSEN})
    asked = [("POST", "/items", None), ("GET", "/count", None)]
    before = answers(root, asked)
    assert before["answers"][1] == [200, 1]
    converted(root)
    assert answers(root, asked) == before
    assert "async def" not in (root / "app/choosing.py").read_text()
