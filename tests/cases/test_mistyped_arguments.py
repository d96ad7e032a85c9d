"""Arguments that the checker does not accept: it says so in the same words after the conversion."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = """
from contextvars import ContextVar
"""
BODY = """
request_id: ContextVar[str] = ContextVar("request_id", default="none")


def current_id() -> str:
    return request_id.get()


def save(db: Session, *, names: list[str], by: str) -> int:
    for name in names:
        db.add(Item(name=f"{name} by {by}"))
    db.commit()
    return db.query(Item).count()


def read(text: str) -> list[str] | list[int]:
    return [int(part) for part in text.split()] if text[0].isdigit() else text.split()


@app.post("/items/{text}")
def add(text: str, db: Session = Depends(get_db)) -> int:
    return save(
        db,
        names=read("1 2") if text == "numbers" else [],
        by="me",
    )


@app.post("/named/{text}")
def named(text: str, db: Session = Depends(get_db)) -> int:
    found = read(text)
    return save(
        db,
        names=found,
        by=current_id(),
    )


def report(db: Session) -> int:
    return save(db, names=[], by="report")


if __name__ == "__main__":
    with SessionLocal() as session:
        print(report(session), list(map(save, [])))
"""
REQUESTS = [("POST", "/items/numbers", None), ("POST", "/named/a b", None), ("POST", "/named/1", None)]


def test_a_call_of_what_does_not_wait_may_stand_beside(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    before = answers(root, REQUESTS)
    assert [body for _, body in before["answers"]] == [2, 4, 5]
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert "lambda sync_session: save(\n            sync_session,\n            names=found,\n" in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
