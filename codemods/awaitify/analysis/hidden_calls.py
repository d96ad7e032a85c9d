"""Functions that run where no call of them stands: attributes, operators, new objects, and the events of a session."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.attribute_hooks import find_hooked
from awaitify.analysis.attribute_sets import find_sets
from awaitify.analysis.constructions import find_constructions
from awaitify.analysis.described import find_described
from awaitify.analysis.effects import Effects
from awaitify.analysis.listeners import find_listening
from awaitify.analysis.operators import METHODS, find_operated
from awaitify.analysis.waiting import OF_SESSIONS, waits
from awaitify.project.index import File, Function


def find_hidden(effects: Effects, working: list[Function]) -> dict[File, list[tuple[Node, Function]]]:
    """(the place, the function that runs there) by file. working: the functions that do more than to compute."""
    parts = (
        find_hooked(effects.resolution, working), find_sets(effects.resolution, working),
        find_operated(effects.resolution, [item for item in working if _operates(item, effects)]),
        find_constructions(effects), find_listening(effects), find_described(effects.resolution, working),
    )  # fmt: skip
    files = effects.resolution.project.files
    return {file: [place for part in parts for place in part.get(file, ())] for file in files}


def _operates(function: Function, effects: Effects) -> bool:
    """Whether an operator that runs a function waits for it."""
    return function.name in METHODS and waits(function, effects, OF_SESSIONS)
