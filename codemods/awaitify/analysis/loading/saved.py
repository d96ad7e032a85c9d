"""What a request may save as new: no mapping has loaded anything for such an object, whatever way it went.

It is asked about objects that no trace leads to the end of: `return Saver(db)(Item())`, `MODELS[kind](**values)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.around import Around
from awaitify.analysis.loading.flushing import FLUSHES
from awaitify.analysis.loading.names import is_of_sqlalchemy, last_name, positional
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.loading.trace import Tracer
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Call, Function, text_of

ADDS = {"add", "add_all", "merge"}


@dataclass(frozen=True, slots=True)
class Saving:
    """One call that takes objects into a session, and where these come from. classes: those that the type checker
    names, where all of them are mapped."""

    function: Function
    call: Call
    given: tuple[Source, ...]
    classes: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Saved:
    """Reads what is saved by all that runs in a request, each function once."""

    types: Types
    tracer: Tracer
    around: Around
    savings: dict[str, list[Saving]] = field(default_factory=dict)
    made: dict[str, frozenset[str]] = field(default_factory=dict)

    def may_give(self, read: Read, sources: Sequence[Source]) -> bool:
        """Whether what is read may be an object that the same request has saved, and not read anew since."""
        unsettled = ("unknown",) if read.receiver is not None else ("unknown", "new")
        homes = dict.fromkeys(source.function for source in sources if source.kind in unsettled)
        return not read.path and any(self._may_save(home, read.cls) for home in homes)

    def _may_save(self, home: Function, cls: str) -> bool:
        """Whether what runs in the requests that a function runs in may save a new object of a class."""
        functions = self.around.of(home)
        every = [saving for function in functions for saving in self._savings(function)]
        adding = [saving for saving in every if self._may_take(saving, cls, functions)]
        if adding:
            return not all(self._is_renewed(saving, functions) for saving in adding)
        return any(self._is_one(self._made(function), cls) for function in functions) and _is_flushed(functions)

    def _may_take(self, saving: Saving, cls: str, functions: Sequence[Function]) -> bool:
        """Whether one of the new objects that are saved there may be of a class; those of other requests are not."""
        unsettled = [item for item in saving.given if item.kind in ("new", "unknown") and item.function in functions]
        if saving.classes:
            return bool(unsettled) and self._is_one(saving.classes, cls)
        return any(item.kind == "unknown" or self._is_one([item.root], cls) for item in unsettled)

    def _is_one(self, classes: Collection[str], cls: str) -> bool:
        return any(self.types.mapping.related(item, cls) for item in classes)

    def _savings(self, function: Function) -> list[Saving]:
        if function.id not in self.savings:
            adding = list(self._adding(function))
            self.types.ask([(function, given) for _, given in adding])
            self.savings[function.id] = [self._saving(function, call, given) for call, given in adding]
        return self.savings[function.id]

    def _saving(self, function: Function, call: Call, given: Node) -> Saving:
        told = self.types.told(function, given) or []
        classes = tuple(told) if all(name in self.types.mapping.classes for name in told) else ()
        return Saving(function, call, tuple(self.tracer.sources(function, given)), classes)

    def _adding(self, function: Function) -> Iterator[tuple[Call, Node]]:
        """The calls of a session that take objects in, with what they take."""
        for call in function.calls:
            base, given = call.callee.child_by_field_name("object"), positional(call.node)
            if base is None or len(given) != 1 or last_name(call.node) not in ADDS:
                continue
            self.types.ask([(function, base)])
            told = self.types.told(function, base)
            if any(how == "with" for how, _ in self.types.bindings(function).get(text_of(base), ())):
                continue  # a set that the code makes
            if told is None or any(map(self._is_session, told)):
                yield call, given[0]

    def _is_session(self, name: str) -> bool:
        """Whether a class is SQLAlchemy's, or takes `add` from there; a method of the project's own is followed."""
        cls = self.types.project.classes.get(name)
        if cls is None:
            return is_of_sqlalchemy(name)
        return not any(ADDS & base.methods.keys() for base in self.types.mapping.names.bases(cls))

    def _made(self, function: Function) -> frozenset[str]:
        """The classes of the project that a function makes objects of, itself."""
        if function.id not in self.made:
            found = [self.types.class_called(function, call.callee) for call in function.calls]
            self.made[function.id] = frozenset(cls.id for cls in found if cls is not None)
        return self.made[function.id]

    def _is_renewed(self, saving: Saving, functions: Sequence[Function]) -> bool:
        """Whether what was saved is read anew after it: there, or by all callers."""
        todo, seen = [(saving.function, saving.call.node)], set[str]()
        while todo:
            function, node = todo.pop()
            if _is_refreshed(function, node):
                continue
            callers = [item for item in self.around.reach.sites.get(function.id, ()) if item[0] in functions]
            if not callers or function.id in seen:
                return False
            seen.add(function.id)
            todo += [(caller, call.node) for caller, call in callers]
        return True


def _is_refreshed(function: Function, node: Node) -> bool:
    """Whether a function refreshes an object as a whole behind a call: what its mapping loads is loaded by that."""
    text = function.node.text or b""
    return re.search(rb"\.refresh\(\s*[\w.]+\s*\)", text[node.end_byte - function.node.start_byte :]) is not None


def _is_flushed(functions: Sequence[Function]) -> bool:
    """Whether what is new goes to the database, with an owner that has it, and nothing is read anew."""
    called = {last_name(call.node) for function in functions for call in function.calls}
    return bool(called & FLUSHES) and "refresh" not in called
