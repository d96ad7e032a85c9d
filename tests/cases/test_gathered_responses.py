"""Lists and objects that a route fills itself, and trees: what tells what the response model reads, and where."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes  # noqa: TID252
from .test_wrapped_responses import HEAD, service

PLAIN = {
    "converted": """
@app.get("/converted", response_model=Page[LeafOut])
def converted(db: Session = Depends(get_db)):
    leaves = db.query(Leaf).order_by(Leaf.id).all()
    made = [LeafOut.model_validate(leaf) for leaf in leaves]
    return Page(data=made, total=len(made))
""",
    "listed": """
@app.get("/listed", response_model=Page[LeafOut])
def listed(db: Session = Depends(get_db)):
    made = []
    for leaf in db.query(Leaf).order_by(Leaf.id).all():
        made.append(LeafOut(id=leaf.id, name=leaf.name))
    return Page(data=made)
""",
    "columns": """
@app.get("/columns", response_model=Page[LeafOut])
def columns(db: Session = Depends(get_db)):
    return Page(data=db.query(Leaf).order_by(Leaf.id).all())
""",
    "texts": """
@app.get("/texts", response_model=Page[str])
def texts(db: Session = Depends(get_db)):
    return Page(data=[leaf.name for leaf in db.query(Leaf).order_by(Leaf.id).all()])
""",
    "given": """
def view(leaf):
    return {"id": leaf.id, "name": leaf.name}


@app.get("/given", response_model=Page[LeafOut])
def given(db: Session = Depends(get_db)):
    return Page(data=[view(leaf) for leaf in db.query(Leaf).order_by(Leaf.id).all()])
""",
}
GATHERED = """
class Views:
    def all(self, db: Session) -> list[BranchOut]:
        found: list[BranchOut] = []
        for branch in db.query(Branch).order_by(Branch.id).all():
            leaves = db.query(Leaf).filter(Leaf.branch_id == branch.id).all()
            found.append(BranchOut(**self.base(branch, [LeafOut(id=leaf.id, name=leaf.name) for leaf in leaves])))
        return found

    @staticmethod
    def base(branch: Branch, leaves: list[LeafOut]) -> dict:
        return dict(id=branch.id, leaves=leaves)


views = Views()


@app.get("/gathered", response_model=list[BranchOut])
def gathered(db: Session = Depends(get_db)) -> list[BranchOut]:
    return views.all(db)
"""
#: Lists that get objects of the database beside schemas, in ways that the line of the `append` does not show.
MIXED = """
def more(into, db):
    into.extend(db.query(Branch).order_by(Branch.id).all())


@app.get("/filled", response_model=list[BranchOut])
def filled(db: Session = Depends(get_db)):
    found = []
    found.append(BranchOut(id=0, leaves=[]))
    more(into=found, db=db)
    return found


@app.get("/added", response_model=list[BranchOut])
def added(db: Session = Depends(get_db)):
    found = []
    found.append(BranchOut(id=0, leaves=[]))
    found += db.query(Branch).order_by(Branch.id).all()
    return found


@app.get("/alias", response_model=list[BranchOut])
def alias(db: Session = Depends(get_db)):
    found = []
    found.append(BranchOut(id=0, leaves=[]))
    other = found
    for branch in db.query(Branch).order_by(Branch.id).all():
        other.append(branch)
    return found
"""


def test_what_the_code_has_turned_into_plain_values_loads_nothing_more(tmp_path: Path) -> None:
    root = service(tmp_path, HEAD + "".join([*PLAIN.values(), GATHERED]))
    requests = [("POST", "/branches", None), *(("GET", f"/{name}", None) for name in [*PLAIN, "gathered"])]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * len(requests)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "selectin" not in (root / "app/main.py").read_text() + (root / "app/models.py").read_text()
    assert answers(root, requests) == before
    assert not converted(root).after


def test_what_a_list_gets_beside_schemas_is_loaded(tmp_path: Path) -> None:
    root = service(tmp_path, HEAD + MIXED)
    requests = [("POST", "/branches", None), *(("GET", f"/{name}", None) for name in ("filled", "added", "alias"))]
    before = answers(root, requests)
    assert all("'name': 'b'" in str(body) for _, body in before["answers"][1:])
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before


TREES = """
class Tree(Out):
    children: list["Tree"]


class Sum(Out):
    total: int


@app.post("/trees")
def plant(db: Session = Depends(get_db)):
    db.add(Branch(children=[Branch(children=[Branch()]), Branch()]))
    db.commit()


@app.get("/tree", response_model=One[Tree])
def tree(db: Session = Depends(get_db)):
    return One(data=db.get(Branch, 1))


@app.get("/trees", response_model=Page[Tree])
def trees(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return Page(data=list(found), total=len(found))


@app.get("/sums", response_model=Page[Sum])
def sums(db: Session = Depends(get_db)):
    return {"data": db.query(Branch).order_by(Branch.id).all()}


@app.get("/made", response_model=Page[Tree])
def made(db: Session = Depends(get_db)):
    found = db.query(Branch).order_by(Branch.id).all()
    return Page[Tree](data=found)
"""


def test_what_no_option_loads_is_read_by_the_model_on_the_session(tmp_path: Path) -> None:
    root = service(tmp_path, HEAD + TREES)
    requests = [("POST", "/trees", None), *(("GET", f"/{name}", None) for name in ("tree", "trees", "sums", "made"))]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200] * len(requests)
    assert before["answers"][3][1]["data"][0]["total"] == 4
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "One[Tree].model_validate(found, from_attributes=True)" in (root / "app/main.py").read_text()
    assert answers(root, requests) == before
    assert not converted(root).after
