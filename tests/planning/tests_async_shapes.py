"""A service whose tests call its functions with a session of their own: by fixtures, helpers, classes, and lazily."""

from __future__ import annotations

DATABASE = """
from sqlalchemy import ForeignKey, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    pets: Mapped[list["Pet"]] = relationship(back_populates="owner")


class Pet(Base):
    __tablename__ = "pets"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    owner: Mapped[User] = relationship(back_populates="pets")


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
CRUD = """
from sqlalchemy.orm import Session

from app.database import Pet, User


def add_user(db: Session, name: str) -> User:
    user = User(name=name)
    db.add(user)
    db.commit()
    db.refresh(user)
    return user


def find_user(db: Session, name: str) -> User | None:
    return db.query(User).filter(User.name == name).first()


def add_pet(db: Session, user: User, name: str) -> Pet:
    pet = Pet(name=name, owner_id=user.id)
    db.add(pet)
    db.commit()
    db.refresh(pet)
    return pet


def pets(db: Session) -> list[Pet]:
    return db.query(Pet).order_by(Pet.id).all()


def rename(db: Session, old: str, new: str) -> None:
    db.query(User).filter(User.name == old).update({"name": new})
    db.commit()


def count(db: Session) -> int:
    return db.query(User).count()


class Pets:
    def __init__(self, db: Session):
        self.db = db

    def named(self, name: str) -> list[Pet]:
        return self.db.query(Pet).filter(Pet.name == name).all()
"""
MAIN = """
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from app import crud
from app.database import get_db

app = FastAPI()


@app.post("/users/{name}")
def add(name: str, db: Session = Depends(get_db)) -> int:
    if crud.find_user(db, name):
        raise HTTPException(409)
    return crud.add_user(db, name).id


@app.get("/users")
def count(db: Session = Depends(get_db)) -> int:
    return crud.count(db)


@app.put("/users/{old}")
def rename(old: str, new: str, db: Session = Depends(get_db)) -> None:
    crud.rename(db, old, new)


@app.post("/users/{name}/pets/{pet}")
def add_pet(name: str, pet: str, db: Session = Depends(get_db)) -> int:
    user = crud.find_user(db, name)
    if user is None:
        raise HTTPException(404)
    return crud.add_pet(db, user, pet).id


@app.get("/pets")
def pets(name: str = "", db: Session = Depends(get_db)) -> list[str]:
    found = crud.Pets(db).named(name) if name else crud.pets(db)
    return [pet.name for pet in found]
"""
CONFTEST = """
import pytest
from app import crud
from app.database import Base, get_db
from app.main import app
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
Factory = sessionmaker(bind=engine)


@pytest.fixture
def db():
    Base.metadata.create_all(engine)
    with Factory() as session:
        yield session
    Base.metadata.drop_all(engine)


@pytest.fixture
def client(db):
    app.dependency_overrides[get_db] = lambda: db
    yield TestClient(app)
    app.dependency_overrides.clear()


@pytest.fixture
def ann(db):
    return make(db)


@pytest.fixture
def repository(db):
    return crud.Pets(db)


def make(db: Session, name: str = "ann"):
    return crud.add_user(db, name)
"""
MOVING = """
import pytest
from app import crud
from app.database import Pet, User


def test_the_same_object(db):
    user = crud.add_user(db, "bob")
    assert crud.find_user(db, name="bob") is user
    assert crud.find_user(db, "eve") is None


def test_fixture(db, ann):
    assert crud.find_user(db, ann.name) == ann
    assert db.query(User).filter_by(name="ann").count() == 1


@pytest.mark.parametrize("name", ["rex", "tom"])
def test_own_queries(db, ann, name):
    pet = crud.add_pet(db, ann, name)
    assert [one.name for one in crud.pets(db)] == [name]
    db.delete(pet)
    db.commit()
    assert db.query(Pet).filter(Pet.name == name).all() == []


def test_raises(db, ann):
    with pytest.raises(Exception, match="UNIQUE"):
        crud.add_user(db, ann.name)
    db.rollback()
    assert crud.count(db) == 1


class TestClass:
    def test_direct(self, db):
        db.add(User(name="x"))
        db.commit()
        assert crud.find_user(db, "x") is not None


def test_lazy(db, ann):
    pet = crud.add_pet(db, ann, "rex")
    found = crud.find_user(db, ann.name)
    assert [one.name for one in found.pets] == ["rex"]
    assert pet.owner.name == "ann"


def test_repository(repository, db, ann):
    crud.add_pet(db, ann, "rex")
    assert [one.name for one in repository.named("rex")] == ["rex"]
    assert repository.named("tom") == []


def test_nothing_to_wait_for():
    assert User(name="x").name == "x"
"""
STAYING = """
from app import crud


def test_lambda(db, ann):
    assert list(map(lambda name: crud.count(db), ["a"])) == [1]


def test_api(client):
    assert client.post("/users/zoe").json() == 1
    assert client.get("/users").json() == 1


def test_shares_the_session_with_the_app(client, db):
    crud.add_user(db, "joe")
    client.put("/users/joe", params={"new": "jim"})
    assert crud.count(db) == 1
"""
# each test in a transaction that is undone, on a database that the environment may name
ROLLED_BACK = """
import os

import pytest
from app.database import Base, User
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

DEFAULT_URL = "sqlite+pysqlite:///:memory:"


def url() -> str:
    return os.environ.get("TEST_DATABASE") or DEFAULT_URL


@pytest.fixture(scope="session")
def engine():
    made = create_engine(url())
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add(User(name="kept"))
        session.commit()
    yield made
    Base.metadata.drop_all(made)
    made.dispose()


@pytest.fixture
def db(engine):
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(bind=connection)
    yield session
    session.close()
    if transaction.is_active:
        transaction.rollback()
    connection.close()
"""
ISOLATED = """
import pytest
from app import crud
from app.database import Pet, User


@pytest.mark.parametrize("name", ["rex", "tom"])
def test_apart(db, name):
    assert [user.name for user in db.query(User).all()] == ["kept"]
    assert crud.pets(db) == []
    crud.rename(db, "kept", "other")
    user = crud.add_user(db, "ann")
    pet = crud.add_pet(db, user, name)
    assert pet.owner is user
    assert db.query(Pet).count() == 1


def test_flushed_only(db):
    db.add(User(name="bob"))
    db.flush()
    assert crud.find_user(db, "bob").name == "bob"
    db.rollback()
    assert crud.find_user(db, "bob") is None


def test_afterwards(db):
    assert [user.name for user in db.query(User).all()] == ["kept"]
"""
FILES = {
    "app/__init__.py": "", "app/database.py": DATABASE, "app/crud.py": CRUD, "app/main.py": MAIN,
    "tests/__init__.py": "", "tests/conftest.py": CONFTEST, "tests/test_moving.py": MOVING,
    "tests/test_staying.py": STAYING, "tests/rolled_back/__init__.py": "",
    "tests/rolled_back/conftest.py": ROLLED_BACK, "tests/rolled_back/test_isolated.py": ISOLATED,
}  # fmt: skip
