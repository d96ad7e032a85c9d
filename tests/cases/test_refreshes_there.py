"""Refreshes that the code has already, and what a refresh undoes: what it does not load again, and what it expires."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..equivalence.loading_bodies import HEAD, MODELS  # noqa: TID252
from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252


def _service(root: Path, body: str) -> Path:
    files: dict[str, str | bytes] = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": HEAD + body}
    return write_service(root, files, basic=False)


def test_what_a_refresh_expires_through_a_cascade_is_not_loaded_by_the_mapping(tmp_path: Path) -> None:
    body = """

@app.get("/tasks", response_model=list[TaskOut])
def tasks(db: Session = Depends(get_db)):
    return db.get(Project, 1).tasks


@app.put("/projects/{key}/{number}", response_model=ProjectOut)
def rename(key: int, number: int, name: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    task = db.get(Task, number)
    if task is None:
        raise HTTPException(404)
    project.name = name
    db.commit()
    db.refresh(project)
    return project
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("PUT", "/projects/1/1?name=shed", None), ("GET", "/tasks", None)]
    before = answers(root, requests)
    assert before["answers"][1][1]["tasks"][0]["steps"] == [{"text": "tiles"}, {"text": "nails"}]
    converted(root)
    assert answers(root, requests) == before


def test_what_a_refresh_expires_through_a_cascade_is_not_loaded_by_an_option(tmp_path: Path) -> None:
    body = """

@app.put("/projects/{key}", response_model=ProjectOut)
def rename(key: int, name: str, db: Session = Depends(get_db)):
    project = db.scalars(
        select(Project).options(selectinload(Project.tasks)).where(Project.id == key)
    ).one()
    first = project.tasks[0]
    project.name = f"{name} ({first.title})"
    db.commit()
    db.refresh(project)
    return project
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("PUT", "/projects/1?name=shed", None)]
    before = answers(root, requests)
    assert before["answers"][1][1]["tasks"][0]["steps"] == [{"text": "tiles"}, {"text": "nails"}]
    converted(root)
    assert answers(root, requests) == before


def test_a_refresh_serves_no_read_after_the_members_changed(tmp_path: Path) -> None:
    body = """

@app.post("/projects/{key}/tasks")
def add(key: int, title: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    if len(project.tasks) > 5:
        raise HTTPException(409)
    db.add(Task(title=title, project_id=key))
    db.commit()
    return [task.title for task in project.tasks]
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("POST", "/projects/1/tasks?title=door", None)]
    before = answers(root, requests)
    assert before["answers"][1][1] == ["roof", "wall", "door"]
    converted(root)
    assert answers(root, requests) == before


def test_a_refresh_that_is_there_is_not_made_twice(tmp_path: Path) -> None:
    body = """

def shown(project: Project) -> dict:
    return {"name": project.name, "tasks": [task.title for task in project.tasks]}


@app.get("/projects/{key}")
def one(key: int, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    db.refresh(project, attribute_names=["tasks"])
    return shown(project)


@app.get("/projects/{key}/titles")
def titles(key: int, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    if project is not None:
        db.refresh(project, ["name", "tasks"])
    return [task.title for task in project.tasks]


@app.get("/projects/{key}/renamed")
def renamed(key: int, name: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    db.refresh(project, ["tasks"])
    project.name = name
    db.commit()
    db.refresh(project)
    return [task.title for task in project.tasks]
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("GET", "/projects/1", None), ("GET", "/projects/1/titles", None),
                ("GET", "/projects/1/renamed?name=shed", None)]  # fmt: skip
    before = answers(root, requests)
    result = converted(root)
    assert {path for path, outcome in outcomes(result).items() if outcome != "native"} == {"POST /seed"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text().partition("def shown")[2]
    one, _, rest = text.partition("async def titles")
    titles, _, renamed = rest.partition("async def renamed")
    assert one.count(".refresh(") == 1, one
    assert titles.count(".refresh(") == 1
    assert renamed.count(".refresh(") == 3


LOST = {
    "itself, by a keyword": "first = p.tasks[0]\n    db.refresh(instance=p)\n    return first.title",
    "with a lock": "x = list(p.tasks)\n    db.refresh(p, with_for_update=True)\n    return [t.title for t in x]",
    "in a loop": "out = []\n    for t in p.tasks:\n        db.refresh(p)\n        out.append(t.title)\n    return out",
    "behind a call": "n = len(p.tasks)\n    save_and_refresh(db, row=p)\n    return [n, given.title]",
    "of a dependency": "n = len(p.tasks)\n    db.commit()\n    db.refresh(p)\n    return [n, given.title]",
}


@pytest.mark.parametrize("how", LOST)
def test_what_a_refresh_expires_is_not_read_by_another_name(tmp_path: Path, how: str) -> None:
    body = f"""

def first(db: Session = Depends(get_db)) -> Task:
    return db.get(Task, 1)


@app.get("/x")
def x(given: Task = Depends(first), db: Session = Depends(get_db)):
    p = db.get(Project, 1)
    {LOST[how]}
"""
    root = _service(tmp_path, body)
    before = answers(root, [("POST", "/seed", None), ("GET", "/x", None)])
    assert before["answers"][1][0] == 200
    assert outcomes(converted(root))["GET /x"] == "left"
    assert answers(root, [("POST", "/seed", None), ("GET", "/x", None)]) == before


def test_a_refresh_with_a_lock_unloads_what_was_read_before(tmp_path: Path) -> None:
    body = """

@app.get("/x")
def x(db: Session = Depends(get_db)):
    p = db.get(Project, 1)
    before = len(p.tasks)
    db.refresh(p, with_for_update=True)
    return [before, len(p.tasks)]
"""
    root = _service(tmp_path, body)
    before = answers(root, [("POST", "/seed", None), ("GET", "/x", None)])
    assert outcomes(converted(root))["GET /x"] == "native"
    assert answers(root, [("POST", "/seed", None), ("GET", "/x", None)]) == before
