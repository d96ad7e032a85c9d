"""The small interface behind which a type checker stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, Self

from awaitify.resolve.model import Diagnostic, Point, Target, VirtualFile


class Oracle(Protocol):
    """Answers questions about open files. Every method raises ResolveError when the checker cannot answer at all.

    Phases are quiescent: open everything first, then ask.
    """

    def open(self, files: Iterable[VirtualFile]) -> None:
        """Shows files to the checker; one that is open already gets its new text."""
        ...

    def definitions(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """Where the name at each point is defined, in the order of the points; () when unresolved."""
        ...

    def types(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """The classes of the value at each point (of a function: the function); () when unknown."""
        ...

    def hovers(self, points: Sequence[Point]) -> list[str]:
        """The type at each point as plain text; "" when there is none."""
        ...

    def diagnostics(self, files: Sequence[Path]) -> list[Diagnostic]:
        """What the checker finds wrong in these open files, by file and position."""
        ...

    def close(self) -> None:
        """Ends the checker. May be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
