"""Where two JSON values differ, as readable lines; and which parts vary by themselves from run to run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
LONGEST = 80
MISSING = object()


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """(path, before, after) of each difference; MISSING where a key or an item is not there."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key, MISSING), after.get(key, MISSING), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (items[index] if index < len(items) else MISSING for items in (before, after))
            yield from differences(old, new, (*path, index))
    elif type(before) is not type(after) or before != after:
        yield path, before, after


def told(path: Path, before: Any, after: Any) -> str:
    """A difference in one line: `items[0].name: "a" became "b"`."""
    place = shown_path(path) or "the whole"
    if before is MISSING:
        return f"{place}: new, {_short(after)}"
    if after is MISSING:
        return f"{place}: gone, was {_short(before)}"
    return f"{place}: {_short(before)} became {_short(after)}"


def shown_path(path: Path) -> str:
    """`paths./items.get[0]`"""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path if part != ""]
    return "".join(parts).removeprefix(".")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
