"""What the service's session factories say: whether queries flush, and whether a commit keeps what is loaded."""

from __future__ import annotations

from collections.abc import Collection

from tree_sitter import Node

from awaitify.analysis.loading.names import is_of_sqlalchemy, keyword, last_name
from awaitify.project.index import Call, Project, text_of

SYNC = {"sessionmaker", "Session", "create_session", "SQLAlchemy"}
FACTORIES = SYNC | {"async_sessionmaker", "AsyncSession"}


def flushes_by_itself(project: Project) -> bool:
    """Whether a session may flush at a query."""
    given = [keyword(node, "autoflush") for node in _made(project, FACTORIES)]
    return not given or any(value is None or text_of(value) != "False" for value in given)


def keeps_on_commit(project: Project) -> bool:
    """Whether every sync session keeps what it loaded when it commits (`expire_on_commit=False`), as async ones do."""
    given = [keyword(node, "expire_on_commit") for node in _made(project, SYNC)]
    return bool(given) and all(value is not None and text_of(value) == "False" for value in given)


def _made(project: Project, names: Collection[str]) -> list[Node]:
    """The calls that make sessions or factories of them, outside of tests."""
    own = {function.name for function in project.functions.values()} & set(names)
    return [
        call.node
        for file in project.files
        if not file.is_test
        for call in file.calls
        if last_name(call.node) in names and (last_name(call.node) not in own or _is_of_sqlalchemy(call))
    ]


def _is_of_sqlalchemy(call: Call) -> bool:
    """Whether a name that a function of the project has too is imported from SQLAlchemy."""
    root = text_of(call.callee).partition(".")[0]
    found = (item for item in call.file.imports if item.local == root)
    return any(is_of_sqlalchemy(item.module or item.name) for item in found)
