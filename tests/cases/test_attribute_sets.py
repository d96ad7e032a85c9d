"""Setters, `@validates` and listeners that wait: they run where an attribute is set, without a call of them."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252

SERVICE = """
import hashlib
import time

from fastapi import Depends, FastAPI
from sqlalchemy import Column, Integer, String, create_engine, event
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Session, declarative_base, sessionmaker, validates

engine = create_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(bind=engine, autoflush=False)
Base = declarative_base()


def slow(text):
    time.sleep(0.001)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    _password = Column("password", String)

    @property
    def password(self):
        return self._password

    @password.setter
    def password(self, plain):
        self._password = slow(plain)


class Member(Base):
    __tablename__ = "members"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    secret = Column(String)

    @validates("secret")
    def hide(self, key, value):
        return slow(value)


class Guest(Base):
    __tablename__ = "guests"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    code = Column(String)


@event.listens_for(Guest.code, "set", retval=True)
def code_set(target, value, oldvalue, initiator):
    return slow(value)


class Owner(Base):
    __tablename__ = "owners"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    secret = Column(String)

    def __init__(self, **values):
        super().__init__(**values)

    @validates(*["secret"])
    def hide(self, key, value):
        return slow(value)


app = FastAPI()
Base.metadata.create_all(engine)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.post("/users")
def user(name: str, db: Session = Depends(get_db)):
    user = User(name=name, password="x")
    db.add(user)
    db.commit()
    return user._password


@app.post("/users2")
def user2(name: str, db: Session = Depends(get_db)):
    user = User(name=name)
    user.password = "x"
    db.add(user)
    db.commit()
    return user.password


@app.post("/users3")
def user3(name: str, db: Session = Depends(get_db)):
    user = User(**{"name": name, "password": "x"})
    db.add(user)
    db.commit()
    return user.password


@app.post("/members")
def member(name: str, db: Session = Depends(get_db)):
    db.add(Member(name=name, secret="x"))
    db.commit()
    return 1


@app.post("/members2")
def member2(name: str, db: Session = Depends(get_db)):
    m = Member(name=name)
    db.add(m)
    m.secret = "x"
    db.commit()
    return m.secret


@app.post("/members3")
def member3(name: str, db: Session = Depends(get_db)):
    m = Member(name=name)
    db.add(m)
    setattr(m, "secret", "x")
    db.commit()
    return m.secret


@app.post("/guests")
def guest(name: str, db: Session = Depends(get_db)):
    db.add(Guest(name=name, code="x"))
    db.commit()
    return 1


@app.post("/guests2")
def guest2(name: str, db: Session = Depends(get_db)):
    g = db.query(Guest).first()
    g.code = name
    db.commit()
    return g.code


@app.post("/owners")
def owner(name: str, db: Session = Depends(get_db)):
    db.add(Owner(name=name, secret="x"))
    db.commit()
    return 1


@app.post("/owners2")
def owner2(name: str, db: Session = Depends(get_db)):
    found = db.query(Owner).first()
    found.secret = name
    db.commit()
    return found.secret


@app.get("/guests")
def guests(db: Session = Depends(get_db)):
    return [g.code for g in db.query(Guest)]


@app.post("/plain")
def plain(name: str, db: Session = Depends(get_db)):
    user = User(name=name)
    db.add(user)
    db.commit()
    return user.name
"""
SETTING = ("users", "users2", "users3", "members", "members2", "members3", "guests", "guests2", "owners", "owners2")


def test_what_sets_such_an_attribute_stays(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/main.py": SERVICE}, basic=False)
    requests = [("POST", f"/{path}?name=a", None) for path in (*SETTING, "plain")] + [("GET", "/guests", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert {item for item, outcome in outcomes(result).items() if outcome == "native"} == {"POST /plain", "GET /guests"}
    found = {path: rules(route(result, "POST", f"/{path}")) for path in SETTING}
    assert found.pop("owners") == {"sync-callee", "dunder", "implicit-call"}  # its constructor sets it
    assert set(map(frozenset, found.values())) == {frozenset({"implicit-call"})}
