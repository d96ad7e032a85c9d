"""Checked values of rule files: texts, lists, flags, each with an error that names the file and the key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from awaitify.errors import AwaitifyError

_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_*][A-Za-z0-9_*]*))*")


class ConfigError(AwaitifyError):
    """A rule file cannot be used. The message names the file, the key, and what to do."""


def refuse_unknown_keys(file: Path, where: str, data: dict[str, Any], known: frozenset[str]) -> None:
    """Raises ConfigError for a key that means nothing. where: the path of the table, with its final dot."""
    for key in data:
        if key not in known:
            raise ConfigError(f"{file}: {where}{key}: is no known key; use one of {', '.join(sorted(known))}")


def text_at(file: Path, where: str, data: dict[str, Any], required: bool = False) -> str:
    """The text under the last key of where, or "". Raises ConfigError."""
    value = data.get(where.rpartition(".")[2], "")
    if not isinstance(value, str) or (required and not value):
        raise ConfigError(f'{file}: {where}: must be text; write {where.rpartition(".")[2]} = "..."')
    return value


def flag_at(file: Path, where: str, data: dict[str, Any]) -> bool:
    """The truth value under the last key of where, or false. Raises ConfigError."""
    value = data.get(where.rpartition(".")[2], False)
    if not isinstance(value, bool):
        raise ConfigError(f"{file}: {where}: must be true or false")
    return value


def texts_at(file: Path, where: str, value: object) -> Sequence[str]:
    """The list of texts that value is. Raises ConfigError."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{file}: {where}: must be a list of texts; write ["...", "..."]')
    return value


def calls_at(file: Path, where: str, data: dict[str, Any]) -> tuple[str, ...]:
    """The patterns of `calls` and `methods` of one table, at least one. Raises ConfigError."""
    calls = list(texts_at(file, f"{where}calls", data.get("calls", [])))
    methods = data.get("methods", {})
    if not isinstance(methods, dict):
        raise ConfigError(f'{file}: {where}methods: must be a table; write methods = {{ "pkg.Class" = ["name"] }}')
    for owner, names in methods.items():
        calls += [f"{owner}.{method}" for method in texts_at(file, f"{where}methods.{owner}", names)]
    if not calls:
        raise ConfigError(f'{file}: {where}calls: is missing; name what the rule is about, as calls = ["pkg.function"]')
    for pattern in calls:
        if not _PATTERN.fullmatch(pattern):
            raise ConfigError(
                f"{file}: {where}calls: {pattern!r} is no dotted name; write pkg.function, pkg.Class.method or pkg.*"
            )
    return tuple(calls)


def tables_at(file: Path, key: str, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables `[[key]]`, each with its path for messages (`form[2].`). Raises ConfigError."""
    entries = data.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{file}: {key}: must be tables; write [[{key}]]")
    yield from ((f"{key}[{number}].", entry) for number, entry in enumerate(entries, 1))
