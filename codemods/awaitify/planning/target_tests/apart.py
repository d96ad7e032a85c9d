"""Whether the tests are still kept apart once the app has sessions, and so connections, of its own."""

from __future__ import annotations

from collections.abc import Iterable

from awaitify.analysis.target_tests.trace import Origin
from awaitify.planning.draft import Draft
from awaitify.planning.target_tests.begun_sessions import open_without_begin
from awaitify.planning.target_tests.functions import is_undone
from awaitify.planning.target_tests.memory import IN_MEMORY, is_stuck
from awaitify.project.index import Function

BEGUN = "tests share a session that stands in the transaction of a block, where it cannot commit"
UNDONE = "tests share their session with the app, and undo by its rollback what a dependency would commit"


def not_apart(
    origins: list[Origin], opens: bool, providers: Iterable[Function], draft: Draft
) -> tuple[str, str] | None:
    """The rule and the reason why not, if so. opens: the override opens the session itself."""
    if any(is_stuck(origin.files) for origin in origins):
        return "test-database", IN_MEMORY
    if opens:
        return None
    if is_undone(origins, providers):
        return "test-transaction", UNDONE
    return None if open_without_begin(origins, draft) else ("test-transaction", BEGUN)
