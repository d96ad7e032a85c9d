"""Functions that take a session and never use it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

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


def test_a_sync_caller_keeps_it(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY + CALLED))
    outcomes(converted(root))
    assert "def title(self, db: Session, name: str)" in (root / "app/main.py").read_text()
