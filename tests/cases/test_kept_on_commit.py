"""Sync sessions that keep what they loaded when they commit: nothing is loaded anew for their async forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..equivalence.loading_bodies import HEAD, MODELS  # noqa: TID252
from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

GONE = """    t = db.get(Task, 1)
    db.delete(t)
    db.commit()
"""
BULK = """    db.query(Task).update({Task.title: "bulk"}, synchronize_session=False)
    db.commit()
"""
ROUTES = {
    "loaded by an option": f"""    p = db.query(Project).options(selectinload(Project.tasks)).filter_by(id=1).one()
{GONE}    return [item.title for item in p.tasks]
""",
    "read before": f"""    p = db.query(Project).filter(Project.id == 1).one()
    before = [item.title for item in p.tasks]
{GONE}    return [before, [item.title for item in p.tasks]]
""",
    "read for the first time": f"""    p = db.query(Project).filter(Project.id == 1).one()
{GONE}    return [item.title for item in p.tasks]
""",
    "read before, perhaps": f"""    p = db.query(Project).filter(Project.id == 1).one()
    before = [item.title for item in p.tasks] if p.id > 1 else []
{GONE}    return [before, [item.title for item in p.tasks]]
""",
    "refreshed": f"""    p = db.query(Project).filter(Project.id == 1).one()
    before = [item.title for item in p.tasks]
{GONE}    db.refresh(p)
    return [before, [item.title for item in p.tasks]]
""",
    "changed in bulk": f"""    t = db.query(Task).filter(Task.id == 1).one()
{BULK}    return [t.title, db.query(Task).filter(Task.id == 1).one().title]
""",
    "moved by its key": """    p = db.query(Project).filter(Project.id == 1).one()
    before = len(p.tasks)
    db.add(Task(title="more", project_id=p.id))
    db.commit()
    return [before, len(p.tasks)]
""",
}
LEFT = {"read before, perhaps", "refreshed"}


#: A service that keeps sessions of its own, of games.
NAMESAKE = """

def create_session(name: str) -> str:
    return name


create_session("first")
"""


@pytest.mark.parametrize("extra", ["", NAMESAKE])
def test_routes_answer_the_same(extra: str, tmp_path: Path) -> None:
    text = HEAD + extra
    for number, body in enumerate(ROUTES.values()):
        text += f'\n\n@app.get("/r{number}")\ndef r{number}(db: Session = Depends(get_db)):\n{body}'
    database = DATABASE.replace("autoflush=False", "autoflush=False, expire_on_commit=False")
    assert database != DATABASE
    files: dict[str, str | bytes] = {"app/database.py": database, "app/models.py": MODELS, "app/main.py": text}
    root = write_service(tmp_path, files, basic=False)
    requests = [item for n in range(len(ROUTES)) for item in (("POST", "/seed", None), ("GET", f"/r{n}", None))]
    before = answers(root, requests)["answers"]
    assert [status for status, _ in before] == [200] * len(requests)
    found = outcomes(converted(root))
    assert {name for n, name in enumerate(ROUTES) if found[f"GET /r{n}"] != "native"} == LEFT
    assert answers(root, requests)["answers"] == before
    assert converted(root).after == {}
