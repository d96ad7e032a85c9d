"""Unified diffs that `git apply` takes: new files, missing newlines at the end, odd names and encodings included.

Bytes that are not UTF-8 travel as surrogates: encode the text with `surrogateescape` to get them back.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file"
HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk. start, count: its lines in the old file, from 1. lines begin with a blank, "-", "+" or a backslash."""

    header: str
    start: int
    count: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The change of one file. path is relative to the root."""

    path: str
    new: bool
    hunks: tuple[Hunk, ...]

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(line.startswith("+") for hunk in self.hunks for line in hunk.lines)

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(line.startswith("-") for hunk in self.hunks for line in hunk.lines)


def file_diffs(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[FileDiff, ...]:
    """The changes from before to after (path -> whole file), by path. Equal files give none."""
    paths = sorted(path for path in after if before.get(path) != after[path])
    return tuple(
        FileDiff(path, path not in before, tuple(_hunks(_lines(before.get(path, b"")), _lines(after[path]))))
        for path in paths
    )


def unified_diff(before: Mapping[str, bytes], after: Mapping[str, bytes], prefix: str = "") -> str:
    """One diff of all files. prefix ("services/api/") makes the names relative to the repository's top, which is how
    `git apply` reads them in whatever folder it runs."""
    return "".join(f"{line}\n" for diff in file_diffs(before, after) for line in _file_lines(diff, prefix + diff.path))


def _file_lines(diff: FileDiff, path: str) -> Iterator[str]:
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {old} {new}"
    if diff.new:
        yield "new file mode 100644"
    if diff.hunks:
        # git ends a name that has a blank with a tab, else it would take the rest for a date
        tab = "\t" if " " in path else ""
        yield "--- /dev/null" if diff.new else f"--- {old}{tab}"
        yield f"+++ {new}{tab}"
    for hunk in diff.hunks:
        yield hunk.header
        yield from hunk.lines


def _hunks(old: list[str], new: list[str]) -> Iterator[Hunk]:
    lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]
    starts = [index for index, line in enumerate(lines) if line.startswith("@@")]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        match = HEADER.match(lines[start])
        assert match, lines[start]
        count = 1 if match[2] is None else int(match[2])
        yield Hunk(lines[start], int(match[1]), count, tuple(_marked(lines[start + 1 : end])))


def _marked(lines: list[str]) -> Iterator[str]:
    """The lines without their newline; git's mark follows a line that had none."""
    for line in lines:
        if line.endswith("\n"):
            yield line[:-1]
        else:
            yield line
            yield NO_NEWLINE


def _lines(data: bytes) -> list[str]:
    """Lines with their newline. Only \\n ends a line for git; str.splitlines knows eight more."""
    parts = data.decode("utf-8", "surrogateescape").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(path: str) -> str:
    """A name as git writes it: in C quotes when it has a quote, a backslash or a control character."""
    if not any(char in ESCAPES or ord(char) < 32 or ord(char) == 127 for char in path):
        return path
    body = "".join(ESCAPES.get(c) or (f"\\{ord(c):03o}" if ord(c) < 32 or ord(c) == 127 else c) for c in path)
    return f'"{body}"'
