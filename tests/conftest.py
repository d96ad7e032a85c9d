"""The order of the tests (what converts whole services comes first, so that processes end together), and their end."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.resolve.environment import remove_temporary

WHOLE_SERVICES = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in this folder itself take minutes, and one process runs a file."""
    items.sort(key=lambda item: item.path.parent != WHOLE_SERVICES)


def pytest_sessionfinish() -> None:
    """The processes of pytest-xdist end without what is registered for the end of Python."""
    remove_temporary()
