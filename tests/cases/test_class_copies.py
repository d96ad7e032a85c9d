"""Classes that hold a session, converted router by router: each step is exact, and the last leaves no copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, contents, converted, outcomes, route, rules, write_service  # noqa: TID252

IMPORTS = """
from typing import Annotated, Generic, TypeVar

from app.models import Tag
"""
CLASSES = """
class Permissions:
    def __init__(self, db: Session = Depends(get_db)):
        self._db = db

    def allowed(self, name: str) -> bool:
        return self._db.query(Item).filter(Item.name == name).count() == 0


class Items:
    _db: Session

    def __init__(
        self, db: Session = Depends(get_db), permissions: Permissions = Depends()
    ):
        self._db = db
        self._permissions = permissions

    def add(self, name: str) -> Item:
        if not self._permissions.allowed(name):
            raise HTTPException(409)
        item = Item(name=name)
        self._db.add(item)
        self._db.commit()
        return item

    def names(self) -> list[str]:
        return [item.name for item in self._db.query(Item).order_by(Item.id).all()]
"""
BY_CLASS = """

@app.post("/items/{name}")
def add(name: str, items: Items = Depends()):
    return items.add(name).id


@app.get("/names")
def names(items: Items = Depends()):
    return items.names()


@app.get("/allowed/{name}")
def allowed(name: str, permissions: Permissions = Depends()):
    return permissions.allowed(name)
"""
BY_ALIAS = """

ItemsDep = Annotated[Items, Depends()]
PermissionsDep = Annotated[Permissions, Depends(Permissions)]


@app.post("/items/{name}")
def add(name: str, items: ItemsDep):
    return items.add(name).id


@app.get("/names")
def names(items: ItemsDep):
    return items.names()


@app.get("/allowed/{name}")
def allowed(name: str, permissions: PermissionsDep):
    return permissions.allowed(name)
"""
REPOSITORY = """
class Repo:
    def __init__(self, db: Session):
        self.db = db

    def add(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        self.db.commit()
        return item

    def names(self) -> list[str]:
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]
"""
SERVICE = """

class Service:
    def __init__(self, repo: Repo):
        self.repo = repo

    def add(self, name: str) -> int:
        return self.repo.add(name).id

    def names(self):
        return self.repo.names()
"""
BY_FACTORY = """

def get_service(db: Session = Depends(get_db)) -> Service:
    return Service(Repo(db))


@app.post("/items/{name}")
def add(name: str, items: Service = Depends(get_service)):
    return items.add(name)


@app.get("/names")
def names(items: Service = Depends(get_service)):
    return items.names()


@app.get("/allowed/{name}")
def allowed(name: str, items: Annotated[Service, Depends(get_service)]):
    return name not in items.names()
"""
BY_FACTORIES = """

def get_repo(db: Session = Depends(get_db)) -> Repo:
    return Repo(db)


def get_service(repo: Repo = Depends(get_repo)) -> Service:
    return Service(repo)


ServiceDep = Annotated[Service, Depends(get_service)]


@app.post("/items/{name}")
def add(name: str, items: ServiceDep):
    return items.add(name)


@app.get("/names")
def names(items: ServiceDep):
    return items.names()


@app.get("/allowed/{name}")
def allowed(name: str, repo: Annotated[Repo, Depends(get_repo)]):
    return name not in repo.names()
"""
GENERIC = """
T = TypeVar("T")


class Base(Generic[T]):
    model: type[T]

    def __init__(self, db: Session):
        self.db = db

    def all(self) -> list[T]:
        return self.db.query(self.model).all()

    def save(self, item: T) -> T:
        self.db.add(item)
        self.db.commit()
        return item


class Items(Base[Item]):
    model = Item

    def names(self):
        return [i.name for i in self.all()]


class Tags(Base[Tag]):
    model = Tag

    def count(self):
        return len(self.all())


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    return Items(db).save(Item(name=name)).id


@app.get("/names")
def names(db: Session = Depends(get_db)):
    return Items(db).names()


@app.get("/allowed/{name}")
def allowed(name: str, db: Session = Depends(get_db)):
    return Tags(db).count()
"""
SHAPES = {
    "a class": CLASSES + BY_CLASS,
    "an alias": CLASSES + BY_ALIAS,
    "a factory": REPOSITORY + SERVICE + BY_FACTORY,
    "factories of factories": REPOSITORY + SERVICE + BY_FACTORIES,
    "a generic base": GENERIC,
}
ROUTES = ("POST /items/{name}", "GET /names", "GET /allowed/{name}")
ORDERS = ((0, 1, 2), (0, 2, 1), (2, 1, 0))
REQUESTS = [
    ("POST", "/items/a", None),
    ("POST", "/items/b", None),
    ("GET", "/names", None),
    ("GET", "/allowed/a", None),
]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_step_by_step(tmp_path: Path, shape: str, order: tuple[int, ...]) -> None:
    root = write_service(tmp_path / "steps", app(SHAPES[shape], IMPORTS))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * len(REQUESTS)
    for number in order:
        result = converted(root, routes=(ROUTES[number],))
        assert outcomes(result)[ROUTES[number]] == "native"
        assert answers(root, REQUESTS) == before
        assert converted(root, routes=(ROUTES[number],)).after == {}
    whole = write_service(tmp_path / "whole", app(SHAPES[shape], IMPORTS))
    converted(whole)
    assert contents(root) == contents(whole)


def test_the_copy_has_what_is_needed(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(CLASSES + BY_CLASS))
    converted(root, routes=("GET /names",))
    text = (root / "app/main.py").read_text()
    copy = text.partition("class AsyncItems:")[2].partition("@app")[0]
    assert "async def names" in copy and "def add" not in copy and "permissions: AsyncPermissions" in copy
    assert "class Items:\n    _db: Session\n" in text and "def add(name: str, items: Items = Depends())" in text


SCRIPT = """

if __name__ == "__main__":
    with SessionLocal() as session:
        print(Items(session, Permissions(session)).names())
"""


def test_a_script_goes_on_as_it_was(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(CLASSES + BY_CLASS + SCRIPT))
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "print(Items(session, Permissions(session)).names())" in text and "items: AsyncItems = Depends()" in text
    assert answers(root, REQUESTS) == before
    assert converted(root).after == {}


@pytest.mark.parametrize(
    "shared",
    [
        ("    _db: Session\n", "    _db: Session\n    cache: dict[str, str] = {}\n"),
        (
            "        self._permissions = permissions\n",
            "        self._permissions = permissions\n        Items.made = True\n",
        ),
        ("raise HTTPException(409)", "raise HTTPException(409, type(self).__name__)"),
        ("class Items:", "@final\nclass Items:"),
    ],
    ids=["a value", "an attribute", "a name", "a decorator"],
)
def test_what_a_class_shares_keeps_it(tmp_path: Path, shared: tuple[str, str]) -> None:
    code = (CLASSES + BY_CLASS).replace(*shared)
    assert code != CLASSES + BY_CLASS
    root = write_service(tmp_path, app(code, "from typing import final\n"))
    assert rules(route(converted(root, routes=("GET /names",)), "GET", "/names")) == {"shared-session"}
    assert set(outcomes(converted(root)).values()) == {"native"}


@pytest.mark.parametrize(
    "more",
    ['REGISTRY = {"items": Items}', 'NAMES = ["Items"]', "class AsyncItems:\n    pass"],
    ids=["in a table", "in a string", "its name is taken"],
)
def test_what_is_not_followed_is_left(tmp_path: Path, more: str) -> None:
    root = write_service(tmp_path, app(CLASSES + "\n\n" + more + "\n" + BY_CLASS))
    before = answers(root, REQUESTS)
    result = converted(root, routes=("GET /names",))
    assert rules(route(result, "GET", "/names")) == {"shared-session"}
    assert answers(root, REQUESTS) == before
