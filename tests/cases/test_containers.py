"""Containers of providers: what a provider makes is followed, and the session that is put into one goes on with it."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

CONTAINER = """
from dependency_injector import containers, providers
from sqlalchemy.orm import Session

from app.items import Items, Service


class Container(containers.DeclarativeContainer):
    db = providers.Dependency(instance_of=Session)
    items = providers.Factory(Items, db=db)
    service = providers.Factory(Service, items=items)


container = Container()
"""
ITEMS = """
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Item

logger = structlog.get_logger(__name__)


class Store(Protocol):
    def find(self, name: str) -> Item | None: ...

    def add(self, name: str) -> Item: ...

    def drop(self, name: str) -> None: ...


class Items:
    def __init__(self, db: Session) -> None:
        self.db = db

    def find(self, name: str) -> Item | None:
        return self.db.execute(select(Item).where(Item.name == name)).scalar_one_or_none()

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        return item

    def drop(self, name: str) -> None:
        item = self.find(name)
        if item is not None:
            self.db.delete(item)
            self.db.commit()


class Service:
    def __init__(self, items: Store) -> None:
        self.items = items

    def ensure(self, name: str) -> int:
        found = self.items.find(name)
        logger.bind(name=name).info("looked up", found=found is not None)
        return (found or self.items.add(name)).id

    def forget(self, name: str) -> None:
        self.items.drop(name)
"""
MAIN = """
from collections.abc import Callable
from typing import Annotated, TypeVar

from dependency_injector.providers import Provider
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app.container import container
from app.database import get_db
from app.items import Service

T = TypeVar("T")
Database = Annotated[Session, Depends(get_db)]
app = FastAPI()


def inject(provider: Provider[T]) -> Callable[[Database], T]:
    def dependency(db: Database) -> T:
        try:
            container.db.override(db)
            return provider()
        finally:
            container.db.reset_override()

    return dependency


@app.post("/items/{name}")
def ensure(name: str, service: Service = Depends(inject(container.service))) -> int:
    return service.ensure(name)


@app.get("/mine/{name}")
def mine(name: str, db: Database) -> int:
    container.db.override(db)
    service = container.service()
    container.db.reset_override()
    return service.ensure(name)
"""
FILES = {"app/container.py": CONTAINER, "app/items.py": ITEMS, "app/main.py": MAIN}
REQUESTS = [
    ("POST", "/items/a", None),
    ("POST", "/items/b", None),
    ("POST", "/items/a", None),
    ("GET", "/mine/c", None),
]


def test_a_session_that_is_put_into_a_container_goes_on_with_it(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", FILES)
    before = answers(root, REQUESTS)
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"POST /items/{name}": "native", "GET /mine/{name}": "native"}
    after = answers(root, REQUESTS)
    assert after == before
    assert [body for _, body in after["answers"]] == [1, 2, 1, 3]
    text = (root / "app/container.py").read_text()
    assert "Dependency(instance_of=AsyncSession)" in text
    # What nothing calls moves too: its object has an async session now.
    assert "async def forget" in (root / "app/items.py").read_text()


def test_a_session_that_the_container_makes_keeps_its_objects_sync(tmp_path: Path) -> None:
    own = CONTAINER.replace("from app.items", "from app.database import SessionLocal\nfrom app.items").replace(
        "providers.Dependency(instance_of=Session)", "providers.Singleton(SessionLocal)"
    )
    main = MAIN.replace("            container.db.override(db)\n", "").replace("    container.db.override(db)\n", "")
    root = write_service(tmp_path / "service", {**FILES, "app/container.py": own, "app/main.py": main})
    result = converted(root, python=Path(sys.executable))
    assert "async def find" not in (root / "app/items.py").read_text()
    assert "native" not in outcomes(result).values() or b"to_thread" in b"".join(result.after.values())


def test_a_method_that_something_may_call_by_name_is_not_idle(tmp_path: Path) -> None:
    main = MAIN + '\n\nNAMES = ["forget"]\n'
    root = write_service(tmp_path / "service", {**FILES, "app/main.py": main})
    converted(root, python=Path(sys.executable))
    assert "async def forget" not in (root / "app/items.py").read_text()


LABELS = """

class Labels:
    def __init__(self, db: Session) -> None:
        self.db = db

    def of(self, name: str) -> list[str]:
        return list(self.db.scalars(select(Item.name).where(Item.name == name)))
"""
LABELLED = """

@app.get("/labels/{name}")
def labels(name: str, labels: Labels = Depends(inject(container.labels))) -> list[str]:
    return labels.of(name)


def show() -> None:
    with SessionLocal() as db:
        print(Labels(db).of("a"))


if __name__ == "__main__":
    show()
"""


def test_a_container_whose_objects_stay_sync_after_all_is_left_alone(tmp_path: Path) -> None:
    """Some of its objects could have an async session, another is made with a sync one elsewhere, too."""
    container = CONTAINER.replace("import Items", "import Items, Labels")
    container = container.replace("\n\n\ncontainer", "\n    labels = providers.Factory(Labels, db=db)\n\n\ncontainer")
    main = MAIN.replace("import Service", "import Labels, Service").replace(
        "import get_db", "import SessionLocal, get_db"
    )
    files = {
        "app/container.py": container,
        "app/items.py": ITEMS + LABELS,
        "app/main.py": main + LABELLED,
    }
    root = write_service(tmp_path / "service", files)
    result = converted(root, python=Path(sys.executable))
    assert set(outcomes(result).values()) == {"left"}
    assert result.after == {}
