"""Objects that a route shows as they are loaded: no cure of another route loads more there, in a later step either."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..equivalence.loading_bodies import HEAD, MODELS  # noqa: TID252
from ..pipeline_tools import DATABASE, answers, converted, write_service  # noqa: TID252

READS = """

@app.get("/sizes")
def sizes(db: Session = Depends(get_db)):
    t, p = db.query(Task, Project).join(Project, Task.project_id == Project.id).filter(Task.id == 1).one()
    db.commit()
    return [p.name, len(p.tasks)]
"""
SHOWN = {
    "one": "return p",
    "in a dictionary": 'return {"project": p, "more": 1}',
    "in a list": "return [item for item in db.query(Project).order_by(Project.id).all()]",
    "as its variables": 'return {"keys": sorted(key for key in vars(p) if key[0] != "_")}',
}
PATHS = [f"/shown{number}" for number in range(len(SHOWN))]
REQUESTS = [("POST", "/seed", None), *[("GET", path, None) for path in PATHS], ("GET", "/sizes", None)]


@pytest.mark.parametrize("before", ["native", "sync"])
def test_what_is_shown_stays(tmp_path: Path, before: str) -> None:
    code = HEAD
    for path, shown in zip(PATHS, SHOWN.values(), strict=True):
        code += f'\n\n@app.get("{path}")\ndef {path[1:]}(db: Session = Depends(get_db)):\n'
        code += f"    p = db.query(Project).filter(Project.id == 1).one()\n    {shown}\n"
    code += READS
    files: dict[str, str | bytes] = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": code}
    root = write_service(tmp_path, files, basic=False)
    expected = answers(root, REQUESTS)["answers"]
    assert [status for status, _ in expected] == [200] * len(REQUESTS)
    steps = ([f"GET {path}" for path in PATHS], ["GET /sizes"]) if before == "native" else (["GET /sizes"],)
    for step in steps:
        converted(root, routes=tuple(step))
    text = (root / "app/main.py").read_text()
    assert [f"async def {path[1:]}" in text for path in PATHS] == [before == "native"] * len(PATHS)
    assert answers(root, REQUESTS)["answers"] == expected
    assert "selectin" not in (root / "app/models.py").read_text()
