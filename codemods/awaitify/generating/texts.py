"""Files that are the same for every service but for a name or two."""

from __future__ import annotations

from pathlib import Path

from awaitify_templates.environment import render

from awaitify.errors import AwaitifyError
from awaitify.project.index import File, build_index, text_of


def timing_middleware() -> str:
    """A pure ASGI middleware that logs how long requests take, and says so in a header."""
    return render("timing_middleware.py.j2")


def load_test(path: str, concurrency: int, requests: int) -> str:
    """A script that asks one address many times at once; it needs httpx."""
    return render("load_test.py.j2", path=path, concurrency=concurrency, requests=requests)


def start_scripts(app: str) -> dict[str, str]:
    """Name -> text of the scripts that start `app` ("module:app") with uvicorn. Raises AwaitifyError."""
    module, colon, name = app.partition(":")
    if not colon or not all(part.isidentifier() for part in [*module.split("."), name.removesuffix("()")]):
        raise AwaitifyError(f"--app {app}: write it as uvicorn takes it, for example app.main:app")
    names = ("start_development.sh", "start_production.sh")
    return {script: render(f"{script}.j2", app=app) for script in names}


def session_context(root: Path, factory: str = "") -> str:
    """A context manager for a session outside of requests, over the project's `async_sessionmaker`, or over `factory`
    ("module:name"). Raises AwaitifyError."""
    module, _, name = factory.partition(":")
    if not factory:
        found = sorted({made for file in build_index(root).files for made in _factories(file)})
        if len(found) != 1:
            which = ", ".join(f"{module}:{name}" for module, name in found) or "none; run `awaitify apply` first"
            raise AwaitifyError(
                f"{root}: one async_sessionmaker is needed, found {which}; or give --factory module:name"
            )
        module, name = found[0]
    elif not (module and name):
        raise AwaitifyError(f"--factory {factory}: write module:name, for example app.db:AsyncSessionLocal")
    return render("session_context.py.j2", module=module, factory=name)


def _factories(file: File) -> list[tuple[str, str]]:
    """The variables of a module that hold an `async_sessionmaker`."""
    found = []
    for statement in file.root.named_children:
        for node in statement.named_children if statement.type == "expression_statement" else ():
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            callee = right.child_by_field_name("function") if right is not None and right.type == "call" else None
            callee = callee.child_by_field_name("value") or callee if callee is not None else None
            if left is not None and callee is not None and text_of(callee).rpartition(".")[2] == "async_sessionmaker":
                found.append((file.module, text_of(left)))
    return found
