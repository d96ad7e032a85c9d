"""Parameters that are annotated as a schema and are given mapped objects, as in tutorials: what they read is loaded."""

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
    scopes: Mapped[str]


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"))
    role: Mapped[Role] = relationship()


Base.metadata.create_all(engine)
with SessionLocal() as db:
    if not db.query(Person).count():
        db.add_all([Person(id=1, email="a", role=Role(scopes="read")), Person(id=2, email="b", role=Role(scopes=""))])
        db.commit()
"""
SHAPES = """
from pydantic import BaseModel


class Role(BaseModel):
    scopes: str


class Person(BaseModel):
    id: int
    role: Role
"""
MAIN = """
def by_email(db: Session, email: str):
    return db.query(people.Person).filter(people.Person.email == email).first()


def current(email: str, db: Session = Depends(get_db)):
    return db.query(people.Person).filter(people.Person.email == email).one()


def asked_for(email: str, db: Session = Depends(get_db)):
    return db.query(people.Person).filter_by(email=email).first()


def check(wanted: str, person: shapes.Person) -> None:
    if wanted not in person.role.scopes:
        raise HTTPException(403, "no")


def scopes_of(person: shapes.Person) -> str:
    return person.role.scopes


def all_scopes(found: list[shapes.Person]) -> list[str]:
    return [person.role.scopes for person in found]


@app.get("/checked")
def checked(wanted: str, person: shapes.Person = Depends(current), db: Session = Depends(get_db)):
    check(wanted, person)
    return person.id


@app.get("/own")
def own(person: shapes.Person = Depends(asked_for)):
    return person.role.scopes


@app.get("/login")
def login(email: str, db: Session = Depends(get_db)):
    person = by_email(db, email)
    return scopes_of(person=person)


@app.get("/all")
def everybody(db: Session = Depends(get_db)):
    return all_scopes(db.query(people.Person).order_by(people.Person.id).all())


@app.post("/sent")
def sent(person: shapes.Person, db: Session = Depends(get_db)):
    return [db.query(people.Person).count(), person.role.scopes]
"""
ASKED = [
    ("GET", "/checked?wanted=read&email=a", None),
    ("GET", "/checked?wanted=read&email=b", None),
    ("GET", "/own?email=a", None),
    ("GET", "/login?email=a", None),
    ("GET", "/all", None),
    ("POST", "/sent", {"id": 3, "role": {"scopes": "x"}}),
]


def test_what_helpers_read_of_objects_is_loaded(tmp_path: Path) -> None:
    imports = "from app import people, shapes"
    root = write_service(tmp_path, {**app(MAIN, imports), "app/people.py": PEOPLE, "app/shapes.py": SHAPES})
    before = answers(root, ASKED)
    assert before["answers"] == [
        [200, 1], [403, {"detail": "no"}], [200, "read"], [200, "read"], [200, ["read", ""]], [200, [2, "x"]],
    ]  # fmt: skip
    result = converted(root)
    assert answers(root, ASKED) == before
    assert set(outcomes(result).values()) == {"native"}, outcomes(result)
