"""One service with many shapes, checked once; `# expect: rule...` at the end of a line says what is found there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from awaitify.checking.checker import check_project
from awaitify.config import Settings
from awaitify.findings import Finding

SHAPES = Path(__file__).parent / "shapes.txt"
_EXPECT = re.compile(r"# expect: (.+)$")


def write_service(folder: Path, text: str) -> None:
    """Writes the files of a text with `=== path` lines; what is expected of a line is not part of the file."""
    for part in text.split("=== ")[1:]:
        name, _, body = part.partition("\n")
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(_EXPECT.sub("", line).rstrip() + "\n" for line in body.splitlines()))


def expected(text: str) -> list[tuple[str, int, str]]:
    """(file, line, rule) of each expectation."""
    found = []
    for part in text.split("=== ")[1:]:
        name, _, body = part.partition("\n")
        for number, line in enumerate(body.splitlines(), 1):
            match = _EXPECT.search(line)
            found += [(name, number, rule) for rule in match[1].split()] if match else []
    return sorted(found)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    write_service(folder, SHAPES.read_text())
    return folder


@pytest.fixture(scope="session")
def wanted() -> list[tuple[str, int, str]]:
    return expected(SHAPES.read_text())


@pytest.fixture(scope="session")
def found(service: Path) -> list[Finding]:
    return check_project(service, Settings(), lambda step: None)
