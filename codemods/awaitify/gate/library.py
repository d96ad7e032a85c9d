"""The colour of a library function, from the rules or from the `async def` in its own source."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from awaitify.gate.symbols import Colour
from awaitify.resolve.model import Target

_MANAGER = re.compile(rb"@[\w.]*asynccontextmanager\s*$")

_RETURNS_AWAITABLE = re.compile(rb"\w+\([^()]*(?:\([^()]*\)[^()]*)*\)\s*->\s*['\"]?(?:Awaitable\w*|Coroutine)\b")


def library_colour(target: Target, library_async: Callable[[str], bool]) -> Colour | None:
    """What a name of a library stands for; None when it is nothing async, or cannot be told."""
    if target.in_project:
        return None
    kind = source_kind(target.path, target.offset) if target.path is not None and target.kind == "function" else ""
    if library_async(target.name) and kind != "manager":
        return Colour(1, "coroutine", origin=target.name)
    return Colour(1, kind, origin=target.name) if kind else None


def source_kind(path: Path, offset: int) -> str:
    """coroutine, generator or manager for an `async def` whose name is at this offset; either for a plain def that is
    annotated to return an awaitable (which may be a context manager too); else an empty text."""
    text = _text(path)
    line_start = text.rfind(b"\n", 0, offset) + 1
    if not re.match(rb"\s*async\s+def\s+$", text[line_start:offset]):
        returns_awaitable = _RETURNS_AWAITABLE.match(text, offset) and re.match(rb"\s*def\s+$", text[line_start:offset])
        return "either" if returns_awaitable else ""
    if _MANAGER.search(text[max(0, line_start - 200) : line_start].rstrip()):
        return "manager"
    indent = len(text[line_start:offset]) - len(text[line_start:offset].lstrip())
    body = re.split(rb"\n[ \t]{0,%d}(?=[^\s)])" % indent, text[offset : offset + 20_000], maxsplit=1)[0]
    return "generator" if re.search(rb"^\s+(?:\w+\s*=\s*)?yield\b", body, re.MULTILINE) else "coroutine"


@lru_cache(maxsize=256)
def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
