"""Functions that take a session and never use it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import MODELS, answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
class Repository:
    def title(self, db: Session, name: str) -> str:
        return name.title()


def plain(db, name):
    return f"<{name}>"


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=Repository().title(db, name=name)))
    db.commit()
    return plain(db, db.query(Item).one().name)
"""
CALLED = """

def report():
    with SessionLocal() as db:
        print(Repository().title(db, "x"), plain(db, "x"))


if __name__ == "__main__":
    report()
"""
REQUESTS = [("POST", "/items/a", None)]


def test_the_annotation_follows(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY))
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}
    text = (root / "app/main.py").read_text()
    assert "def title(self, db: AsyncSession, name: str)" in text and "\ndef plain(db, name):" in text
    assert answers(root, REQUESTS) == before


def test_a_sync_caller_shares_it(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY + CALLED))
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}
    assert "def title(self, db: AsyncSession | Session, name: str)" in (root / "app/main.py").read_text()


RELATED = """
from sqlalchemy.orm import relationship


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    item: Mapped[Item] = relationship()


Base.metadata.create_all(engine)
"""
READS = """
def shown(db: Session, owner: Owner) -> str:
    return owner.item.name


@app.post("/owners")
def add(db: Session = Depends(get_db)) -> str:
    item = Item(name="a")
    db.add(item)
    db.flush()
    db.add(Owner(item_id=item.id))
    db.commit()
    return "added"


@app.get("/owners")
def read(db: Session = Depends(get_db)) -> str:
    return shown(db, db.query(Owner).one())
"""


def test_what_it_reads_is_loaded(tmp_path: Path) -> None:
    files = {"app/models.py": MODELS + RELATED, **app(READS, "from app.models import Owner")}
    root = write_service(tmp_path, files)
    requests = [("POST", "/owners", None), ("GET", "/owners", None)]
    before = answers(root, requests)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before


ADDS = """
from sqlalchemy.orm import Session

from app.models import Item


def note(db: Session, name: str) -> None:
    db.add(Item(name=f"note of {name}"))


def create(db: Session, name: str) -> Item:
    item = Item(name=name)
    db.add(item)
    note(db=db, name=name)
    return item


def marked(db, name):
    db.add(Item(name=f"mark of {name}"))


def nested(db: Session, name: str) -> None:
    with db.begin_nested():
        db.add(Item(name=name))
"""
ROUTES = """
@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    adding.create(db, name)
    adding.marked(db, name)
    adding.nested(db, "inner")
    db.commit()
    return db.query(Item).count()
"""
USED = """
from app import adding
from app.database import SessionLocal


def main() -> None:
    with SessionLocal() as db:
        adding.create(db, "seed")
        db.commit()


if __name__ == "__main__":
    main()
"""


def test_what_only_adds_stays_sync(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/adding.py": ADDS, **app(ROUTES, "from app import adding")})
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}
    text = (root / "app/adding.py").read_text()
    assert "\ndef create(db: AsyncSession, name: str)" in text and "\ndef note(db: AsyncSession, name: str)" in text
    assert "\nasync def nested(db: AsyncSession" in text and "\n    async with db.begin_nested()" in text
    assert answers(root, REQUESTS) == before


def test_what_scripts_add_with_too_takes_both(tmp_path: Path) -> None:
    files = {"app/adding.py": ADDS, "app/seed.py": USED, **app(ROUTES, "from app import adding")}
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}
    text = (root / "app/adding.py").read_text()
    assert "\ndef create(db: AsyncSession | Session, name: str)" in text
    assert "\ndef note(db: AsyncSession | Session, name: str)" in text
    assert answers(root, REQUESTS) == before
    again = converted(root)
    assert not again.plan.files and outcomes(again) == {"POST /items/{name}": "unchanged"}


ASKS = """
def kind(db: Session | None = None, name: str = "") -> str:
    is_saved = db is not None and name != ""
    return "saved" if is_saved else "none"


@app.get("/kind/{name}")
def shown(name: str, db: Session = Depends(get_db)) -> list[str]:
    return [kind(db, name), kind(), str(db.query(Item).count())]
"""


def test_what_only_asks_for_a_session_takes_either(tmp_path: Path) -> None:
    test = "from app.main import kind, SessionLocal\n\n\ndef test_kind():\n    with SessionLocal() as db:\n"
    test += '        assert kind(db, "x") == "saved"\n'
    root = write_service(tmp_path, {**app(ASKS), "tests/test_kind.py": test})
    requests = [("GET", "/kind/a", None)]
    before = answers(root, requests)
    assert before["answers"][0][1] == ["saved", "none", "0"]
    assert outcomes(converted(root)) == {"GET /kind/{name}": "native"}
    assert "def kind(db: AsyncSession | Session | None = None" in (root / "app/main.py").read_text()
    assert answers(root, requests) == before
