"""Decorators of libraries: which of them know coroutine functions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awaitify.analysis.knowledge.values import calls_at, flag_at, refuse_unknown_keys, text_at, texts_at

KEYS = frozenset({"calls", "methods", "aware", "refuse", "maker", "maker_refuse", "note"})


@dataclass(frozen=True, slots=True)
class Decorator:
    """calls: what is called as a decorator, or with its arguments. aware: it awaits a coroutine function as it calls a
    plain one; refuse: arguments with which it does not; maker: the class whose object's method it is, and maker_refuse:
    arguments of that with which it would block; note: why it is not aware."""

    calls: tuple[str, ...]
    aware: bool = False
    refuse: tuple[str, ...] = ()
    maker: str = ""
    maker_refuse: tuple[str, ...] = ()
    note: str = ""


def read_decorator(file: Path, where: str, data: dict[str, Any]) -> Decorator:
    """One `[[decorator]]`. Raises ConfigError."""
    refuse_unknown_keys(file, where, data, KEYS)
    return Decorator(
        calls_at(file, where, data),
        flag_at(file, f"{where}aware", data),
        tuple(texts_at(file, f"{where}refuse", data.get("refuse", []))),
        text_at(file, f"{where}maker", data),
        tuple(texts_at(file, f"{where}maker_refuse", data.get("maker_refuse", []))),
        text_at(file, f"{where}note", data),
    )
