"""How the session reaches what uses it: name -> what makes a module of the service from transactions."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent, indent

from .transactions import HEAD

FASTAPI = "from fastapi import Depends, FastAPI, Request\n"
GET_DB = """
def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""
APP = "\n\napp = FastAPI()\n"


def function(name: str, head: str, body: str, session: str, depth: int = 0) -> str:
    """A function around a body. head: its first line with `NAME` for the name."""
    text = re.sub(r"\bDB\b", session, dedent(body).strip())
    return indent(f"{head.replace('NAME', name)}\n{indent(text, '    ')}\n", "    " * depth)


def module(before: str, route: Callable[[str, str], str], imports: str = "") -> Callable[[dict[str, str]], str]:
    """A service of one module: imports, what stands before, and a route for each body."""

    def made(bodies: dict[str, str]) -> dict[str, str]:
        parts = [dedent(before).strip("\n"), *(route(name, body).strip("\n") for name, body in bodies.items())]
        text = dedent(imports).lstrip("\n") + FASTAPI + HEAD.lstrip("\n") + APP + "\n\n" + "\n\n\n".join(parts) + "\n"
        return text

    return made


def route(name: str, parameters: str, body: str, session: str) -> str:
    return f'@app.get("/{name}")\n' + function(name, f"def NAME({parameters}):", body, session)


def called(name: str, parameters: str, call: str) -> str:
    """A route that calls something else."""
    return f'@app.get("/{name}")\ndef route_{name}({parameters}):\n    return {call}\n'


def by_parameter(name: str, body: str) -> str:
    inner = function(name, "def NAME(db: Session):", body, "db")
    return f"{inner}\n\n{called(name, 'db: Session = Depends(get_db)', f'{name}(db)')}"


def by_commons(name: str, body: str) -> str:
    inner = function(name, "def NAME(*, db_session, page: int, size: int):", body, "db_session")
    return f"{inner}\n\n{called(name, 'common: dict = Depends(common_parameters)', f'{name}(**common)')}"


def by_opening(name: str, body: str) -> str:
    return route(name, "", "with SessionLocal() as db:\n" + indent(dedent(body).strip(), "    "), "db")


def by_joining(name: str, body: str) -> str:
    head = "def NAME(given: Session | None = None):"
    inner = function(name, head, "with joined(given) as db:\n" + indent(dedent(body).strip(), "    "), "db")
    join = called(name, "db: Session = Depends(get_db)", f"{name}(db)")
    return f"{inner}\n\n{join}\n\n" + join.replace(f'"/{name}"', f'"/own/{name}"').replace(
        f"def route_{name}(db: Session = Depends(get_db))", f"def own_{name}()"
    ).replace(f"{name}(db)", f"{name}()")


def by_injection(name: str, body: str) -> str:
    inner = "@provide_session\n" + function(name, "def NAME(session: Session = NEW_SESSION):", body, "session")
    return f"{inner}\n\n{called(name, '', f'{name}()')}"


def by_service(name: str, body: str) -> str:
    inner = f"class Service_{name}:\n    def __init__(self, db: Session):\n        self.db = db\n\n"
    inner += function(name, "def run(self):", body, "self.db", 1)
    return f"{inner}\n\n{called(name, 'db: Session = Depends(get_db)', f'Service_{name}(db).run()')}"


def by_class_dependency(name: str, body: str) -> str:
    inner = f"class Service_{name}:\n    def __init__(self, db: Session = Depends(get_db)):\n        self.db = db\n\n"
    inner += function(name, "def run(self):", body, "self.db", 1)
    return f"{inner}\n\n{called(name, f'service: Service_{name} = Depends()', 'service.run()')}"


def by_next(name: str, body: str) -> str:
    text = "db = next(get_db())\ntry:\n" + indent(dedent(body).strip(), "    ") + "\nfinally:\n    db.close()\n"
    return route(name, "", text, "db")


def by_registry(name: str, body: str) -> str:
    text = "db = registry()\ntry:\n" + indent(dedent(body).strip(), "    ") + "\nfinally:\n    registry.remove()\n"
    return route(name, "", text, "db")


def by_unit(name: str, body: str) -> str:
    inner = function(
        name, "def NAME(uow: UnitOfWork):", "with uow:\n" + indent(dedent(body).strip(), "    "), "uow.session"
    )
    return f"{inner}\n\n{called(name, 'uow: UnitOfWork = Depends(get_uow)', f'{name}(uow)')}"


def by_object(name: str, body: str) -> str:
    inner = function(
        name, "def NAME(held: Entry):", "session = object_session(held)\n" + dedent(body).strip(), "session"
    )
    return f"{inner}\n\n{called(name, 'db: Session = Depends(get_db)', f'{name}(db.get(Entry, 3))')}"


WAYS = {
    "default": module(GET_DB, lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db")),
    "parameter": module(GET_DB, by_parameter),
    "alias": module(
        f"{GET_DB}\n\nSessionDep = Annotated[Session, Depends(get_db)]\n",
        lambda name, body: route(name, "session: SessionDep", body, "session"),
        "from typing import Annotated\n\n",
    ),
    "untyped": module(GET_DB, lambda name, body: route(name, "db=Depends(get_db)", body, "db")),
    "commons": module(
        f"""{GET_DB}

def common_parameters(page: int = 1, size: int = 5, db_session: Session = Depends(get_db)):
    return {{"db_session": db_session, "page": page, "size": size}}
""",
        by_commons,
    ),
    "opened": module("", by_opening),
    "joined": module(
        f"""{GET_DB}

@contextmanager
def joined(db: Session | None = None):
    if db is not None:
        yield db
    else:
        with SessionLocal() as own:
            yield own
""",
        by_joining,
        "from contextlib import contextmanager\n\n",
    ),
    "injected": module(
        """
NEW_SESSION: Session = cast(Session, None)


def provide_session(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        if kwargs.get("session") is not None:
            return function(*args, **kwargs)
        with SessionLocal() as session:
            return function(*args, session=session, **kwargs)

    return wrapper
""",
        by_injection,
        "from functools import wraps\nfrom typing import cast\n\n",
    ),
    "service": module(GET_DB, by_service),
    "class_dependency": module(GET_DB, by_class_dependency),
    "next": module(GET_DB, by_next),
    "registry": module(
        "registry = scoped_session(SessionLocal)\n", by_registry, "from sqlalchemy.orm import scoped_session\n\n"
    ),
    "registry_proxy": module(
        """
registry = scoped_session(SessionLocal)


def get_db():
    try:
        yield registry
    finally:
        registry.remove()
""",
        lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db"),
        "from sqlalchemy.orm import scoped_session\n\n",
    ),
    "registry_of_request": module(
        """
def get_db():
    db = scoped_session(SessionLocal)
    try:
        yield db
    finally:
        db.close()
""",
        lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db"),
        "from sqlalchemy.orm import scoped_session\n\n",
    ),
    "state": module(
        """
@app.middleware("http")
async def keep_session(request: Request, call_next):
    request.state.db = SessionLocal()
    try:
        return await call_next(request)
    finally:
        request.state.db.close()


def get_db(request: Request):
    return request.state.db
""",
        lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db"),
    ),
    "unit": module(
        """
class UnitOfWork:
    def __init__(self, factory):
        self.factory = factory

    def __enter__(self):
        self.session: Session = self.factory()
        return self

    def __exit__(self, *details):
        self.session.rollback()
        self.session.close()


def get_uow() -> UnitOfWork:
    return UnitOfWork(SessionLocal)
""",
        by_unit,
    ),
    "object": module(GET_DB, by_object, "from sqlalchemy.orm import object_session\n\n"),
    "proxy": module(
        """
_session: ContextVar[Session | None] = ContextVar("_session", default=None)


class Database:
    @property
    def session(self) -> Session:
        session = _session.get()
        if session is None:
            raise RuntimeError("no session")
        return session


db = Database()


async def keep_session():
    session = SessionLocal()
    token = _session.set(session)
    try:
        yield
    finally:
        session.close()
        _session.reset(token)


app = FastAPI(dependencies=[Depends(keep_session)])
""",
        lambda name, body: route(name, "", body, "db.session"),
        "from contextvars import ContextVar\n\n",
    ),
    "scoped_proxy": module(
        """
_scope: ContextVar[int] = ContextVar("_scope", default=0)
_numbers = count(1)


class Database:
    def __init__(self) -> None:
        self._scoped = scoped_session(SessionLocal, scopefunc=_scope.get)

    @property
    def session(self) -> Session:
        return self._scoped()

    def remove(self) -> None:
        self._scoped.remove()


db = Database()


@app.middleware("http")
async def keep_session(request: Request, call_next):
    token = _scope.set(next(_numbers))
    try:
        return await call_next(request)
    finally:
        db.remove()
        _scope.reset(token)
""",
        lambda name, body: route(name, "", body, "db.session"),
        "from contextvars import ContextVar\nfrom itertools import count\n\n"
        "from sqlalchemy.orm import scoped_session\n\n",
    ),
    "proxy_function": module(
        """
_session: ContextVar[Session] = ContextVar("_session")


def current_session() -> Session:
    return _session.get()


@app.middleware("http")
async def keep_session(request: Request, call_next):
    with SessionLocal() as session:
        token = _session.set(session)
        try:
            return await call_next(request)
        finally:
            _session.reset(token)
""",
        lambda name, body: route(name, "", body, "current_session()"),
        "from contextvars import ContextVar\n\n",
    ),
    "scoped_global": module(
        """
_scope: ContextVar[int] = ContextVar("_scope", default=0)
_numbers = count(1)
registry = scoped_session(SessionLocal, scopefunc=_scope.get)


async def keep_session():
    token = _scope.set(next(_numbers))
    try:
        yield
    finally:
        registry.remove()
        _scope.reset(token)


app = FastAPI(dependencies=[Depends(keep_session)])
""",
        lambda name, body: route(name, "", body, "registry"),
        "from contextvars import ContextVar\nfrom itertools import count\n\n"
        "from sqlalchemy.orm import scoped_session\n\n",
    ),
    "commit_after_yield": module(
        """
def get_db():
    db = SessionLocal()
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()
""",
        lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db"),
    ),
    "begin_around_yield": module(
        """
def get_db():
    with SessionLocal.begin() as db:
        yield db
""",
        lambda name, body: route(name, "db: Session = Depends(get_db)", body, "db"),
    ),
    "generator_of_engine": module(
        """
def get_session():
    with Session(engine) as session:
        yield session
""",
        lambda name, body: route(name, "session: Session = Depends(get_session)", body, "session"),
    ),
}
