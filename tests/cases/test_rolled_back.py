"""Objects that are read or given back after a rollback, which expires them: they are loaded anew, or the code stays."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

PEOPLE = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, SessionLocal, engine


class Role(Base):
    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    seen: Mapped[int] = mapped_column(default=0)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"))
    role: Mapped[Role] = relationship()


class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)


Base.metadata.create_all(engine)
with SessionLocal() as db:
    if not db.query(Person).count():
        db.add_all([Person(id=1, email="a", role=Role(name="admin")), Visit(key="taken")])
        db.commit()
"""
MAIN = """
def current(key: str, db: Session = Depends(get_db)):
    person = db.query(Person).filter(Person.id == 1).first()
    try:
        person.seen = person.seen + 1
        db.add(Visit(key=key))
        db.commit()
    except IntegrityError:
        db.rollback()
    return person


def found(person_id: int, key: str, db: Session = Depends(get_db)):
    person = db.query(Person).filter(Person.id == person_id).first()
    try:
        db.add(Visit(key=key))
        db.commit()
    except IntegrityError:
        db.rollback()
    return person


@app.get("/me")
def me(person: Person = Depends(current)):
    return [person.email, person.seen]


@app.get("/role")
def role(person: Person = Depends(found)):
    return person.role.name if person else "nobody"


@app.get("/here")
def here(key: str, db: Session = Depends(get_db)):
    person = db.query(Person).filter(Person.id == 1).one()
    visit = db.query(Visit).filter(Visit.key == "taken").one()
    try:
        db.add(Visit(key=key))
        db.commit()
    except IntegrityError:
        db.rollback()
    return [person.email, visit.key]


@app.get("/every")
def every(key: str, db: Session = Depends(get_db)):
    people = db.query(Person).all()
    try:
        db.add(Visit(key=key))
        db.commit()
    except IntegrityError:
        db.rollback()
    return people
"""
ASKED = [
    ("GET", path + key, None)
    for path in ("/me?key=", "/role?person_id=1&key=", "/role?person_id=9&key=", "/here?key=", "/every?key=")
    for key in (f"new{path[1:3]}{len(path)}", "taken")
]


def test_what_a_rollback_expired_is_loaded_anew(tmp_path: Path) -> None:
    imports = "from sqlalchemy.exc import IntegrityError\n\nfrom app.people import Person, Visit"
    root = write_service(tmp_path, {**app(MAIN, imports), "app/people.py": PEOPLE})
    before = answers(root, ASKED)
    assert before["answers"][:8] == [
        [200, ["a", 1]], [200, ["a", 1]], [200, "admin"], [200, "admin"], [200, "nobody"], [200, "nobody"],
        [200, ["a", "taken"]], [200, ["a", "taken"]],
    ]  # fmt: skip
    result = converted(root)
    assert answers(root, ASKED) == before
    assert outcomes(result) == {"GET /me": "native", "GET /role": "native", "GET /here": "native", "GET /every": "left"}


SAVED = """
def touch(db: Session, visit: Visit):
    visit.key = visit.key + "!"
    db.commit()


@app.post("/saved")
def saved(key: str, db: Session = Depends(get_db)):
    visit = Visit(key=key)
    db.add(visit)
    touch(db, visit)
    db.rollback()
    return visit.key


@app.post("/saved-before-more")
def saved_before_more(key: str, db: Session = Depends(get_db)):
    visit = Visit(key=key)
    try:
        db.add(visit)
        db.commit()
        db.add(Visit(key=key))
        db.flush()
    except IntegrityError:
        db.rollback()
    return visit.key


@app.post("/not-saved")
def not_saved(key: str, db: Session = Depends(get_db)):
    visit = Visit(key=key)
    try:
        db.add(visit)
        db.commit()
        db.refresh(visit)
    except IntegrityError:
        db.rollback()
        return {"refused": visit.key}
    return visit.id > 0
"""
SAVING = [("POST", f"/{path}", None) for path in ("saved?key=a", "saved-before-more?key=b", "not-saved?key=a!")]


def test_a_new_object_that_was_saved_before_the_rollback(tmp_path: Path) -> None:
    imports = "from sqlalchemy.exc import IntegrityError\n\nfrom app.people import Person, Visit"
    root = write_service(tmp_path, {**app(SAVED, imports), "app/people.py": PEOPLE})
    before = answers(root, SAVING)
    assert before["answers"] == [[200, "a!"], [200, "b"], [200, {"refused": "a!"}]]
    result = converted(root)
    written = (root / "app/main.py").read_text()
    assert answers(root, SAVING) == before
    assert set(outcomes(result).values()) == {"native"}
    assert written.count("refresh(") == 3
    assert "is not None" not in written


UNSURE = """
@app.post("/after-more")
def after_more(key: str, db: Session = Depends(get_db)):
    visit = Visit(key=key)
    try:
        db.add(visit)
        db.commit()
        db.add(Visit(key=key))
        db.flush()
    except IntegrityError:
        db.rollback()
    return visit.key


@app.post("/perhaps")
def perhaps(key: str, keep: bool, db: Session = Depends(get_db)):
    visit = Visit(key=key)
    db.add(visit)
    if keep:
        db.commit()
    db.rollback()
    return visit.key


@app.post("/in-a-loop")
def in_a_loop(key: str, db: Session = Depends(get_db)):
    visit, seen = Visit(key=key), []
    db.add(visit)
    for other in ("x", "y", "x"):
        try:
            db.add(Visit(key=key + other))
            db.commit()
        except IntegrityError:
            db.rollback()
            seen.append(visit.key)
    return seen
"""
UNSURE_ASKED = [
    ("POST", f"/{path}", None)
    for path in (
        "after-more?key=a", "after-more?key=a", "perhaps?key=b&keep=1", "perhaps?key=c&keep=0", "in-a-loop?key=d",
    )
]  # fmt: skip


def test_a_new_object_that_only_some_ways_have_saved(tmp_path: Path) -> None:
    imports = "from sqlalchemy.exc import IntegrityError\n\nfrom app.people import Person, Visit"
    root = write_service(tmp_path, {**app(UNSURE, imports), "app/people.py": PEOPLE})
    before = answers(root, UNSURE_ASKED)
    assert before["answers"] == [[200, "a"], [200, "a"], [200, "b"], [200, "c"], [200, ["d"]]]
    result = converted(root)
    assert answers(root, UNSURE_ASKED) == before
    assert outcomes(result) == {"POST /after-more": "native", "POST /perhaps": "native", "POST /in-a-loop": "left"}
