"""Sessions that flush by themselves: a new object is in the database after any query, and its relationships load."""

from __future__ import annotations

from pathlib import Path

from ..equivalence.loading_bodies import HEAD, MODELS  # noqa: TID252
from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

ROUTES = {
    "read of a new object": """    p = Project(name="new")
    db.add(p)
    db.query(Task).first()
    return [t.title for t in p.tasks]
""",
    "added by a function": """    p = db.get(Project, 1)
    t = add_task(db, p, "helped")
    db.query(Step).first()
    return [s.text for s in t.steps]
""",
    "added to in a loop": """    p = Project(name="new")
    db.add(p)
    for title in ("roof", "door"):
        found = db.query(Task).filter(Task.title == title).first()
        if found:
            p.tasks.append(found)
    db.commit()
    return db.query(Task).filter(Task.project_id == p.id).count()
""",
    "ordered by the rows": """    p = db.get(Project, 2)
    t = db.get(Task, 1)
    t.project = p
    return titles(p)
""",
    "made later": """    t = db.query(Task).filter(Task.id == 1).first()
    if t:
        name = t.project.name if t.project else ""
    else:
        t = Task(title="other")
        db.add(t)
        name = ""
    db.commit()
    return [name, t.title]
""",
    "refreshed by an earlier query": """    q = db.query(Project).options(selectinload(Project.tasks)).first()
    t = db.query(Task).filter(Task.id == 1).one()
    t.title = "again"
    db.commit()
    db.refresh(t)
    return [q.name, [s.text for s in t.steps]]
""",
    "of a merged object": """    p = db.merge(Project(id=1, name="merged"))
    return titles(p)
""",
}
NATIVE = {"read of a new object", "added to in a loop", "made later", "refreshed by an earlier query"}


def test_routes_answer_the_same(tmp_path: Path) -> None:
    text = HEAD
    for number, body in enumerate(ROUTES.values()):
        text += f'\n\n@app.get("/r{number}")\ndef r{number}(db: Session = Depends(get_db)):\n{body}'
    database = DATABASE.replace(", autoflush=False", "")
    assert "autoflush" not in database
    files: dict[str, str | bytes] = {"app/database.py": database, "app/models.py": MODELS, "app/main.py": text}
    root = write_service(tmp_path, files, basic=False)
    requests = [item for n in range(len(ROUTES)) for item in (("POST", "/seed", None), ("GET", f"/r{n}", None))]
    before = answers(root, requests)["answers"]
    assert [status for status, _ in before] == [200] * len(requests)
    found = outcomes(converted(root))
    assert {name for n, name in enumerate(ROUTES) if found[f"GET /r{n}"] == "native"} >= NATIVE
    assert answers(root, requests)["answers"] == before
