"""What the calls of libraries do: from rule packs, else from the library's own source."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from awaitify.analysis.knowledge.decorators import Decorator
from awaitify.analysis.knowledge.forms import Client, Form
from awaitify.analysis.knowledge.members import Members, members_of
from awaitify.analysis.knowledge.patterns import PatternTable, constructed_class
from awaitify.analysis.knowledge.rules import Library, packaged_rules, read_libraries
from awaitify.analysis.knowledge.source import SourceClassifier
from awaitify.analysis.knowledge.versions import Versions

__all__ = ["Fact", "Knowledge", "packaged_rules"]

STANDARD_LIBRARY = "standard library"
_IO_KINDS = ("blocks", "session", "connection")
_EXCEPTION_ENDINGS = ("Error", "Exception", "Warning", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Fact:
    """What one call does. kind: "blocks" (I/O, to a thread), "cpu" (to a thread), "harmless", "session" (does I/O over
    a Session or Query), "builder" (of Session, Query, Select; no I/O), "connection" (I/O of an Engine or Connection),
    "async" (a library's coroutine), "hands_off" (takes a function and runs it in a thread itself), "unknown".
    replacement: the library's async form, when it has one. is_ruled: a rule says so, not a reading of the source;
    is_exact: the rule names it in full; is_brief: it rarely waits for long (`os.path.exists`); is_lazy: what it gives
    blocks as it is read, to an end (a cursor); gives_values: its values belong to the library too (a logger);
    arguments, unless: as in Rule: without them it is harmless; provides: it makes a provider of a container, which
    calls the first argument with the others ("call"), or gives what is put into it ("given"); "any" is the class of all
    providers; one_thread, shared_by, waits_once, has_objects: as in Rule."""

    kind: str
    library: str
    note: str = ""
    replacement: str = ""
    is_ruled: bool = False
    is_exact: bool = False
    is_brief: bool = False
    is_lazy: bool = False
    gives_values: bool = False
    arguments: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    provides: str = ""
    one_thread: bool = False
    shared_by: str = ""
    waits_once: bool = False
    has_objects: bool = False


class Knowledge:
    """Facts about dotted names of definitions. rule_files: the packaged ones first, then the user's own, which win over
    equally specific rules; search_paths: where packages stand (site-packages); sync: settings that
    keep the libraries that name them in threads; modules: the templates that the settings ask for, which forms and
    clients that live in such a module need. Raises ConfigError."""

    def __init__(
        self,
        rule_files: Sequence[Path],
        search_paths: Sequence[Path],
        sync: Collection[str] = (),
        modules: Collection[str] = (),
    ) -> None:
        self._libraries = read_libraries(rule_files)
        self._table = PatternTable(rule for library in self._libraries for rule in library.rules)
        native = [library for library in self._libraries if library.setting not in sync]
        given = ("", *modules)
        clients = (client for library in native for client in library.clients if client.generated in given)
        self._clients = {name: client for client in clients for name in client.calls}
        self._decorators = PatternTable(item for library in self._libraries for item in library.decorators)
        self._versions = Versions(search_paths)
        forms = (chosen for library in native for form in library.forms if (chosen := _chosen(form, given)))
        self._forms = PatternTable(form for form in forms if self._versions.has(form.since))
        self._ruled_facts: dict[str, Fact | None] = {}
        self._source = SourceClassifier(search_paths, self._ruled_kind, _io_modules(self._libraries))

    def fact(self, name: str, path: Path | None = None, offset: int | None = None, receiver: str = "") -> Fact:
        """What a call of `name` does. path, offset (bytes): where its definition stands, for names without a rule;
        receiver: the class of the receiver, for names of which `depends_on_receiver` is true."""
        if receiver and self.depends_on_receiver(name):
            name = f"{receiver}.{name.rpartition('.')[2]}"
        ruled = self._ruled(name)
        if ruled is not None:
            return ruled
        library = name.partition(".")[0]
        if path is None:
            return Fact("unknown", library, "no rule knows it, and its source was not given")
        kind, note = self._source.classify(name, path, offset)
        return Fact(kind, library, note)

    def of_source(self, name: str, path: Path) -> Fact:
        """What a function of a library does by its source alone, whatever a rule says of all of the library."""
        kind, note = self._source.classify(name, path)
        return Fact(kind, name.partition(".")[0], note)

    def members(self, path: Path, name: str, methods: Collection[str]) -> Members:
        """What runs without a call of the class of this name in a library's file. methods: the names of operators."""
        return members_of(self._source.finder, path, name, methods)

    def depends_on_receiver(self, name: str) -> bool:
        """Whether classes that behave differently share this definition (`_io._TextIOBase.read` of a file and of a
        StringIO; the commands of redis), so that the class of the receiver is worth asking for."""
        found = self._table.find(name)
        return found is not None and found[0].by_receiver

    def form(self, name: str, receiver: str = "") -> Form | None:
        """What a method becomes in the library's own async form. receiver: the class of what it is called on."""
        is_shared = bool(receiver) and self.depends_on_receiver(name)
        by_class = self._forms.find(f"{receiver}.{name.rpartition('.')[2]}") if is_shared else None
        found = by_class or self._forms.find(name)
        return found[0] if found else None

    def executes(self, name: str) -> bool:
        """Whether a function executes what it is handed on the session before it, and has an async form that does."""
        fact, form = self._ruled(name), self.form(name)
        return fact is not None and fact.kind == "session" and form is not None and form.is_free

    def has_form(self, name: str) -> bool:
        """Whether a method may have an async form, on whatever receiver."""
        return self.form(name) is not None or self.depends_on_receiver(name)

    def client(self, name: str) -> Client | None:
        """The client that a call of this name constructs."""
        found = self._clients.get(constructed_class(name) or name)
        return found if found is not None and self._versions.has(found.since) else None

    def is_before(self, since: str) -> bool:
        """Whether the target has a distribution in an earlier version than that ("sqlalchemy 2.0")."""
        return self._versions.is_before(since)

    def decorator(self, name: str) -> Decorator | None:
        """What is known of a decorator."""
        found = self._decorators.find(name)
        return found[0] if found else None

    def libraries(self) -> tuple[Library, ...]:
        """The rule files in use, in order."""
        return self._libraries

    def _ruled(self, name: str) -> Fact | None:
        if name not in self._ruled_facts:
            self._ruled_facts[name] = self._look_up(name)
        return self._ruled_facts[name]

    def _ruled_kind(self, name: str) -> str | None:
        fact = self._ruled(name)
        return fact.kind if fact else None

    def _look_up(self, name: str) -> Fact | None:
        found = self._table.find(name)
        if found is None:
            is_standard = name.partition(".")[0] in sys.stdlib_module_names
            return Fact("harmless", STANDARD_LIBRARY) if is_standard else None
        rule, exact = found
        if not exact and rule.kind in _IO_KINDS and _is_exception(name):
            return Fact("harmless", rule.library, "making an exception does no I/O")
        flags = (True, exact, rule.is_brief, rule.is_lazy, rule.gives_values, rule.arguments, rule.unless)
        flags += (rule.provides, rule.one_thread, rule.shared_by, rule.waits_once, rule.has_objects)
        return Fact(rule.kind, rule.library, rule.note, rule.replacement, *flags)


def _chosen(form: Form, modules: Collection[str]) -> Form | None:
    """A form whose module nobody asked for is the direct one, if it has that."""
    if form.generated in modules:
        return replace(form, direct="") if form.generated else form
    return replace(form, generated="", refuse=()) if form.direct else None


def _is_exception(name: str) -> bool:
    last = (constructed_class(name) or name).rpartition(".")[2]
    return last[:1].isupper() and last.endswith(_EXCEPTION_ENDINGS)


def _io_modules(libraries: Sequence[Library]) -> frozenset[str]:
    """Modules that a package only imports to do I/O: `pkg` of every rule `pkg.*` that blocks, and its full name."""
    blocking = (rule for library in libraries for rule in library.rules if rule.kind in _IO_KINDS)
    whole = (call.removesuffix(".*") for rule in blocking for call in rule.calls if call.endswith(".*"))
    return frozenset(name for name in whole if "*" not in name and name == name.lower())
