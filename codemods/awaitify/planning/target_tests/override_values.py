"""The functions of the tests that override a dependency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from awaitify.analysis.calls import Resolution
from awaitify.analysis.target_tests.behind import functions_behind
from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.analysis.target_tests.keys import OverrideKey, find_keys, references_of
from awaitify.analysis.target_tests.trace import Tracer
from awaitify.project.index import Function, owner_of, text_of


class OverrideValues:
    """Finds them, and how else the tests use them. made: provider -> the name of its async twin."""

    def __init__(self, resolution: Resolution, tracer: Tracer, made: Mapping[Function, str]) -> None:
        self.resolution, self.tracer = resolution, tracer
        twins = [key for function, name in made.items() for key in find_keys(resolution, {function}, name)]
        self.keys = [*find_keys(resolution, set(made)), *twins]

    def of(self, key: OverrideKey) -> list[Function]:
        """What the value of a key may be."""
        owner = owner_of(key.file, key.value) if key.value is not None else None
        return functions_behind(self.tracer, key.file, key.value, owner) if key.value is not None else []

    def is_used(self, function: Function, others: Iterable[OverrideKey] = ()) -> bool:
        """Whether tests use an override function otherwise than as one. others: the keys of other dependencies."""
        values = {key.value.id for key in [*self.keys, *others] if key.value is not None}
        for file in self.resolution.project.files:
            if file.is_test and any(
                node.id not in values for node, _ in references_of(file, self.resolution, {function})
            ):
                return not self._is_handed_over(function)
        return False

    def _is_handed_over(self, function: Function) -> bool:
        """Whether a fixture or a factory around it gives it away, which is its only other use."""
        parent = function.parent
        return parent is not None and any(text_of(node) == function.name for node in handed_over(parent))
