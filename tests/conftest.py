"""The order of the tests (what converts whole services comes first, so that processes end together), and their end."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.resolve.environment import remove_temporary

HERE = Path(__file__).parent
#: Folders whose files take longest, one process running a file; the others follow.
FIRST = (HERE, *(HERE / name for name in ("verifying", "equivalence", "sessions", "planning", "cases")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first."""
    items.sort(key=lambda item: FIRST.index(item.path.parent) if item.path.parent in FIRST else len(FIRST))


def pytest_sessionfinish() -> None:
    """The processes of pytest-xdist end without what is registered for the end of Python."""
    remove_temporary()
