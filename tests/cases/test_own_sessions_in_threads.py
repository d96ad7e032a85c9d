"""Functions that open sync sessions of their own go to a thread: what they read of their objects is loaded there."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

PARTS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, SessionLocal, engine


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Part(Base):
    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped[Owner] = relationship()


Base.metadata.create_all(engine)
with SessionLocal() as db:
    if not db.query(Part).count():
        db.add(Part(owner=Owner(name="a")))
        db.commit()
"""
MAIN = """
class Repositories:
    def __init__(self, session):
        self._session = session

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self._session.close()

    def parts(self):
        return self._session.query(Part).all()


def opened():
    return Repositories(SessionLocal())


def listed():
    with opened() as repositories:
        return [part.owner.name for part in repositories.parts()]


def work(name):
    with opened() as repositories:
        return getattr(repositories, name)()


@app.get("/parts")
async def parts():
    return listed()


if __name__ == "__main__":
    print(work("parts"), listed())
"""


HANDED = """
class Shape(BaseModel):
    id: int


def noted(part: Shape) -> str:
    with SessionLocal() as db:
        return f"{db.query(Part).count()} {part.owner.name}"


def current(db: Session = Depends(get_db)):
    return db.query(Part).first()


@app.get("/noted")
def note(part: Shape = Depends(current)):
    return noted(part)


if __name__ == "__main__":
    with SessionLocal() as db:
        print(noted(current(db)))
"""


def test_an_object_that_is_handed_over_stays_one_of_its_session(tmp_path: Path) -> None:
    imports = "from pydantic import BaseModel\n\nfrom app.parts import Part"
    root = write_service(tmp_path, {**app(HANDED, imports), "app/parts.py": PARTS})
    asked = [("GET", "/noted", None)]
    before = answers(root, asked)
    assert before["answers"] == [[200, "1 a"]]
    converted(root)
    assert answers(root, asked) == before


def test_what_is_read_in_a_thread_needs_no_cure(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**app(MAIN, "from app.parts import Part"), "app/parts.py": PARTS})
    asked = [("GET", "/parts", None)]
    before = answers(root, asked)
    assert before["answers"] == [[200, ["a"]]]
    result = converted(root)
    assert outcomes(result) == {"GET /parts": "repaired"}
    assert answers(root, asked) == before
    assert (root / "app/parts.py").read_text().strip() == PARTS.strip()
    assert "await asyncio.to_thread(listed)" in (root / "app/main.py").read_text()
