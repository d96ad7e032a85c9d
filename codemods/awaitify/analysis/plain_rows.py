"""Rows of columns that hold plain data: `for name, detail in db.execute(select(Item.name, Item.detail))`."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Function

#: What parts of a row are made of; `Any` in brackets is what a column of JSON holds.
_WORDS = {
    "str", "int", "float", "bool", "bytes", "None", "dict", "list", "Any", "date", "datetime", "time", "timedelta",
    "Decimal", "UUID",
}  # fmt: skip
_ROW = re.compile(r"\bRow\[tuple\[(.*)")


def is_plain_rows(node: Node, function: Function | None, resolution: Resolution) -> bool:
    """Whether the checker words an expression as rows, or a row, of plain values alone."""
    if function is None or node.type not in ("identifier", "call"):
        return False
    words, _, _ = resolution.hover(function.file, node).partition("\n---")
    found = _ROW.search(words.rpartition("-> ")[2])
    parts = _parts(found.group(1)) if found is not None else []
    return bool(parts) and all(part != "Any" and set(re.findall(r"\w+", part)) <= _WORDS for part in parts)


def _parts(words: str) -> list[str]:
    """`str` and `dict[str, Any] | None` of `str, dict[str, Any] | None]]`."""
    parts, depth = [""], 0
    for sign in words:
        depth += {"[": 1, "]": -1}.get(sign, 0)
        if depth < 0:
            break
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
