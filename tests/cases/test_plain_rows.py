"""Parts of rows of plain columns: the checker says what rows hold, and nothing of what they are unpacked into."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

NOTES = """
import json
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, engine


class Report:
    def get(self, name: str):
        return open(name).read()


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    other: Mapped[Any] = mapped_column(JSON, nullable=True)


Base.metadata.create_all(engine)
"""
BODY = """
@app.post("/notes/{kind}")
def add(kind: str, detail: dict[str, Any], db: Session = Depends(get_db)) -> int:
    db.add(Note(kind=kind, detail=detail))
    db.commit()
    return db.query(Note).count()


@app.get("/pairs")
def pairs(db: Session = Depends(get_db)):
    rows = db.execute(select(Note.kind, Note.detail).order_by(Note.id)).all()
    found = []
    for kind, detail in rows:
        if detail:
            refs = detail.get("refs") or {}
            found.append([kind, refs.get("id", detail.get("id"))])
    return found


@app.get("/queried")
def queried(db: Session = Depends(get_db)):
    return [detail.get("id") for _, detail in db.query(Note.id, Note.detail).order_by(Note.id).all()]


@app.get("/unsaid")
def unsaid(db: Session = Depends(get_db)):
    return [other.get("id") for _, other in db.execute(select(Note.id, Note.other)).all() if other]
"""
REQUESTS = [
    ("POST", "/notes/a", {"refs": {"id": 1}}),
    ("POST", "/notes/b", {"id": 2}),
    ("GET", "/pairs", None),
    ("GET", "/queried", None),
    ("GET", "/unsaid", None),
]


def test_what_rows_are_unpacked_into(tmp_path: Path) -> None:
    imports = "from typing import Any\n\nfrom sqlalchemy import select\n\nfrom app.notes import Note\n"
    root = write_service(tmp_path, {**app(BODY, imports), "app/notes.py": NOTES})
    before = answers(root, REQUESTS)
    assert [body for _, body in before["answers"]] == [1, 2, [["a", 1], ["b", 2]], [None, 2], []]
    result = converted(root)
    left = [name for name, outcome in outcomes(result).items() if outcome != "native"]
    assert left == ["GET /unsaid"]
    assert answers(root, REQUESTS) == before
