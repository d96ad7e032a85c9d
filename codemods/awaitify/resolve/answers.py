"""The shapes of the protocol's answers, read into ours."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from awaitify.resolve.locations import Location
from awaitify.resolve.overlay import Overlay


def locations(answer: Any, overlay: Overlay, word: str = "") -> list[Location]:
    """The places of an answer that is null, one place or many; word: the name that was asked about."""
    if not answer:
        return []
    return [_location(item, overlay, word) for item in (answer if isinstance(answer, list) else [answer])]


def _location(item: dict[str, Any], overlay: Overlay, word: str) -> Location:
    """A Location or LocationLink of the protocol."""
    uri = item.get("targetUri") or item["uri"]
    selection = item.get("targetSelectionRange") or item["range"]
    whole = item.get("targetRange") or selection
    path, readable = _path(uri)
    return Location(
        path=overlay.original(path),
        readable=readable,
        line=selection["start"]["line"],
        column=selection["start"]["character"],
        size=max(0, selection["end"]["character"] - selection["start"]["character"]),
        is_module=selection["start"] == selection["end"] and whole["start"] == whole["end"],
        word=word,
    )


@lru_cache(maxsize=10_000)
def _path(uri: str) -> tuple[Path, bool]:
    """The path of a uri, and whether it is one of a file."""
    parts = urlsplit(uri)
    return Path(url2pathname(unquote(parts.path)) if os.name == "nt" else unquote(parts.path)), parts.scheme == "file"


def hover_text(answer: Any) -> str:
    """The text of a hover, "" when there is none."""
    contents = (answer or {}).get("contents", "")
    if isinstance(contents, dict):
        return str(contents.get("value", ""))
    return contents if isinstance(contents, str) else "\n".join(map(str, contents))
