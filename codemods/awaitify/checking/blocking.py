"""Calls that hold up the event loop, at any depth: the chain goes on through plain functions to what waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import imported_name
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.knowledge.library_facts import STANDARD_LIBRARY, Fact, Knowledge
from awaitify.analysis.knowledge.patterns import constructed_class
from awaitify.analysis.queries.uses import READ_WITHOUT_CALL
from awaitify.analysis.refusals import HARMLESS_DECORATORS
from awaitify.checking.iteration import runs_generator
from awaitify.checking.lazy import SYNC, LazyRead
from awaitify.checking.loop import Loop, step
from awaitify.checking.values import Values
from awaitify.findings import Finding, Step
from awaitify.project.index import Function, ancestors, text_of

TEST_CLIENT = "starlette.testclient.TestClient"
KINDS = {"blocks": "blocking-call", "cpu": "cpu-bound", "session": "sync-session", "connection": "sync-session"}


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a function that waits (callee None) or runs a function that does. node: the call."""

    function: Function
    node: Node
    target: str
    callee: Function | None = None
    fact: Fact | None = None


@dataclass(eq=False)
class Blocking:
    """For each rule, the next link from every plain function towards what waits, nearest first.

    ignored: whether a comment silences a rule at a place; asked for links that matter only."""

    loop: Loop
    links: dict[Function, list[tuple[str, Link]]] = field(default_factory=dict)
    nearest: dict[str, dict[Function, Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        effects = self.loop.effects
        values = Values(effects)
        for function in effects.resolution.within:
            self.links[function] = list(_links(function, effects, values))

    def add(self, reads: Iterable[LazyRead]) -> None:
        """Takes the lazy loads of sync sessions in: each is a query."""
        for read in reads:
            if read.session == SYNC:
                link = Link(read.function, read.node, f"the lazy load of {read.name}")
                self.links.setdefault(read.function, []).append(("sync-session", link))

    def trace(self, cut: set[tuple[str, int]]) -> None:
        """Computes the chains. cut: (rule, id of a node) of links that comments take out."""
        callers: dict[Function, list[Link]] = {}
        sinks: dict[str, list[Link]] = {}
        for found in self.links.values():
            for rule, link in found:
                if link.callee is not None:
                    callers.setdefault(link.callee, []).append(link)
                elif (rule, link.node.id) not in cut:
                    sinks.setdefault(rule, []).append(link)
        self.nearest = {rule: _backwards(rule, found, callers, cut) for rule, found in sorted(sinks.items())}

    def findings(self, cut: set[tuple[str, int]]) -> Iterator[Finding]:
        """One for each place on the loop and rule."""
        for function in self.loop.functions:
            seen = set(cut)
            for rule, link in self.broken(function):
                if (rule, link.node.id) not in seen:
                    seen.add((rule, link.node.id))
                    yield self._finding(function, rule, link)

    def broken(self, function: Function) -> Iterator[tuple[str, Link]]:
        """(rule, link) of every place of a function that waits in the end."""
        for own, link in self.links.get(function, ()):
            for rule in self._rules(own, link):
                yield rule, link

    def reached(self) -> list[Function]:
        """The functions that the loop runs, at any depth."""
        found = dict.fromkeys(self.loop.functions)
        todo = list(found)
        while todo:
            for _, link in self.links.get(todo.pop(), ()):
                if link.callee is not None and link.callee not in found:
                    found[link.callee] = None
                    todo.append(link.callee)
        return list(found)

    def _rules(self, rule: str, link: Link) -> list[str]:
        """The rules that a link breaks: its own, or those that lie behind the function that it runs."""
        if link.callee is None:
            return [rule]
        return [found for found, nearest in self.nearest.items() if link.callee in nearest]

    def _finding(self, function: Function, rule: str, link: Link) -> Finding:
        links = [link, *self.chain(rule, link)]
        steps = [step(item.function, item.node, item.target) for item in links]
        last, entry = links[-1], self.loop.entry(function)
        is_mild = (entry is not None and entry.is_once) or (last.fact is not None and last.fact.is_brief)
        return Finding(
            rule,
            steps[0].file,
            steps[0].line,
            steps[0].column,
            function.id,
            _message(rule, steps),
            _cure(last, steps) if rule != "sync-session" else "",
            "warning" if is_mild else "error",
            entry.label if entry is not None else "",
            (*self.loop.path(function), *steps),
        )

    def chain(self, rule: str, link: Link) -> Iterator[Link]:
        """The links behind one that runs a function, up to what waits."""
        while link.callee is not None:
            link = self.nearest[rule][link.callee]
            yield link


def _backwards(
    rule: str, sinks: list[Link], callers: dict[Function, list[Link]], cut: set[tuple[str, int]]
) -> dict[Function, Link]:
    """The first link of the shortest way from each plain function to a sink."""
    nearest: dict[Function, Link] = {}
    queue: deque[Function] = deque()
    for link in sinks:
        if link.function not in nearest and not link.function.is_async:
            nearest[link.function] = link
            queue.append(link.function)
    while queue:
        for link in callers.get(queue.popleft(), ()):
            known = link.function in nearest or link.function.is_async
            if not known and (rule, link.node.id) not in cut:
                nearest[link.function] = link
                queue.append(link.function)
    return nearest


def _links(function: Function, effects: Effects, values: Values) -> Iterator[tuple[str, Link]]:
    """(rule, link) of what waits here, ("", link) of plain functions that are run here; in source order."""
    for effect in effects.of(function):
        # a lambda's runs where that is called, the app behind a test client in a loop of its own
        if not effect.call.in_lambda and not _is_request_of_test(effect, effects):
            yield from _of_call(function, effect, effects, values)
    for use in effects.queries[function].uses if function in effects.queries else ():
        if use.consumer in READ_WITHOUT_CALL:
            yield "sync-session", Link(function, use.node, "sqlalchemy.orm.query.Query.__iter__")
    for node, target, fact in _left_blocks(function, effects):
        yield "blocking-call", Link(function, node, target, None, fact)
    for item in effects.implicit.get(function, ()):
        for callee in item.callees:
            if not callee.is_async:
                yield "", Link(function, item.node, callee.id, callee)


def _is_request_of_test(effect: Effect, effects: Effects) -> bool:
    """Whether a test asks the app for something through FastAPI's test client."""
    receiver = effect.call.callee.child_by_field_name("object")
    if not effect.call.file.is_test or receiver is None:
        return False
    return TEST_CLIENT in effects.resolution.class_names(effect.call.file, receiver)


def _left_blocks(function: Function, effects: Effects) -> Iterator[tuple[Node, str, Fact]]:
    """`with ThreadPoolExecutor() as pool:` waits when it is left, whatever is awaited inside."""
    for effect in effects.of(function):
        if effect.fact is None or not is_entered(effect.call.node):
            continue
        name = f"{constructed_class(effect.detail) or effect.detail}.__exit__"
        fact = effects.knowledge.fact(name)
        if fact.is_exact and fact.kind == "blocks":
            yield effect.call.node, name, fact


def _of_call(function: Function, effect: Effect, effects: Effects, values: Values) -> Iterator[tuple[str, Link]]:
    node = effect.call.node
    callees = [callee for callee in effect.callees if effect.kind in ("project", "opens")]
    if effect.kind == "unresolved":
        callees += values.functions(effect)
    for callee in callees:
        for inner in (callee, *callee.wrappers):
            if _runs(effect, inner):
                yield "", Link(function, node, inner.id, inner)
    if effect.kind == "project" or is_awaited(node):
        return
    waits = _sink(effect, effects.knowledge)
    if waits is None and effect.kind == "unresolved":
        names = values.state_methods(effect.call)
        waits = next((found for name in names if (found := _ruled(name, effects.knowledge.fact(name)))), None)
    if waits is None and effect.fact is not None and effect.fact.is_lazy and _is_read_here(node):
        waits = KINDS["blocks"], effect.detail, effect.fact
    if waits is not None:
        rule, target, fact = waits
        yield rule, Link(function, node, target, None, fact)


def _is_read_here(node: Node) -> bool:
    """Whether what blocks as it is read is the last call of its chain, and no argument of what runs in a thread."""
    if node.parent is None or node.parent.type == "attribute":
        return False
    return not any(is_awaited(item) for item in ancestors(node) if item.type == "call")


def _sink(effect: Effect, knowledge: Knowledge) -> tuple[str, str, Fact | None] | None:
    """The rule that a call breaks by itself on the loop, the dotted name of what it calls, and what is known of it."""
    if effect.kind == "session":
        name = f"sqlalchemy.orm.session.Session.{effect.detail}"
        return "sync-session", name, knowledge.fact(name)
    if effect.kind == "terminal":
        return "sync-session", f"sqlalchemy.orm.query.Query.{effect.detail}", None
    fact, name = effect.fact, effect.detail
    if fact is None and effect.kind == "unresolved" and (name := imported_name(effect.call)):
        fact = knowledge.fact(name)
    return _ruled(name, fact) if fact is not None else None


def _ruled(name: str, fact: Fact) -> tuple[str, str, Fact | None] | None:
    rule = KINDS.get(fact.kind) if fact.is_ruled else None
    return (rule, name, fact) if rule and not _only_makes(name, fact) else None


def _only_makes(name: str, fact: Fact) -> bool:
    """Whether a call makes a library's client, which a pattern covers with its methods: most connect later."""
    owner = constructed_class(name) or name
    is_class = owner.rpartition(".")[2][:1].isupper()
    return is_class and fact.kind == "blocks" and not fact.is_exact and fact.library != STANDARD_LIBRARY


def _runs(effect: Effect, callee: Function) -> bool:
    """Whether the call itself runs the plain function's body, here and now."""
    if callee.is_async or (is_awaited(effect.call.node) and _is_wrapped(callee)):
        return False
    return not callee.is_generator or runs_generator(effect.call, callee)


def _is_wrapped(function: Function) -> bool:
    """Whether an unknown decorator stands over it, which may run it in a thread and give back something to await."""
    names = (text_of(item).lstrip("@").strip().partition("(")[0] for item in function.decorators)
    return any(name not in HARMLESS_DECORATORS for name in names)


def is_entered(node: Node) -> bool:
    """Whether a plain `with` enters what a call gives."""
    item = next((parent for parent in ancestors(node) if parent.type not in ("as_pattern",)), None)
    if item is None or item.type != "with_item":
        return False
    statement = next((parent for parent in ancestors(item) if parent.type == "with_statement"), None)
    return statement is not None and statement.children[0].type != "async"


def is_awaited(node: Node) -> bool:
    """What is awaited, or entered by `async with`, is no plain call, whatever its type seems to be."""
    for parent in ancestors(node):
        if parent.type == "await":
            return True
        if parent.type == "with_item":
            statement = next((item for item in ancestors(parent) if item.type == "with_statement"), None)
            return statement is not None and statement.children[0].type == "async"
        if parent.type not in ("parenthesized_expression", "as_pattern"):
            return False
    return False


def _message(rule: str, steps: list[Step]) -> str:
    """What is wrong, without places."""
    first, last = steps[0], steps[-1]
    how = {"cpu-bound": "computes on the event loop", "sync-session": "does database I/O on the event loop"}
    what = how.get(rule, "blocks the event loop")
    if len(steps) == 1:
        return f"{first.text}(...) {what} ({last.target})"
    return f"{first.text}(...) {what}: it reaches {last.target}"


def _cure(last: Link, steps: list[Step]) -> str:
    """What the rule packs know: the library's own async form."""
    replacement = last.fact.replacement if last.fact is not None else ""
    if not replacement:
        return ""
    return f"use {replacement}, or `await asyncio.to_thread({steps[0].text}, ...)`"
