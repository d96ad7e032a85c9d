"""Abstract repositories and units of work, with fakes of both in the tests: service, fakes and tests become async."""

from __future__ import annotations

from pathlib import Path

from ..fresh import run_suite  # noqa: TID252
from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    boxes: Mapped[list["Box"]] = relationship(order_by="Box.id")


class Box(Base):
    __tablename__ = "boxes"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))


Base.metadata.create_all(engine)
"""
WORK = """
import abc

from app.database import SessionLocal
from app.models import Shelf


class AbstractShelves(abc.ABC):
    def __init__(self):
        self.seen = []

    def add(self, shelf: Shelf) -> None:
        self._add(shelf)
        self.seen.append(shelf.name)

    def get(self, name: str) -> Shelf | None:
        shelf = self._get(name)
        if shelf is not None:
            self.seen.append(shelf.name)
        return shelf

    @abc.abstractmethod
    def _add(self, shelf: Shelf) -> None:
        raise NotImplementedError

    @abc.abstractmethod
    def _get(self, name: str) -> Shelf | None:
        raise NotImplementedError


class SqlShelves(AbstractShelves):
    def __init__(self, session):
        super().__init__()
        self.session = session

    def _add(self, shelf):
        self.session.add(shelf)

    def _get(self, name):
        return self.session.query(Shelf).filter_by(name=name).first()


class AbstractWork(abc.ABC):
    shelves: AbstractShelves

    def __enter__(self) -> "AbstractWork":
        return self

    def __exit__(self, *args) -> None:
        self.rollback()

    def commit(self) -> None:
        self._commit()

    @abc.abstractmethod
    def _commit(self) -> None:
        raise NotImplementedError

    @abc.abstractmethod
    def rollback(self) -> None:
        raise NotImplementedError


class SqlWork(AbstractWork):
    def __init__(self, factory=SessionLocal):
        self.factory = factory

    def __enter__(self):
        self.session = self.factory()
        self.shelves = SqlShelves(self.session)
        return super().__enter__()

    def __exit__(self, *args):
        super().__exit__(*args)
        self.session.close()

    def _commit(self):
        self.session.commit()

    def rollback(self):
        self.session.rollback()
"""
SERVICES = """
from app.models import Box, Shelf
from app.work import AbstractWork


class NoShelf(Exception):
    pass


def put_up(name: str, work: AbstractWork) -> None:
    with work:
        if work.shelves.get(name) is None:
            work.shelves.add(Shelf(name=name, boxes=[]))
        work.commit()


def fill(name: str, label: str, work: AbstractWork) -> int:
    with work:
        shelf = work.shelves.get(name)
        if shelf is None:
            raise NoShelf(name)
        shelf.boxes.append(Box(label=label))
        count = len(shelf.boxes)
        work.commit()
        return count


def labels(name: str, work: AbstractWork) -> list[str]:
    with work:
        shelf = work.shelves.get(name)
        if shelf is None:
            raise NoShelf(name)
        return [box.label for box in shelf.boxes]
"""
BODY = """
@app.post("/shelves/{name}")
def put_up(name: str):
    services.put_up(name, SqlWork())


@app.post("/shelves/{name}/{label}")
def fill(name: str, label: str):
    try:
        return services.fill(name, label, SqlWork())
    except services.NoShelf as error:
        raise HTTPException(404, str(error))


@app.get("/shelves/{name}")
def labels(name: str):
    try:
        return services.labels(name, SqlWork())
    except services.NoShelf as error:
        raise HTTPException(404, str(error))
"""
CHECKS = """
import pytest

from app import services
from app.models import Shelf
from app.work import AbstractShelves, AbstractWork


class FakeShelves(AbstractShelves):
    def __init__(self, shelves=()):
        super().__init__()
        self._shelves = list(shelves)

    def _add(self, shelf):
        self._shelves.append(shelf)

    def _get(self, name):
        return next((item for item in self._shelves if item.name == name), None)


class FakeWork(AbstractWork):
    def __init__(self, *shelves):
        self.shelves = FakeShelves(shelves)
        self.committed = 0

    def _commit(self):
        self.committed += 1

    def rollback(self):
        pass


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_put_up():
    work = FakeWork()
    services.put_up("a", work)
    services.put_up("a", work)
    assert work.committed == 2
    assert work.shelves.get("a") is not None
    assert len(work.shelves._shelves) == 1


def test_fill():
    work = FakeWork(Shelf(name="b", boxes=[]))
    assert services.fill("b", "x", work) == 1
    assert work.shelves.get("b").boxes[0].label == "x"


def test_unknown():
    with pytest.raises(services.NoShelf):
        services.labels("c", FakeWork())
"""
REQUESTS = [
    ("POST", "/shelves/a", None), ("POST", "/shelves/a", None), ("POST", "/shelves/a/x", None),
    ("POST", "/shelves/a/y", None), ("POST", "/shelves/b/x", None), ("GET", "/shelves/a", None),
    ("GET", "/shelves/b", None),
]  # fmt: skip


def test_fakes_of_units_of_work_are_entered_as_the_real_ones(tmp_path: Path) -> None:
    start = app(BODY, "from app import services\nfrom app.work import SqlWork")
    start = {name: text.replace("from app.models import Item\n", "") for name, text in start.items()}
    files = {"app/models.py": MODELS, "app/work.py": WORK, "app/services.py": SERVICES, "tests/test_work.py": CHECKS}
    root = write_service(tmp_path, {**start, **files})
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    work, checks = (root / "app/work.py").read_text(), (root / "tests/test_work.py").read_text()
    assert "async def __aenter__(self)" in work and "    def add(self, shelf: Shelf) -> None:" in work
    assert '(await work.shelves.get("b")).boxes[0].label' in checks
    assert "    async def _get(self, name):" in checks and "    def _add(self, shelf):" in checks
    done = run_suite(root, "-q", "tests")
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert not converted(root).after
