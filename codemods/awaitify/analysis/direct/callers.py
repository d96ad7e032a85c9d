"""What the callers of a function catch, that raises what httpx does instead of what requests does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.direct.asked import is_asked_of_caught
from awaitify.analysis.direct.handlers import (
    ALL,
    CAUGHT,
    CLAUSES,
    EXCEPTIONS,
    caught,
    clauses_around,
    other_problem,
    parts,
    tells_types,
    uses_of,
)
from awaitify.analysis.direct.model import Caught, NotDirect, Place, field_of, is_bound
from awaitify.analysis.direct.uses import error_use
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.scope import reached
from awaitify.project.index import Call, File, Function, ancestors, is_imported, is_within, text_of

BROAD = re.compile(r"\b(OSError|IOError|EnvironmentError|ValueError)\b")
CAUGHT_BROADLY = re.compile(rb"except\b[^:\n]*\b(OSError|IOError|EnvironmentError)\b")
BUNDLES = (b"REQUESTS_CA_BUNDLE", b"CURL_CA_BUNDLE")


def callers_of(effects: Effects) -> dict[Function, list[Call]]:
    """The calls of each function outside of the tests, those through a thread or a base class too."""
    found: dict[Function, list[Call]] = {}
    for call, effect in effects.by_call.items():
        for function in {*effect.callees, *effects.resolution.functions(call)} if not call.file.is_test else ():
            found.setdefault(function, []).append(call)
    return found


@dataclass(eq=False)
class Callers:
    """Looks at the callers of one function, up to the routes. library: whose exceptions it raises; safe: its addresses
    have a scheme; reads_json: it reads JSON, whose errors requests makes its own; unsure: it may raise TypeError where
    requests raises its own. caught: handlers to widen."""

    effects: Effects
    callers: dict[Function, list[Call]]
    library: str
    safe: bool
    reads_json: bool
    unsure: bool = False
    caught: dict[Function, list[Caught]] = field(default_factory=dict)

    def problem(self, function: Function) -> str:
        """A handler around a call of the function, through any callers, that would catch or tell something else."""
        seen, todo = {function}, [function]
        while todo:
            current = todo.pop()
            problem = self._decorated(current)
            if problem:
                return problem
            for call in self.callers.get(current, ()):
                if call.function is None:  # a module runs no async function: it goes on calling the sync one
                    continue
                place = Place(call.function, self.effects)
                problem = next(self._problems(call, place), "") or suppressed(call.node)
                if problem:
                    return f"{call.function.id}: {problem}"
                if call.function not in seen:
                    seen.add(call.function)
                    todo.append(call.function)
        return ""

    def _decorated(self, function: Function) -> str:
        """A decorator that catches something by its arguments."""
        for decorator in function.decorators:
            if BROAD.search(text_of(decorator)) or next(_mentions(decorator, function.file, self.effects), None):
                return f"a decorator of {function.id} catches what requests raises and httpx does not"
        return ""

    def _problems(self, call: Call, place: Place) -> Iterator[str]:
        for outer, clause in clauses_around(call.node, place.function.node):
            types, name = caught(clause)
            if types is None:
                continue
            if self.unsure and tells_types(clause, place):
                yield "its headers are not known to be texts"
            ours = [(part, self._also(part, place)) for part in parts(types)]
            for part, also in ours:
                names = place.names(part)
                is_whole = also is not None or (bool(names) and names <= ALL)
                if not is_whole and (problem := other_problem(part, names, self.safe, place)):
                    yield problem
            also = tuple((part, codes) for part, codes in ours if codes is not None)
            body = field_of(outer, "body")
            if also and body is not None:
                yield from self._widened(Caught(types, also, body, self.library), call, place)
            told = bool(also) or any(place.names(part) & ALL for part in parts(types))
            if name is not None and told:
                statuses = all(codes == CAUGHT["HTTPError"] for _, codes in ours)
                yield from _told(name, clause, statuses, place)

    def _also(self, part: Node, place: Place) -> tuple[str, ...] | None:
        """The exceptions of httpx for one of requests; None for any other."""
        names = place.names(part)
        name = min(names).removeprefix(EXCEPTIONS) if len(names) == 1 and min(names).startswith(EXCEPTIONS) else ""
        return CAUGHT.get(name)

    def _widened(self, found: Caught, call: Call, place: Place) -> Iterator[str]:
        """Nothing else in the block may raise what its handlers catch from now on."""
        if self.reads_json and any("LIB.HTTPError" in codes or "json." in str(codes) for _, codes in found.also):
            yield "it would not catch the error of a body that is no JSON"
        if is_bound(self.library, place.function):
            yield f"{self.library} means something else in its file"
        for effect in self.effects.of(place.function):
            if effect.call is call or not is_within(effect.call.node, found.body):
                continue
            if effect.kind in ("unresolved", "unclassified") or reaches(effect, self.effects, "httpx"):
                yield f"{text_of(effect.call.callee)[:40]} in the same block may raise what its handlers catch"
        self.caught.setdefault(place.function, []).append(found)


def reaches(effect: Effect, effects: Effects, library: str) -> bool:
    """Whether what a call does, or what it reaches, uses a library; what only names it does not count."""
    return any(item.detail.startswith(library) and item.kind != "harmless" for item in reached(effect, effects))


def _told(name: Node, clause: Node, statuses: bool, place: Place) -> Iterator[str]:
    for use in uses_of(name, clause, place.function.file):
        try:
            if list(error_use(use, statuses, place)):
                yield "what it reads of the exception has another name in httpx"
        except NotDirect as error:
            yield str(error)


def suppressed(node: Node) -> str:
    """A `with suppress(OSError):` around a node."""
    for outer in ancestors(node):
        if outer.type == "function_definition":
            break
        clause = next((item for item in outer.named_children if item.type == "with_clause"), None)
        if clause is not None and BROAD.search(text_of(clause)):
            return f"{text_of(clause)[:40]} catches what requests raises and httpx does not"
    return ""


def mentions_problem(effects: Effects, files: Iterable[File]) -> str:
    """Exceptions of requests that are named outside of handlers (a decorator, a table, a handler of the application),
    or that a generator catches around what it yields: who raises them is not followed."""
    for file in files:
        bundle = next((word.decode() for word in BUNDLES if word in file.source.text), "")
        if bundle and not file.is_test:
            return f"{file.source.relative} names {bundle}, which httpx does not read"
        for function in file.functions if not file.is_test else ():
            if function.is_generator and CAUGHT_BROADLY.search(function.node.text or b""):
                return f"{function.id} catches what requests raises around what it yields"
        if file.is_test or b"requests" not in file.source.text:
            continue
        for node in _mentions(file.root, file, effects):
            if not _is_followed(node, file, effects):
                return f"{text_of(node)} is named at {file.source.relative}:{node.start_point[0] + 1}"
    return ""


def _mentions(within: Node, file: File, effects: Effects) -> Iterator[Node]:
    """The places in a node that name exceptions of requests."""
    local = {
        item.local.partition(".")[0] for item in file.imports if f"{item.module}.{item.name}".startswith("requests")
    }
    if not local:
        return
    named = [node for node in file.named(*local) if is_within(node, within)]
    nodes = [_whole(node) for node in named if not is_imported(node)]
    for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
        if any(target.name.startswith(EXCEPTIONS) for target in targets):
            yield node


def _is_followed(node: Node, file: File, effects: Effects) -> bool:
    """Whether a mention catches nothing that is not looked at elsewhere: a handler, a decorator of a function, `raise`
    of a new one, an annotation."""
    for outer in ancestors(node):
        if outer.type == "decorator":
            return _only_wraps(outer, file, effects)
        if outer.type == "raise_statement":
            made = outer.named_children[0]
            return node in (made, field_of(made, "function"))
        if outer.type == "type":
            return True
        if outer.type == "call" and text_of(field_of(outer, "function") or outer) == "isinstance":
            return is_asked_of_caught(outer, file, effects)
        if outer.type in CLAUSES or outer.type.endswith("_statement"):
            break
    return _is_caught(node, file)


def _only_wraps(decorator: Node, file: File, effects: Effects) -> bool:
    """Whether a decorator is none of the framework's, which would make its function a handler of the application."""
    call = decorator.named_children[0]
    callee = (field_of(call, "function") or call) if call.type == "call" else call
    targets = effects.resolution.definition(file, callee) if callee.type in ("identifier", "attribute") else ()
    return bool(targets) and not any(target.name.startswith(("fastapi.", "starlette.")) for target in targets)


def _whole(node: Node) -> Node:
    """`requests.exceptions.Timeout` of its first name."""
    parent = node.parent
    while parent is not None and parent.type == "attribute" and field_of(parent, "object") == node:
        node, parent = parent, parent.parent
    return node


def _is_caught(node: Node, file: File) -> bool:
    """Whether a name is one of the types of a handler, in a function that is no generator."""
    clause = next((item for item in ancestors(node) if item.type in CLAUSES), None)
    types = caught(clause)[0] if clause is not None else None
    if types is None or not is_within(node, types):
        return False
    homes = [function for function in file.functions if is_within(node, function.node)]
    return not any(function.is_generator for function in homes)
