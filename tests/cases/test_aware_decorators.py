"""Decorators of the project that ask for coroutine functions themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

DECORATORS = """
import inspect
import time
from asyncio import iscoroutinefunction
from functools import wraps

seen: list[str] = []


def logged(f):
    @wraps(f)
    async def async_wrapper(*args, **kwargs):
        seen.append(f.__name__)
        return await f(*args, **kwargs)

    @wraps(f)
    def sync_wrapper(*args, **kwargs):
        seen.append(f.__name__)
        return f(*args, **kwargs)

    return async_wrapper if inspect.iscoroutinefunction(f) else sync_wrapper


def counted(step: int):
    def decorator(f):
        if not iscoroutinefunction(f):
            @wraps(f)
            def counting(*args, **kwargs):
                seen.append(f.__name__ * step)
                return f(*args, **kwargs)

            return counting

        @wraps(f)
        async def counting_async(*args, **kwargs):
            seen.append(f.__name__ * step)
            return await f(*args, **kwargs)

        return counting_async

    return decorator


def differs(f):
    if inspect.iscoroutinefunction(f):
        async def wrapper(*args, **kwargs):
            return await f(*args, **kwargs)
    else:
        def wrapper(*args, **kwargs):
            seen.append("sync")
            return f(*args, **kwargs)
    return wraps(f)(wrapper)


def slow(f):
    if inspect.iscoroutinefunction(f):
        @wraps(f)
        async def wrapper(*args, **kwargs):
            time.sleep(0.01)
            return await f(*args, **kwargs)

        return wrapper

    @wraps(f)
    def plain(*args, **kwargs):
        time.sleep(0.01)
        return f(*args, **kwargs)

    return plain
"""
BODY = """
@app.post("/items/{{name}}")
@{decorator}
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return [db.query(Item).count(), seen]
"""
REQUESTS = [("POST", "/items/a", None), ("POST", "/items/b", None)]


@pytest.mark.parametrize("decorator", ["logged", "counted(2)"])
def test_they_stay_as_they_are(tmp_path: Path, decorator: str) -> None:
    name = decorator.partition("(")[0]
    files = app(BODY.format(decorator=decorator), f"from app.decorators import seen, {name}")
    root = write_service(tmp_path, {**files, "app/decorators.py": DECORATORS})
    before = answers(root, REQUESTS)
    assert outcomes(converted(root)) == {"POST /items/{name}": "native"}
    assert (root / "app/decorators.py").read_text().strip() == DECORATORS.strip()
    assert answers(root, REQUESTS) == before


@pytest.mark.parametrize(
    ("decorator", "reason"), [("differs", "does something else for coroutine functions"), ("slow", "would block")]
)
def test_those_that_differ_or_block(tmp_path: Path, decorator: str, reason: str) -> None:
    files = app(BODY.format(decorator=decorator), f"from app.decorators import seen, {decorator}")
    root = write_service(tmp_path, {**files, "app/decorators.py": DECORATORS})
    result = converted(root)
    assert outcomes(result) == {"POST /items/{name}": "left"}
    assert reason in result.plan.routes[0].reasons[0].message
