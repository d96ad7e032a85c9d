"""What a new driver of PostgreSQL does otherwise, where the code alone does not tell whether it matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from awaitify.plan_model import Reason
from awaitify.planning.drivers import strict_driver
from awaitify.project.index import Project

POOLER = re.compile(r"pgbouncer|-pooler\b|\bpooler\.|:6543\b|:6432\b", re.IGNORECASE)
PLACES = (".env*", "*.env", "docker-compose*.y*ml", "compose*.y*ml")
UNPREPARED = {
    "postgresql+psycopg": '{"prepare_threshold": None}',
    "postgresql+asyncpg": '{"statement_cache_size": 0}',
}
OPEN_CLIENT = re.compile(r"^(?!.*\bwith\b).*\bTestClient\(", re.MULTILINE)
ZONES = re.compile(r"\butcnow\(\)|\bdatetime\.now\(\)")


def driver_warnings(project: Project, drivers: dict[str, str], dialects: set[str]) -> list[Reason]:
    """Nothing where the service has this driver already."""
    driver = drivers["postgresql"]
    if "postgresql" not in dialects or not strict_driver(project, drivers):
        return []
    return [*_pooled(project, driver), *(_asyncpg(project) if driver.endswith("asyncpg") else ())]


def _pooled(project: Project, driver: str) -> Iterator[Reason]:
    """Prepared statements of one connection are unknown to the next one behind a pooler; psycopg2 made none."""
    for name, text in _texts(project):
        found = POOLER.search(text)
        if found is not None and UNPREPARED[driver].partition('"')[2].partition('"')[0] not in text:
            message = (
                f"{found.group()} looks like a pooler in front of PostgreSQL: behind one in transaction mode the async"
                f" engine needs connect_args={UNPREPARED[driver]}"
            )
            yield Reason("pooler", message, name, text.count("\n", 0, found.start()) + 1)
            return


def _asyncpg(project: Project) -> Iterator[Reason]:
    """What asyncpg takes otherwise than psycopg2."""
    message = (
        "asyncpg knows no sslmode=, options=, application_name= or connect_timeout= in a URL (ssl= is its sslmode); it"
        " cuts 5.7 for an integer column to 5"
    )
    files = sorted(
        (file for file in project.files if b"create_engine" in file.source.text and not file.is_test),
        key=lambda file: file.source.relative,
    )
    if files:
        text = files[0].source.text.decode()
        line = text.count("\n", 0, text.index("create_engine(") if "create_engine(" in text else 0) + 1
        yield Reason("asyncpg", message, files[0].source.relative, line)
    yield from _clients(project)
    for file in project.files:
        found = ZONES.search(file.source.text.decode()) if not file.is_test else None
        if found is not None and any(b"timezone=True" in other.source.text for other in project.files):
            message = "asyncpg stores a datetime without a zone by the zone of the process, psycopg2 by the database's"
            line = file.source.text.decode().count("\n", 0, found.start()) + 1
            yield Reason("asyncpg", message, file.source.relative, line)
            return


def _clients(project: Project) -> Iterator[Reason]:
    """A pooled connection cannot be used in another event loop."""
    for file in sorted(project.files, key=lambda item: item.source.relative):
        text = file.source.text.decode() if file.is_test else ""
        found = OPEN_CLIENT.search(text)
        if found is not None:
            message = (
                "a TestClient that is not entered (`with TestClient(app) as client`) has a loop for each request, and a"
                " connection of asyncpg belongs to one: an engine that the tests share needs poolclass=NullPool"
            )
            yield Reason("event-loops", message, file.source.relative, text.count("\n", 0, found.start()) + 1)
            return


def _texts(project: Project) -> Iterator[tuple[str, str]]:
    """The names and texts of what may say where the database is."""
    root = Path(project.root)
    for path in sorted({path for pattern in PLACES for path in root.glob(pattern) if path.is_file()}):
        yield path.name, path.read_text(errors="replace")
    for file in project.files:
        if not file.is_test:
            yield file.source.relative, file.source.text.decode(errors="replace")
