"""Tests that put requests to the app between their own work on a session: the app's changes must be seen as before.

A sync session reads anew, after a request, what its last commit had expired; an async one keeps it. Where nothing is
expired when the request is made (each commit is followed by a refresh), both read the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.sessions.params import takes_session
from awaitify.analysis.target_tests.handed import classes_of
from awaitify.plan_model import Reason
from awaitify.project.index import Call, Class, Function, ancestors, text_of

CLIENTS = ("TestClient", "Client", "AsyncClient")
METHODS = {"get", "post", "put", "patch", "delete", "request", "head", "options", "stream", "send"}
LOOPS = ("for_statement", "while_statement")


@dataclass(eq=False)
class Requests:
    """Judges tests. kinds: of the effects of every function and of what it calls; standing: the classes of the tests
    that stand in for some of the app."""

    resolution: Resolution
    effects: Effects
    kinds: dict[Function, set[str]]
    standing: set[Class] = field(default_factory=set)
    _requesting: dict[Function, bool] = field(default_factory=dict)
    _expiring: dict[Function, bool] = field(default_factory=dict)

    def stale(self, function: Function) -> Reason | None:
        """Why a test would read what its async session keeps, and the sync one read anew."""
        real = [effect for effect in self.effects.of(function) if not self.is_on_fake(effect.call)]
        others = [effect for effect in real if self._is_other(effect)]
        work = [effect for effect in real if self.is_work(effect)]
        for other in others:
            before = [effect for effect in work if _starts(effect) < _starts(other) or _share_loop(effect, other)]
            expired = self._expired(before)
            later = [effect for effect in work if _starts(effect) > _starts(other) or _share_loop(effect, other)]
            if expired is not None and (later or _read_after(function, before, other.call.node)):
                names = text_of(other.call.callee), text_of(expired.call.callee)
                message = f"{names[0]}(...) may change what a commit in {names[1]}(...) expired"
                return Reason("test-request", message, function.file.source.relative, other.call.line)
        return None

    def is_on_fake(self, call: Call) -> bool:
        """Whether a call is given an object that stands in for what has the sessions, or is one of its own or of what
        it keeps."""
        first = call.callee
        while first.type in ("attribute", "call") and first.named_children:
            first = first.named_children[0]
        names = [item for item in (first, *call.arguments) if item.type == "identifier" and call.file.is_test]
        found = [cls for item in names for cls in classes_of(self.resolution, call.file, item)]
        return any(self._stands_in(cls) for cls in found)

    def _stands_in(self, cls: Class) -> bool:
        is_fake = not self.standing.isdisjoint(self.resolution.lineage(cls))
        return is_fake and not takes_session(cls, self.resolution)

    def is_work(self, effect: Effect) -> bool:
        """Whether a call works on a session, itself or through others."""
        if effect.kind in ("session", "terminal", "stays"):
            return True
        return effect.kind == "project" and any(self.kinds[callee] & SESSION_KINDS for callee in effect.callees)

    def _is_other(self, effect: Effect) -> bool:
        """Whether a call may change rows by another session: a request, or a function that opens its own."""
        if any(self._requests(callee) or "opens" in self.kinds[callee] for callee in effect.callees):
            return True
        return self._is_request(effect.call)

    def _requests(self, function: Function) -> bool:
        if function not in self._requesting:
            self._requesting[function] = False
            self._requesting[function] = any(self._is_other(effect) for effect in self.effects.of(function))
        return self._requesting[function]

    def _is_request(self, call: Call) -> bool:
        receiver = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
        if receiver is None or text_of(call.callee).rpartition(".")[2] not in METHODS:
            return False
        names = {name.rpartition(".")[2] for name in self.resolution.class_names(call.file, receiver)}
        return not names.isdisjoint(CLIENTS) or (not names and not self.resolution.targets.get(call))

    def _expired(self, work: list[Effect]) -> Effect | None:
        """The commit, if any, after which nothing was refreshed."""
        last = None
        for effect in sorted(work, key=_starts):
            if effect.detail == "commit" or any(self._leaves_expired(callee) for callee in effect.callees):
                last = effect
            elif effect.detail == "refresh":
                last = None
        return last

    def _leaves_expired(self, function: Function) -> bool:
        """Whether a function commits and gives back something that it has not refreshed."""
        if function not in self._expiring:
            self._expiring[function] = False
            self._expiring[function] = self._expired(self.effects.of(function)) is not None
        return self._expiring[function]


def _starts(effect: Effect) -> int:
    return effect.call.node.start_byte


def _share_loop(one: Effect, other: Effect) -> bool:
    loops = {node.id for node in ancestors(one.call.node) if node.type in LOOPS}
    return any(node.id in loops for node in ancestors(other.call.node))


def _read_after(function: Function, work: list[Effect], node: Node) -> bool:
    """Whether a name that holds what came of some work is read after a node."""
    held = set()
    for effect in work:
        assignment = next((item for item in ancestors(effect.call.node) if item.type == "assignment"), None)
        left = assignment.child_by_field_name("left") if assignment is not None else None
        held |= {text_of(left)} if left is not None else set()
        held |= {
            text_of(item)
            for item in effect.call.arguments
            if item.type == "identifier" and effect.detail in ("add", "refresh")
        }
    after = function.file.names_between(node.end_byte + 1, function.node.end_byte)
    return any(text_of(name) in held for name in after if name.start_byte >= function.node.start_byte)
