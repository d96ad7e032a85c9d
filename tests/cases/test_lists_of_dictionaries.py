"""Lists of dictionaries that the code fills, in the ways they are handed over: the response model reads no object."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes  # noqa: TID252
from .test_wrapped_responses import HEAD, service

ALL = "db.scalars(select(Branch).options(selectinload(Branch.leaves)).order_by(Branch.id)).all()"
PLAIN = {
    "inside": f"""
@app.get("/inside", response_model=Page[BranchOut])
def inside(db: Session = Depends(get_db)):
    data = []
    for branch in {ALL}:
        data.append({{"id": branch.id, "leaves": [{{"id": leaf.id, "name": leaf.name}} for leaf in branch.leaves]}})
    return {{"data": data, "total": len(data)}}
""",
    "named": f"""
@app.get("/named", response_model=Page[BranchOut])
def named(db: Session = Depends(get_db)):
    data = []
    for branch in {ALL}:
        data.append({{"id": branch.id, "leaves": [{{"id": leaf.id, "name": leaf.name}} for leaf in branch.leaves]}})
    page = {{"data": data, "total": 0}}
    page["total"] = len(data)
    return page
""",
    "best": f"""
def ranked(db: Session, limit: int):
    if limit < 1:
        return []
    data = []
    for branch in {ALL}:
        data.append({{"id": branch.id, "leaves": [{{"id": leaf.id, "name": leaf.name}} for leaf in branch.leaves]}})
    data = sorted(data, key=lambda item: item["id"], reverse=True)
    best = data[:limit]
    return best


@app.get("/best", response_model=list[BranchOut])
def best(db: Session = Depends(get_db)):
    return ranked(db, 1)
""",
    "shown": f"""
@app.get("/shown", response_model=list[BranchOut])
def shown(db: Session = Depends(get_db)):
    return [branch.shown for branch in {ALL}]
""",
}
#: Objects get in by another way than the list's own lines.
OBJECTS = {
    "later": """
@app.get("/later", response_model=Page[BranchOut])
def later(db: Session = Depends(get_db)):
    data = []
    data.append({"id": 0, "leaves": []})
    page = {"data": data}
    page["data"].append(db.scalars(select(Branch).order_by(Branch.id)).first())
    return page
""",
    "replaced": """
@app.get("/replaced", response_model=list[BranchOut])
def replaced(db: Session = Depends(get_db)):
    data = []
    data.append({"id": 0, "leaves": []})
    data[0] = db.scalars(select(Branch).order_by(Branch.id)).first()
    return data[:1]
""",
    "looped": """
@app.get("/looped", response_model=list[Grown])
def looped(db: Session = Depends(get_db)):
    data = []
    data.append({"id": 1})
    for row in data:
        row["children"] = db.scalars(select(Branch).order_by(Branch.id)).all()
    return data
""",
}
GROWN = """
class Grown(BaseModel):
    id: int
    children: list[BranchOut]
"""
SHOWN = """
    @property
    def shown(self):
        return {"id": self.id, "leaves": [{"id": leaf.id, "name": leaf.name} for leaf in self.leaves]}
"""
IMPORTS = "from sqlalchemy import select\nfrom sqlalchemy.orm import selectinload\n"


def branches(root: Path, body: str) -> Path:
    root = service(root, HEAD + GROWN + body)
    main, models = root / "app/main.py", root / "app/models.py"
    main.write_text(IMPORTS + main.read_text())
    models.write_text(models.read_text().replace("\n\nclass Leaf(", SHOWN + "\n\nclass Leaf("))
    return root


def test_dictionaries_load_nothing_more(tmp_path: Path) -> None:
    root = branches(tmp_path, "".join(PLAIN.values()))
    requests = [("POST", "/branches", None), *(("GET", f"/{name}", None) for name in PLAIN)]
    before, models = answers(root, requests), (root / "app/models.py").read_text()
    assert [status for status, _ in before["answers"]] == [200] * len(requests)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert (root / "app/models.py").read_text() == models
    assert (root / "app/main.py").read_text().count("selectinload(") == len(PLAIN)
    assert answers(root, requests) == before


def test_objects_among_them_are_loaded(tmp_path: Path) -> None:
    root = branches(tmp_path, "".join(OBJECTS.values()))
    requests = [("POST", "/branches", None), *(("GET", f"/{name}", None) for name in OBJECTS)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * len(requests)
    assert all("'name': 'b'" in str(body) for _, body in before["answers"][1:])
    converted(root)
    assert answers(root, requests) == before


PAGE = """
def page(db: Session):
    found = db.query(Branch).order_by(Branch.id).all()
    return {"data": found, "total": len(found)}


@app.get("/page", response_model=Page[BranchOut])
def show(db: Session = Depends(get_db)):
    return page(db)


if __name__ == "__main__":
    with SessionLocal() as db:
        print(page(db)["total"])
"""


def test_what_a_sync_function_gives_inside_is_loaded_before_it_is_read(tmp_path: Path) -> None:
    root = branches(tmp_path, PAGE)
    requests = [("POST", "/branches", None), ("GET", "/page", None)]
    before = answers(root, requests)
    assert before["answers"][1][0] == 200
    assert outcomes(converted(root))["GET /page"] == "native"
    text = (root / "app/main.py").read_text()
    assert "await db.run_sync(page)" in text and "selectinload(Branch.leaves)" in text
    assert answers(root, requests) == before
    assert not converted(root).after
