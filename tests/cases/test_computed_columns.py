"""Columns that the mapping computes by SQL, and attributes that are mapped outside the body of their class."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import declarative_base, sessionmaker

engine = create_engine("sqlite:///./app.db")
SessionLocal = sessionmaker(bind=engine, autoflush=False)
Base = declarative_base()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, String, func, select
from sqlalchemy.orm import column_property, relationship

from app.database import Base


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    first = Column(String)
    last = Column(String, default="x")
    full = column_property(first + " " + last)


class Ticket(Base):
    __tablename__ = "tickets"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    owner_id = Column(ForeignKey("users.id"))
    owner = relationship(User, back_populates="tickets")


User.tickets = relationship(Ticket, back_populates="owner", order_by=Ticket.id)
User.n_tickets = column_property(
    select(func.count(Ticket.id)).where(Ticket.owner_id == User.id).correlate_except(Ticket).scalar_subquery()
)
"""
SERVICE = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.database import Base, engine, get_db
from app.models import Ticket, User

app = FastAPI()
Base.metadata.create_all(engine)


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    full: str
    n_tickets: int


class TicketOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str
    owner: UserOut


class Whole(UserOut):
    tickets: list[TicketOut]


@app.post("/users", response_model=UserOut)
def create(first: str, db: Session = Depends(get_db)):
    user = User(first=first)
    db.add(user)
    db.commit()
    return user


@app.post("/flushed")
def flushed(first: str, db: Session = Depends(get_db)):
    user = User(first=first)
    db.add(user)
    db.flush()
    found = {"full": user.full, "n": user.n_tickets}
    db.commit()
    return found


@app.put("/users/{key}", response_model=UserOut)
def change(key: int, first: str, db: Session = Depends(get_db)):
    user = db.query(User).filter(User.id == key).first()
    user.first = first
    db.commit()
    return user


@app.put("/flush/{key}")
def change_flush(key: int, first: str, db: Session = Depends(get_db)):
    user = db.get(User, key)
    user.first = first
    db.flush()
    full = user.full
    db.rollback()
    return [full, user.full]


@app.post("/by-key/{key}")
def by_key(key: int, title: str, db: Session = Depends(get_db)):
    user = db.get(User, key)
    if user is None:
        raise HTTPException(404, "none")
    before = user.n_tickets
    db.add(Ticket(title=title, owner_id=user.id))
    db.flush()
    between = user.n_tickets
    db.commit()
    return [before, between, user.n_tickets]


@app.post("/by-object/{key}", response_model=TicketOut)
def by_object(key: int, title: str, db: Session = Depends(get_db)):
    user = db.get(User, key)
    ticket = Ticket(title=title, owner=user)
    db.add(ticket)
    db.commit()
    return ticket


@app.post("/by-list/{key}")
def by_list(key: int, title: str, db: Session = Depends(get_db)):
    user = db.get(User, key)
    user.tickets.append(Ticket(title=title))
    db.flush()
    between = user.n_tickets
    db.commit()
    return [between, user.n_tickets, user.full, len(user.tickets)]


@app.delete("/last/{key}")
def remove(key: int, db: Session = Depends(get_db)):
    user = db.get(User, key)
    db.delete(user.tickets[-1])
    db.commit()
    return {"left": user.n_tickets, "full": user.full}


@app.get("/users/{key}", response_model=Whole)
def whole(key: int, db: Session = Depends(get_db)):
    return db.get(User, key)


@app.get("/users", response_model=list[UserOut])
def everyone(least: int = 0, db: Session = Depends(get_db)):
    return db.query(User).filter(User.n_tickets >= least).order_by(User.full).all()


@app.post("/rename-all")
def rename_all(db: Session = Depends(get_db)):
    users = db.query(User).order_by(User.id).all()
    for user in users:
        user.last = f"{user.full}-{user.n_tickets}"
    db.commit()
    return [user.full for user in users]


@app.post("/loop-flush")
def loop_flush(db: Session = Depends(get_db)):
    found = []
    for user in db.query(User).order_by(User.id):
        user.last = "new"
        db.flush()
        found.append([user.full, user.n_tickets])
    db.commit()
    return found


def renamed(db: Session, key: int, first: str) -> User:
    user = db.query(User).filter(User.id == key).one()
    user.first = first
    db.commit()
    return user


@app.post("/through/{key}", response_model=UserOut)
def through(key: int, first: str, db: Session = Depends(get_db)):
    return renamed(db, key, first)


class Service:
    def __init__(self, db: Session):
        self.db = db

    def get(self, key: int) -> User | None:
        return self.db.query(User).filter(User.id == key).first()

    def touch(self, key: int) -> User:
        user = self.get(key)
        if user is None:
            raise HTTPException(404)
        user.last = "touched"
        self.db.add(user)
        self.db.commit()
        self.db.refresh(user)
        return user

    def open_ticket(self, key: int, title: str) -> User:
        user = self.get(key)
        if user is None:
            raise HTTPException(404)
        self.db.add(Ticket(title=title, owner_id=key))
        self.db.commit()
        return user


def get_service(db: Session = Depends(get_db)) -> Service:
    return Service(db)


@app.post("/touch/{key}", response_model=UserOut)
def touch(key: int, service: Service = Depends(get_service)):
    return service.touch(key)


@app.post("/open/{key}", response_model=UserOut)
def open_ticket(key: int, title: str, service: Service = Depends(get_service)):
    return service.open_ticket(key, title)


def current(key: int, db: Session = Depends(get_db)) -> User:
    return db.query(User).filter(User.id == key).one()


@app.post("/mine/{key}")
def mine(title: str, user: User = Depends(current), db: Session = Depends(get_db)):
    before = user.n_tickets
    db.add(Ticket(title=title, owner_id=user.id))
    db.commit()
    return {"before": before, "after": user.n_tickets, "label": f"{user.full}!"}


@app.get("/mine/{key}")
def mine_only(user: User = Depends(current)):
    return {"n": user.n_tickets}
"""
REQUESTS = [
    ("POST", "/users?first=a", None),
    ("POST", "/flushed?first=b", None),
    ("PUT", "/users/1?first=aa", None),
    ("PUT", "/flush/1?first=zz", None),
    ("POST", "/by-key/1?title=t", None),
    ("POST", "/by-object/1?title=u", None),
    ("POST", "/by-list/1?title=v", None),
    ("DELETE", "/last/1", None),
    ("GET", "/users/1", None),
    ("GET", "/users/2", None),
    ("GET", "/users?least=1", None),
    ("POST", "/rename-all", None),
    ("GET", "/users", None),
    ("POST", "/loop-flush", None),
    ("POST", "/through/1?first=q", None),
    ("POST", "/touch/1", None),
    ("POST", "/open/1?title=o", None),
    ("POST", "/mine/1?title=o", None),
    ("GET", "/mine/1", None),
    ("POST", "/open/77?title=o", None),
]
LEFT = {"PUT /flush/{key}", "POST /by-object/{key}", "POST /rename-all"}


def test_what_a_flush_or_a_commit_leaves_stale_is_read_anew(tmp_path: Path) -> None:
    files = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": SERVICE}
    root = write_service(tmp_path, files, basic=False)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert answers(root, REQUESTS) == before
    assert {status for status, _ in before["answers"]} == {200, 404}
    assert {route for route, outcome in outcomes(result).items() if outcome == "left"} == LEFT
    assert "await db.run_sync(lambda _: user.n_tickets)" in result.after["app/main.py"].decode()
    assert converted(root).after == {}
