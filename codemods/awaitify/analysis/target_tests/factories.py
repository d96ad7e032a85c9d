"""Factories of test data that keep a sync session: what they flush, an async session beside it does not see, and what
they give belongs to theirs. Tests that use them stay sync, and so does the session that they work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.knowledge.origins import library_origin
from awaitify.analysis.target_tests.fixtures import Fixtures
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Class, File, Function, text_of

BASES = ("factory.alchemy.SQLAlchemyModelFactory", "polyfactory.factories.sqlalchemy_factory.SQLAlchemyFactory")
QUIET = {"build", "build_batch", "stub", "stub_batch", "batch", "coverage", "reset_sequence"}
REGISTRY = "pytest_factoryboy"
WHY = "{}(...) makes objects in a sync session that a factory keeps"


@dataclass(eq=False)
class Factories:
    """Finds out which functions of the tests use them, themselves or through what they call and ask for."""

    resolution: Resolution
    effects: Effects
    fixtures: Fixtures
    _used: dict[Function, Reason | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        files = [file for file in self.resolution.project.files if file.is_test]
        self.registered = any(item.module.startswith(REGISTRY) for file in files for item in file.imports)

    def reason(self, function: Function) -> Reason | None:
        """Where a function uses a factory; None for nowhere."""
        if function not in self._used:
            self._used[function] = None
            self._used[function] = next(self._reasons(function), None)
        return self._used[function]

    def _reasons(self, function: Function) -> Iterator[Reason]:
        for call in function.calls:
            if self._is_made(call):
                message = WHY.format(text_of(call.callee)[:60])
                yield Reason("test-factory", message, function.file.source.relative, call.line)
        for param in function.params if self.registered and self._is_filled(function) else ():
            if self.fixtures.named(function.file, param.name, function) is None:
                message = f"{param.name} may come from a factory that keeps a sync session ({REGISTRY})"
                yield Reason("test-factory", message, function.file.source.relative, function.line)
        called = [item for effect in self.effects.of(function) for item in effect.callees if item.file.is_test]
        for other in (*called, *self.fixtures.requested(function)):
            reason = self.reason(other)
            if reason is not None:
                yield reason

    def _is_filled(self, function: Function) -> bool:
        """Whether pytest gives the function its arguments."""
        decorators = " ".join(map(text_of, function.decorators))
        return function.name.startswith("test") and "parametrize" not in decorators and "patch" not in decorators

    def _is_made(self, call: Call) -> bool:
        callee = call.callee
        if self._is_factory(call.file, callee):
            return True
        owner = callee.child_by_field_name("object") if callee.type == "attribute" else None
        name = text_of(callee).rpartition(".")[2]
        return owner is not None and name not in QUIET and self._is_factory(call.file, owner)

    def _is_factory(self, file: File, node: Node) -> bool:
        """Whether a name means a class that derives from a library's."""
        if node.type not in ("identifier", "attribute") or not text_of(node).rpartition(".")[2][:1].isupper():
            return False
        found = [self.resolution.project.classes.get(item.name) for item in self.resolution.definition(file, node)]
        return any(cls is not None and self._derives(cls) for cls in found)

    def _derives(self, cls: Class) -> bool:
        for item in self.resolution.lineage(cls):
            for base in item.bases:
                name = base.child_by_field_name("value") if base.type == "subscript" else base
                if name is not None and library_origin(name, item.file, self.resolution) in BASES:
                    return True
        return False
