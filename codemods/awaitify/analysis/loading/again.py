"""Objects that a query or a look-up gives again after a commit: the session has had the same one before.

The commit expired it in the sync service, which read its relationships anew; here what was loaded then stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

from tree_sitter import Node

from awaitify.analysis.loading.bindings import PATTERNS
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.requeried import reachable_classes
from awaitify.analysis.loading.staleness import Memo, commits
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Call, Function, ancestors, is_within, text_of

QUERIES = {"select", "query", "get", "get_one"}
#: Functions above the object's own way that are looked at.
LIMIT = 40
LOOPS = ("for_statement", "while_statement")


@dataclass(eq=False, slots=True)
class Again:
    """sites: function id -> the calls of it; loads: function id -> the classes that it, or what it calls, queries."""

    types: Types
    sites: Mapping[str, Collection[tuple[Function, Call]]]
    memo: Memo = field(default_factory=dict)
    loads: dict[str, frozenset[str]] = field(default_factory=dict)
    known: dict[tuple[str, int, str], Segment | None] = field(default_factory=dict)

    def widened(self, source: Source) -> Source:
        """The source with what happens since the session first had the object, if a commit is among that."""
        if self.types.keeps or source.kind not in ("query", "get"):
            return source
        first: dict[str, tuple[Function, int]] = {}
        for item in source.segments:
            known = first.get(item.function.id)
            first[item.function.id] = (item.function, min(item.start, known[1]) if known else item.start)
        places = [(function, _end_of_steps(function, at)) for function, at in (*first.values(), *self._above(first))]
        before = [self._before(function, at, source.root) for function, at in places]
        return replace(source, earlier=tuple(item for item in before if item is not None))

    def _above(self, own: Mapping[str, tuple[Function, int]]) -> Iterator[tuple[Function, int]]:
        """(function, offset of the call) of what calls the functions that the object does not leave."""
        outer = [one for one in own if not any(caller.id in own for caller, _ in self.sites.get(one, ()))]
        seen, queue = set(own), list(outer)
        while queue and len(seen) < LIMIT + len(own):
            for caller, call in self.sites.get(queue.pop(), ()):
                yield caller, call.node.start_byte
                if caller.id not in seen:
                    seen.add(caller.id)
                    queue.append(caller.id)

    def _before(self, function: Function, end: int, root: str) -> Segment | None:
        """From where the function first has such an object to an offset; None without a commit in between."""
        key = (function.id, end, root)
        if key not in self.known:
            start = min((at for at, cls in self._held(function, end) if self._leads(function, cls, root)), default=end)
            calls = [call for call in function.calls if start <= call.node.start_byte < end]
            commits = any(self._commits(function, call) for call in calls)
            self.known[key] = Segment(function, start, end) if commits else None
        return self.known[key]

    def _held(self, function: Function, end: int) -> Iterator[tuple[int, str]]:
        """(offset, class) of the objects that names hold before an offset, and of what called functions query."""
        for bindings in self.types.bindings(function).values():
            for _, right in bindings:
                value = self.types.value(function, right) if right.end_byte < end else None
                if value is not None and value.shape != "query":
                    yield right.end_byte, value.cls
        for param in function.params:
            value = self.types.annotated(function, param.annotation) if param.annotation is not None else None
            if value is not None and value.shape != "query":
                yield function.node.start_byte, value.cls
        for call in function.calls:
            if call.node.end_byte < end:
                for callee in self._callees(function, call):
                    yield from ((call.node.end_byte, cls) for cls in self._loads(callee))

    def _leads(self, function: Function, cls: str, root: str) -> bool:
        classes = {cls, *reachable_classes([function], [cls], self.types)}
        return any(self.types.mapping.related(item, root) for item in classes if item)

    def _commits(self, function: Function, call: Call) -> bool:
        return commits(function, call, self.types, self.memo)

    def _loads(self, function: Function) -> frozenset[str]:
        if function.id not in self.loads:
            self.loads[function.id] = frozenset()
            found = set[str]()
            for call in function.calls:
                arguments = positional(call.node) if last_name(call.node) in QUERIES else []
                cls = self.types.mapping.names.find(function.file, text_of(arguments[0])) if arguments else None
                if cls is not None and cls.id in self.types.mapping.classes:
                    found.add(cls.id)
                for callee in self._callees(function, call):
                    found |= self._loads(callee)
            self.loads[function.id] = frozenset(found)
        return self.loads[function.id]

    def _callees(self, function: Function, call: Call) -> list[Function]:
        return self.types.callees(function, call.node) if self.types.is_told(function, call.node) else []


def _end_of_steps(function: Function, at: int) -> int:
    """The end of the loop around a look-up that gives the same object at each step, else its own place: what stands
    below it there has happened before, in the step before."""
    node = function.node.descendant_for_byte_range(at - 1, at)
    statement = next((item for item in _outwards(node, function) if item.type.endswith("_statement")), None)
    if statement is None or statement.type in LOOPS:
        return at
    target = statement.named_children[0].child_by_field_name("left") if statement.named_children else None
    names = {
        text_of(item) for item in function.file.names_in(statement) if target is None or not is_within(item, target)
    }
    for loop in _outwards(statement, function):
        if loop.type in LOOPS:
            if names & _bound_in(loop, statement, function):
                break
            at = loop.end_byte
    return at


def _outwards(node: Node | None, function: Function) -> Iterator[Node]:
    if node is not None and node != function.node:
        yield node
        yield from takewhile(lambda item: item != function.node, ancestors(node))


def _bound_in(loop: Node, statement: Node, function: Function) -> set[str]:
    """The names that a loop gives new values, but for what the look-up itself gives."""
    targets = [loop.child_by_field_name("left")] if loop.type == "for_statement" else []
    for name in function.file.names_in(loop):
        parent = name.parent
        if parent is None or is_within(name, statement):
            continue
        if parent.type in ("assignment", "augmented_assignment", "named_expression", "as_pattern_target", *PATTERNS):
            targets.append(name if parent.named_children[0] == name or parent.type in PATTERNS else None)
    return {text_of(item) for target in targets if target is not None for item in [target, *target.named_children]}
