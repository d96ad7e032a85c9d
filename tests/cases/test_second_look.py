"""What is loaded with every object for one read serves others, which would be left if each were looked at alone."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252
from .test_handed_objects import MODELS

MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.database import get_db
from app.models import Club, Person

app = FastAPI()


def find(db: Session, key: int) -> Club:
    club = db.get(Club, key)
    if club is None:
        raise HTTPException(404)
    return club


def shown(club: Club) -> dict:
    return {"name": club.name, "people": [person.name for person in club.people]}


def prune(db: Session, person: Person, keep: list[int]) -> None:
    left = [club for club in person.clubs if club.id not in keep]
    person.clubs = [club for club in person.clubs if club.id in keep]
    db.flush()
    for club in left:
        if not club.people:
            db.delete(club)


@app.post("/clubs")
def found(name: str, person: int, db: Session = Depends(get_db)):
    club = Club(name=name, people=[db.get(Person, person) or Person(id=person, name=f"p{person}")])
    db.add(club)
    db.commit()
    db.refresh(club)
    return shown(club)


@app.get("/clubs")
def every(db: Session = Depends(get_db)):
    return [shown(club) for club in db.scalars(select(Club).options(selectinload(Club.people)).order_by(Club.id))]


@app.get("/clubs/{key}")
def one(key: int, db: Session = Depends(get_db)):
    club = find(db, key)
    return shown(club)


@app.put("/clubs/{key}")
def rename(key: int, name: str, db: Session = Depends(get_db)):
    club = find(db, key)
    if club.people:
        club.name = name
    db.commit()
    db.refresh(club)
    return shown(club)


@app.delete("/clubs/{key}")
def close(key: int, db: Session = Depends(get_db)):
    club = find(db, key)
    club.people = []
    db.delete(club)
    db.commit()


@app.post("/people")
def enter(name: str, db: Session = Depends(get_db)):
    person = Person(name=name)
    db.add(person)
    db.flush()
    prune(db, person, [])
    db.commit()
    db.refresh(person)
    return [club.name for club in person.clubs]


@app.patch("/people/{key}")
def leave(key: int, db: Session = Depends(get_db)):
    person = db.get(Person, key)
    prune(db, person, [2])
    db.commit()
    return [club.name for club in person.clubs]
"""
REQUESTS = [
    ("POST", "/clubs?name=chess&person=1", None), ("POST", "/clubs?name=golf&person=1", None), ("GET", "/clubs", None),
    ("GET", "/clubs/1", None), ("PUT", "/clubs/1?name=go", None), ("POST", "/people?name=bob", None),
    ("PATCH", "/people/1", None), ("GET", "/clubs", None), ("DELETE", "/clubs/2", None), ("GET", "/clubs", None),
]  # fmt: skip


def test_a_second_run_finds_nothing_more(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": MAIN}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    assert {status for status, _ in before["answers"]} == {200}
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert converted(root).after == {}


def test_a_mapping_serves_nothing_where_it_would_lead_back(tmp_path: Path) -> None:
    """Clubs that are loaded over a person load their people on no mapping, which stops at the class it came from."""
    main = MAIN.replace("    person.clubs = [club for club in person.clubs if club.id in keep]\n", "")
    root = write_service(
        tmp_path, {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": main}, basic=False
    )
    before = answers(root, REQUESTS)
    assert {status for status, _ in before["answers"]} == {200}
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
