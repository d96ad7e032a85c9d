"""Statements that few services write: one-line bodies, `match`, `while ... else`, walruses, starred targets, `del`."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
if True:
    @app.get("/one")
    def one(db: Session = Depends(get_db)): return db.query(Item).count()

@app.get("/two")
def two(db: Session = Depends(get_db)): x = db.query(Item).count(); return x

class K:
    @staticmethod
    def s(db): return db.query(Item).first()
    @classmethod
    def c(cls, db, *, n=1): return [cls.s(db) for _ in range(n)]

@app.get("/three")
def three(db: Session = Depends(get_db)):
    return [bool(x) for x in K.c(db, n=2)]

@app.get("/four")
def four(db: Session = Depends(get_db)):
    match db.query(Item).count():
        case 0: return "none"
        case n if n > 1: return n
        case _: return "one"

@app.get("/five")
def five(db: Session = Depends(get_db)):
    return {k: v for k, v in (lambda rows: ((r.name, r.price) for r in rows))(db.query(Item).all())}

@app.get("/six")
def six(db: Session = Depends(get_db)):
    names = []
    while (item := db.query(Item).filter(Item.id == len(names) + 1).first()) is not None:
        names.append(item.name)
    else:
        names.append("end")
    return names

@app.get("/seven")
def seven(db: Session = Depends(get_db)):
    try:
        return db.query(Item).filter(Item.name == "zz").one().name
    except NoResultFound: return "no"
    finally: db.rollback()

@app.get("/eight")
def eight(db: Session = Depends(get_db)):
    def inner(n): return db.get(Item, n)
    a, *rest = [inner(n) for n in (1, 2, 3)]
    return [a and a.name, len(rest), f"{db.query(Item).count():03d}", f"{inner(2).name if inner(2) else '-'!r}"]

@app.get("/nine")
def nine(db: Session = Depends(get_db)):
    average = db.query(func.avg(Item.price))
    return (db.query(Item.name).filter(Item.price > (average.scalar() or 0)).all() or [("x",)])[0][0]

@app.api_route("/ten", methods=["GET", "POST"])
def ten(db: Session = Depends(get_db), ids: list[int] = Query([])):
    with db.begin_nested():
        found = db.execute(select(Item).where(Item.id.in_(ids or [1, 2]))).scalars().all()
    assert db.query(Item).count() >= 0, db.query(Item).count()
    return sorted((i.name for i in found), key=lambda n: n[::-1])

@app.get("/eleven")
def eleven(db: Session = Depends(get_db)):
    total = 0
    for item in db.query(Item).yield_per(1):
        if item.price > 3: continue
        total += item.price
    del item
    return total if total else db.query(Item).count() or None

@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    db.add_all([Item(id=1, name="a", price=1), Item(id=2, name="b", price=4)]); db.commit()
    return 1
"""
IMPORTS = "from fastapi import Query\nfrom sqlalchemy import func, select\nfrom sqlalchemy.exc import NoResultFound"
PATHS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "ten?ids=2")


def test_they_do_the_same(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    gets = [("GET", f"/{path}", None) for path in PATHS]
    requests = [*gets, ("POST", "/seed", None), *gets, ("GET", "/eleven", None), ("POST", "/ten", None)]
    before = answers(root, requests)
    assert {status for status, _ in before["answers"]} == {200}
    found = outcomes(converted(root))
    assert {name for name, outcome in found.items() if outcome != "native"} == {"GET /five"}
    assert answers(root, requests) == before
    assert not converted(root).after
