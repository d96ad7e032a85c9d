"""One conversion, as the pipeline would hand it over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from awaitify.plan_model import CallFact, FilePlan, FunctionOutcome, ProjectPlan, Reason, RouteOutcome, TextPlan
from awaitify_transforms.edits import AwaitCall, MakeAsync, Rename

USERS = b"""from fastapi import APIRouter, Depends
from app.db import get_db

router = APIRouter()


@router.get("/users/{user_id}")
def read_user(user_id: int, db=Depends(get_db)):
    return db.get(User, user_id)
"""
USERS_AFTER = USERS.replace(b"get_db", b"get_async_db")
USERS_AFTER = USERS_AFTER.replace(b"def read", b"async def read").replace(b"db.get(", b"await db.get(")
REQUIREMENTS = b"fastapi\naiosqlite\n"


@dataclass(frozen=True, slots=True)
class Result:
    """What `awaitify.pipeline.Result` holds."""

    plan: ProjectPlan
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


def span(text: bytes) -> tuple[int, int]:
    start = USERS.index(text)
    return start, start + len(text)


def route(
    method: str, path: str, name: str, line: int, before: str, after: str, how: str, *why: Reason
) -> RouteOutcome:
    """The route of app/MODULE.py, whose router has the module's name."""
    router = name.split(".")[0]
    return RouteOutcome(method, path, f"app.{name}", f"app/{router}.py", line, router, before, after, how, why)


@pytest.fixture
def outcome() -> Result:
    """Three routers: users is converted, files is bridged, legacy is left for two reasons."""
    edits = (
        Rename(span=span(b"get_db"), new="get_async_db"),
        MakeAsync(span=span(b"read_user"), reason="a route over an async session"),
        AwaitCall(span=span(b"db.get(User, user_id)"), reason="AsyncSession.get is awaited"),
    )
    unresolved = Reason("unresolved-call", "`db.magic()` does not resolve", "app/legacy.py", 9, ("old", "<b>magic</b>"))
    shared = Reason("shared-session", "its session is shared with /old|er", "app/legacy.py", 20)
    plan = ProjectPlan(
        routes=(
            route("GET", "/users/{user_id}", "users.read_user", 8, "sync", "async", "native"),
            route("POST", "/files", "files.store", 4, "async", "async", "repaired"),
            route("GET", "/old", "legacy.old", 7, "sync", "sync", "left", unresolved),
            route("GET", "/older", "legacy.older", 18, "sync", "sync", "left", unresolved, shared),
        ),
        files=(FilePlan("app/users.py", hashlib.sha256(USERS).hexdigest(), edits),),
        texts=(TextPlan("requirements.txt", hashlib.sha256(b"fastapi").hexdigest(), REQUIREMENTS.decode()),),
        functions=(
            FunctionOutcome(
                "app.users.read_user",
                "app/users.py",
                8,
                "sync",
                "async",
                (Reason("route", "it is a route that reads a session", "app/users.py", 8, ("app.crud.get",)),),
            ),
            FunctionOutcome(
                "app.crud.get",
                "app/crud.py",
                3,
                "sync",
                "async",
                (Reason("session-call", "it calls Session.get", "app/crud.py", 4),),
            ),
        ),
        calls=(
            CallFact("app/users.py", 9, "db.get(User, user_id)", "native"),
            CallFact("app/legacy.py", 9, "db.magic()", "unresolved"),
            CallFact("app/files.py", 6, "open(path)", "bridge"),
            CallFact("app/users.py", 9, "User", "native"),
        ),
        warnings=(Reason("parse-error", "does not parse and is taken as unknown", "app/broken.py", 3),),
        tests_changed=("tests/test_users.py",),
    )
    after = {
        "app/users.py": USERS_AFTER,
        "requirements.txt": b"fastapi\naiosqlite\n",
        "app/async_db.py": b"engine = 1\n",
    }
    return Result(plan, {"app/users.py": USERS, "requirements.txt": b"fastapi"}, after)
