"""Objects that a look-up gives and another function reads: what it reads is loaded where the object is handed over."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine

members = Table(
    "members", Base.metadata, Column("club_id", ForeignKey("clubs.id")), Column("person_id", ForeignKey("people.id"))
)


class Club(Base):
    __tablename__ = "clubs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    people: Mapped[list["Person"]] = relationship(secondary=members, back_populates="clubs", order_by="Person.id")


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    clubs: Mapped[list[Club]] = relationship(secondary=members, back_populates="people", order_by="Club.id")
    logins: Mapped[list["LoginSession"]] = relationship(back_populates="person")


class LoginSession(Base):
    __tablename__ = "logins"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    person: Mapped[Person] = relationship(back_populates="logins")


Base.metadata.create_all(engine)
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.database import get_db
from app.models import Club, LoginSession, Person

app = FastAPI()


class ClubOut(BaseModel):
    name: str
    people: list[str]


class Named(BaseModel):
    model_config = {"from_attributes": True}
    name: str


class PersonOut(Named):
    clubs: list[Named] = []


class People(BaseModel):
    people: list[PersonOut]


def find(db: Session, key: int) -> Club:
    club = db.get(Club, key)
    if club is None:
        raise HTTPException(404)
    return club


def shown(club: Club) -> ClubOut:
    return ClubOut(name=club.name, people=[person.name for person in club.people])


def login_of(key: int, db: Session = Depends(get_db)) -> LoginSession | None:
    return db.get(LoginSession, key)


def person_of(session: LoginSession | None = Depends(login_of)) -> Person | None:
    if session:
        return session.person
    return None


def names_of(session: LoginSession) -> list[str]:
    return [club.name for club in session.person.clubs]


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    ann, bob = Person(id=1, name="ann"), Person(id=2, name="bob")
    db.add_all([Club(id=1, name="chess", people=[ann]), Club(id=2, name="golf"), bob, LoginSession(id=1, person=ann)])
    db.commit()


@app.get("/clubs/{key}", response_model=ClubOut)
def one(key: int, db: Session = Depends(get_db)):
    club = find(db, key)
    return shown(club)


@app.get("/clubs", response_model=list[ClubOut])
def every(db: Session = Depends(get_db)):
    clubs = db.scalars(select(Club).options(selectinload(Club.people)).order_by(Club.id)).all()
    return [shown(club) for club in clubs]


@app.put("/clubs/{key}/people/{number}", response_model=ClubOut)
def enter(key: int, number: int, db: Session = Depends(get_db)):
    club = find(db, key)
    person = db.get(Person, number)
    if person not in club.people:
        club.people.append(person)
        db.commit()
        db.refresh(club)
    return shown(club)


@app.delete("/clubs/{key}/people/{number}", response_model=ClubOut)
def leave(key: int, number: int, db: Session = Depends(get_db)):
    club = find(db, key)
    person = db.get(Person, number)
    if person in club.people:
        club.people.remove(person)
        db.commit()
        db.refresh(club)
    return shown(club)


@app.get("/me/{key}")
def me(person: Person | None = Depends(person_of)):
    return person.name if person else "nobody"


@app.get("/people", response_model=People)
def people(least: int = 0, db: Session = Depends(get_db)):
    query = select(Person).order_by(Person.id)
    if least:
        query = query.where(Person.id >= least)
    query = query.limit(5)
    found = db.scalars(query).all()
    return People(people=found)
"""
REQUESTS = [
    ("POST", "/seed", None), ("GET", "/clubs/1", None), ("GET", "/clubs/7", None), ("GET", "/clubs", None),
    ("PUT", "/clubs/2/people/2", None), ("PUT", "/clubs/2/people/2", None), ("PUT", "/clubs/1/people/2", None),
    ("DELETE", "/clubs/1/people/1", None), ("DELETE", "/clubs/1/people/1", None), ("GET", "/clubs", None),
    ("GET", "/me/1", None), ("GET", "/me/5", None), ("GET", "/people", None), ("GET", "/people?least=2", None),
]  # fmt: skip


def test_their_callers_load_what_is_read(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": MAIN}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]].count(200) == 13
    result = converted(root)
    found = outcomes(result)
    assert {path for path, outcome in found.items() if outcome == "left"} == set()
    assert answers(root, REQUESTS) == before
    text = (root / "app/main.py").read_text()
    assert text.count('    await db.refresh(club, attribute_names=["people"])\n    return shown(club)\n') == 3
    assert "session.refresh" not in text and "refresh(found" not in text
