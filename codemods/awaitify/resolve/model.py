"""What the resolve phase asks and answers. All offsets are bytes of a file's original canonical UTF-8 text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from awaitify.errors import AwaitifyError


class ResolveError(AwaitifyError):
    """The type checker is missing, hangs, crashes or keeps answering with errors (exit code 2). One line."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place to ask about: the first byte of a name, as an offset into the original text."""

    path: Path
    offset: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means.

    name: dotted, of the place of definition (`sqlalchemy.orm.session.Session.query`, `app.api.read.<locals>.db`).
    kind: function, class, variable, parameter, module or unknown.
    offset: that of the defined name in the original file; path is None when the file cannot be read.
    """

    name: str
    kind: str
    path: Path | None
    offset: int
    in_project: bool


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text that only the server sees, at a byte offset of the original."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class VirtualFile:
    """A file as the server sees it: text (the original) with the insertions, then a newline and `appended`."""

    path: Path
    text: bytes
    insertions: tuple[Insertion, ...] = ()
    appended: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """line counts from 1 in the original text; message is the first paragraph only."""

    path: Path
    line: int
    rule: str
    message: str
