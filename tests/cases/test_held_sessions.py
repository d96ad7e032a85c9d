"""Sessions that other objects keep: `self.repo.session.commit()`, `repo.session.query(Item)`, `find(repo.session)`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
class Repo:
    def __init__(self, session: Session):
        self._session = session

    @property
    def session(self) -> Session:
        return self._session

    def count(self) -> int:
        return self.session.query(Item).count()

    def add(self, item: Item) -> Item:
        self.session.add(item)
        return item


class Service:
    def __init__(self, repo: Repo):
        self.repo = repo

    def create(self, name: str) -> int:
        self.repo.add(Item(name=name))
        self.repo.session.commit()
        return self.repo.count()

    def count(self) -> int:
        return self.repo.count()


def get_repo(db: Session = Depends(get_db)) -> Repo:
    return Repo(db)


def get_service(repo: Repo = Depends(get_repo)) -> Service:
    return Service(repo)


def find(db: Session, name: str) -> Item | None:
    return db.query(Item).filter_by(name=name).first()


def names(repo: Repo) -> list[str]:
    return [item.name for item in repo.session.query(Item).order_by(Item.id)]


@app.post("/items/{name}")
def post(name: str, service: Service = Depends(get_service)):
    return service.create(name)


@app.get("/count")
def count(service: Service = Depends(get_service)):
    return [service.count(), service.repo.session.query(Item).count()]


@app.get("/first")
def first(repo: Repo = Depends(get_repo)):
    item = repo.session.query(Item).first()
    return item and item.name


@app.get("/names")
def all_names(db: Session = Depends(get_db)):
    return names(Repo(db))


@app.get("/find/{name}")
def found(name: str, repo: Repo = Depends(get_repo)):
    item = find(repo.session, name)
    return item and item.price
"""
RAW = """

@app.get("/raw")
def raw(USER):
    return REPO.session.connection().connection.cursor().execute("select count(*) from items").fetchone()[0]
"""
REQUESTS = [
    ("POST", "/items/x", None), ("POST", "/items/y", None),
    *(("GET", f"/{path}", None) for path in ("count", "first", "names", "find/y", "find/z", "raw")),
]  # fmt: skip
KEPT = {
    "a repository": RAW.replace("USER", "repo: Repo = Depends(get_repo)").replace("REPO", "repo"),
    "a service": RAW.replace("USER", "service: Service = Depends(get_service)").replace("REPO", "service.repo"),
}


def test_they_move_with_the_objects(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY))
    before = answers(root, REQUESTS)
    assert {status for status, _ in before["answers"]} == {200, 404}
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "await self.repo.session.commit()" in text and "item = await find(repo.session, name)" in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


@pytest.mark.parametrize("who", KEPT)
def test_sync_users_keep_the_sync_objects(tmp_path: Path, who: str) -> None:
    """The others get copies of the classes; no function gets an object of the other kind."""
    root = write_service(tmp_path, app(BODY + KEPT[who]))
    before = answers(root, REQUESTS)
    assert {status for status, _ in before["answers"]} == {200}
    found = outcomes(converted(root))
    assert found["GET /raw"] == "left"
    assert {name for name, outcome in found.items() if outcome == "native"} >= {"GET /names", "POST /items/{name}"}
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


def test_objects_of_a_sync_session_keep_what_works_on_it(tmp_path: Path) -> None:
    own = "\n\n@app.get('/own')\ndef own(db: Session = Depends(get_db)):\n"
    own += "    return names(Repo(Session(db.get_bind())))\n"
    requests = [*REQUESTS, ("GET", "/own", None)]
    root = write_service(tmp_path, app(BODY + own))
    before = answers(root, requests)
    found = outcomes(converted(root))
    assert found["GET /own"] != "native"
    assert answers(root, requests) == before


CONTAINER = """
HEAD
    db: Session
    factor: int = 1


def count(container: Container) -> int:
    return container.db.query(Item).count() * container.factor


def first(db: Session) -> Item | None:
    return db.query(Item).first()


@app.post("/items/{name}")
def post(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()


@app.get("/count")
def of_container(db: Session = Depends(get_db)):
    return count(Container(db=db, factor=3))


@app.get("/first")
def of_first(db: Session = Depends(get_db)):
    container = Container(db=db)
    item = first(container.db)
    return item and item.name
"""
HEADS = {
    "data class": "@dataclass\nclass Container:",
    "model": "class Container(BaseModel, arbitrary_types_allowed=True):",
    "configured": "class Container(BaseModel):\n    model_config = ConfigDict(arbitrary_types_allowed=True)",
}


@pytest.mark.parametrize("head", HEADS)
def test_plain_containers_of_a_session(tmp_path: Path, head: str) -> None:
    imports = "from dataclasses import dataclass\n\nfrom pydantic import BaseModel, ConfigDict"
    root = write_service(tmp_path, app(CONTAINER.replace("HEAD", HEADS[head]), imports))
    before = answers(root, REQUESTS[:4])
    assert set(outcomes(converted(root)).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "    db: AsyncSession\n" in text and "await first(container.db)" in text
    assert answers(root, REQUESTS[:4]) == before
    assert not converted(root).after
