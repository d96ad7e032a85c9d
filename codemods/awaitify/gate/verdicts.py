"""The steps and the verdicts of a climb."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from awaitify.gate.symbols import Colour


@dataclass(frozen=True, slots=True)
class Step:
    """An expression on the way up. contained: what has the colour is an element of it, not the expression itself."""

    node: Node
    colour: Colour
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody awaits it. how: a short phrase for the message."""

    how: str
    at: Node


@dataclass(frozen=True, slots=True)
class PassedTo:
    """It became the value of a name: a variable, a parameter's default, the result of a plain def. path: the file of
    the name, None for that of the reference."""

    name: Node
    colour: Colour
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """It is an argument of a call that no list knows. position: its index; keyword: its name, or empty; at: the place
    that a finding names; path: the file of the call."""

    call: Node
    position: int
    keyword: str
    colour: Colour
    at: Node
    path: Path | None = None


Verdict = Lost | PassedTo | Argument | None
