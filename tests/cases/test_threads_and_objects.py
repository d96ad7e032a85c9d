"""What works on objects of a session, by itself or in a container, never runs in a thread beside it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
class Tool:
    def apply(self, number):
        return number


tools: dict[str, Any] = {"a": Tool()}


def in_list(items: list[Item]) -> list[str]:
    tools["a"].apply(time.sleep(0.001))
    return [item.name for item in items]


def in_dictionary(items: dict[int, Item]) -> list[str]:
    tools["a"].apply(time.sleep(0.001))
    return [item.name for item in items.values()]


def unannotated(items):
    tools["a"].apply(time.sleep(0.001))
    return [item.name for item in items]


def of_names(names: list[str]) -> list[str]:
    tools["a"].apply(time.sleep(0.001))
    return names


@app.post("/seed")
def seed(db: Session = Depends(get_db)) -> int:
    db.add(Item(id=1, name="a"))
    db.commit()
    return 1


@app.get("/named")
def named(db: Session = Depends(get_db)):
    items = db.query(Item).all()
    return in_list(items)


@app.get("/inline")
def inline(db: Session = Depends(get_db)):
    return in_list(db.query(Item).all())


@app.get("/dictionary")
def dictionary(db: Session = Depends(get_db)):
    items = {item.id: item for item in db.query(Item).all()}
    return in_dictionary(items)


@app.get("/unannotated")
def untold(db: Session = Depends(get_db)):
    items = db.query(Item).all()
    return unannotated(items)


@app.get("/names")
def names(db: Session = Depends(get_db)):
    items = db.query(Item).all()
    return of_names([item.name for item in items])
"""
PATHS = ("/named", "/inline", "/dictionary", "/unannotated", "/names")


def test_containers_stay(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, "import time\nfrom typing import Any\n"))
    requests = [("POST", "/seed", None), *(("GET", path, None) for path in PATHS)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert [status for status, _ in before["answers"]] == [200] * 6
    assert [outcomes(result)[f"GET {path}"] for path in PATHS] == ["left"] * 4 + ["native"]
    assert (root / "app/main.py").read_text().count("to_thread(") == 1
