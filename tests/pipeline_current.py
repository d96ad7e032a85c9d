"""Services whose modules give everyone the session of the current request: by a ContextVar, or a registry."""

from __future__ import annotations

HEAD = """
from contextvars import ContextVar
from itertools import count

from sqlalchemy.orm import Session, scoped_session

from app.database import SessionLocal
"""
PROPERTY = """
_session: ContextVar[Session | None] = ContextVar("_session", default=None)


class Database:
    @property
    def session(self) -> Session:
        session = _session.get()
        if session is None:
            raise RuntimeError("no session")
        return session


db = Database()


class SessionMiddleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        with SessionLocal() as session:
            token = _session.set(session)
            try:
                await self.app(scope, receive, send)
            finally:
                _session.reset(token)
"""
FUNCTION = """
_session: ContextVar[Session] = ContextVar("_session")


def current_session() -> Session:
    return _session.get()


async def keep_session():
    session = SessionLocal()
    token = _session.set(session)
    try:
        yield
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
        _session.reset(token)
"""
REGISTRY = """
_scope: ContextVar[int] = ContextVar("_scope", default=0)
_numbers = count(1)
db = scoped_session(SessionLocal, scopefunc=_scope.get)


async def keep_session(request, call_next):
    token = _scope.set(next(_numbers))
    try:
        return await call_next(request)
    finally:
        db.remove()
        _scope.reset(token)
"""
FACADE = """
_scope: ContextVar[int] = ContextVar("_scope", default=0)
_numbers = count(1)


class Database:
    def __init__(self) -> None:
        self._scoped: scoped_session[Session] | None = None

    def start(self) -> None:
        self._scoped = scoped_session(SessionLocal, scopefunc=_scope.get)

    @property
    def session(self) -> Session:
        if self._scoped is None:
            raise RuntimeError("not started")
        return self._scoped()

    def remove(self) -> None:
        if self._scoped is not None:
            self._scoped.remove()


db = Database()
db.start()


async def keep_session(request, call_next):
    token = _scope.set(next(_numbers))
    try:
        return await call_next(request)
    finally:
        db.remove()
        _scope.reset(token)
"""
MAIN = """
from fastapi import Depends, FastAPI

from app import cheap, first, names
from app.sessions import KEEPER

app = FastAPI(OPTIONS)
ADDED
app.include_router(cheap.router)
app.include_router(first.router)
app.include_router(names.router)
"""
REPO = """
from app.models import Item
from app.sessions import GIVER


def find(name: str) -> Item | None:
    return SESSION.query(Item).filter_by(name=name).first()


def add(name: str) -> Item:
    item = Item(name=name)
    SESSION.add(item)
    SESSION.commit()
    return item
"""
ROUTER = """
from fastapi import APIRouter

from app import repo
from app.models import Item
from app.sessions import GIVER

router = APIRouter()


"""
CHEAP = """@router.get("/cheap")
def cheap() -> int:
    session = SESSION
    return session.query(Item).filter(Item.price < 5).count()
"""
FIRST = """@router.get("/first")
def first() -> str | None:
    item = repo.find("a") or SESSION.get(Item, 1)
    return item.name if item else None
"""
NAMES = """@router.post("/names")
def names() -> list[str]:
    repo.add(f"a{SESSION.query(Item).count()}")
    return [item.name for item in SESSION.query(Item).order_by(Item.id)]
"""
DEPENDENCY = "dependencies=[Depends(keep_session)]"
#: kind -> the module, how the app has it, and what gives the session
KINDS = {
    "property": (PROPERTY, "SessionMiddleware", "", "app.add_middleware(SessionMiddleware)", "db", "db.session"),
    "function": (FUNCTION, "keep_session", DEPENDENCY, "", "current_session", "current_session()"),
    "registry": (REGISTRY, "keep_session", "", 'app.middleware("http")(keep_session)', "db", "db"),
    "facade": (FACADE, "keep_session", "", 'app.middleware("http")(keep_session)', "db", "db.session"),
}  # fmt: skip


def service(kind: str) -> dict[str, str]:
    """The files of a service of three routers."""
    module, keeper, options, added, giver, session = KINDS[kind]

    def on_session(text: str) -> str:
        return text.replace("GIVER", giver).replace("SESSION", session)

    main = MAIN.replace("KEEPER", keeper).replace("OPTIONS", options).replace("ADDED", added)
    routes = {"cheap": CHEAP, "first": FIRST, "names": NAMES}
    return {
        "app/sessions.py": HEAD + module,
        "app/main.py": main,
        "app/repo.py": on_session(REPO),
        **{f"app/{name}.py": on_session(ROUTER + text) for name, text in routes.items()},
    }
