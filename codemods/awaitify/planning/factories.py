"""How a factory of async sessions is made: `async_sessionmaker`, or before 2.0 `sessionmaker(class_=AsyncSession)`."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import Resolution
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.analysis.sessions.classes import is_library_session, library_session
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.names import SQLALCHEMY_ASYNC, async_session_module
from awaitify.project.index import Call, text_of

SINCE = "sqlalchemy 2.0"
FIRST = "sqlalchemy 1.4.24"
TOO_OLD = "async sessions need SQLAlchemy 1.4.24 or later: upgrade it first"


def refuse_old_release(call: Call, knowledge: Knowledge) -> None:
    """Raises NotTwinned for a release that has no async sessions, or not all that they need."""
    if knowledge.is_before(FIRST):
        raise NotTwinned(Reason("sqlalchemy-version", TOO_OLD, call.file.source.relative, call.line))


def factory_callee(call: Call, knowledge: Knowledge, draft: Draft) -> str:
    """What makes an async factory in place of a call of `sessionmaker`."""
    if knowledge.is_before(SINCE):
        return text_of(call.callee)
    draft.add_import(call.file, SQLALCHEMY_ASYNC, "async_sessionmaker")
    return "async_sessionmaker"


def factory_classes(
    call: Call, resolution: Resolution, knowledge: Knowledge, draft: Draft, heard: str = ""
) -> Iterator[str]:
    """Which async session the factory makes, and the sync one inside it when that is a class of the project, or one
    that something listens to (heard)."""
    values = [
        item.named_children[-1]
        for item in call.arguments
        if item.type == "keyword_argument" and text_of(item.named_children[0]) == "class_"
    ]
    library: str | None = ""
    for value in values:
        library = library_session(resolution, call.file, value)
        if library is None:
            message = f"{text_of(value)[:60]}: the class of these sessions is not known"
            raise NotTwinned(Reason("session-factory", message, call.file.source.relative, call.line))
    if (library or "").startswith("sqlmodel") or knowledge.is_before(SINCE):
        draft.add_import(call.file, async_session_module(library or ""), "AsyncSession")
        yield "class_=AsyncSession"
    if heard:
        yield f"sync_session_class={heard}"
    for value in values if not heard else ():
        if not is_library_session(resolution, call.file, value):
            yield f"sync_session_class={text_of(value)}"
