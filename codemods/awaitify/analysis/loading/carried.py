"""The last cure of a lazy load: what reads runs on the session, `await db.run_sync(lambda _: user.to_schema())`.

There the lazy loads emit what they emitted, where they did. It serves what no option, refresh or mapping reaches: a
mapper that many places hand objects to, a path over several relationships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.endings import passed_by
from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.staleness import Memo, called_changes
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Call, File, Function, ancestors, span_of, text_of

REASON = "what it reads is loaded as it is read, on the session"
COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
SCOPES = ("lambda", "function_definition", "class_definition", "decorator")
#: What cannot stand in a lambda, or means something else there.
NEVER = ("await", "yield", "named_expression", "interpolation")
#: They go through a generator at once.
WHOLE = {"list", "set", "tuple", "dict", "sum", "any", "all", "max", "min", "sorted", "join"}


@dataclass(frozen=True, slots=True)
class Sessions:
    """codes: function id -> how it writes its sessions; moving: the ids of the calls that are rewritten."""

    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    moving: Collection[int] = ()


@dataclass(eq=False, slots=True)
class Carried:
    """places: the expressions that run on the session, with its code; functions: ids of the plain functions that run
    there alone; reads: those that run there themselves; stuck: what was refused meanwhile."""

    context: Context
    options: Options
    sessions: Sessions
    places: dict[int, tuple[Function, Node, str]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    reads: set[Read] = field(default_factory=set)
    stuck: list[tuple[list[str], Read]] = field(default_factory=list)
    memo: Memo = field(default_factory=dict)

    def serves(self, read: Read) -> bool:
        """Whether a read runs on the session, wherever it is reached from."""
        return read in self.reads or read.function.id in self.functions

    def take(self, read: Read) -> bool:
        """Lets what reads run on the session; says whether some function goes on with that. Those from where that is
        not the same are refused."""
        classes = self.context.mapping.classes
        owners = [classes[read.cls]] if read.cls else list(classes.values())
        named = [item.relationships[read.attr] for item in owners if read.attr in item.relationships]
        if any(item.lazy in ("dynamic", "write_only") for item in named):
            return False
        changing = self._changing(read, named) if named else []
        if read.function.id not in self.context.reach.converted:
            return self._take_callers(read, changing)
        found = self._place(read.function, _expression(read)) if not changing else None
        if found is not None:
            self._add(read.function, found)
            self.reads.add(read)
        return found is not None

    def edits(self) -> Iterator[tuple[File, ReplaceExpression]]:
        """What to write, outermost places alone."""
        places = {at: item for at, item in self.places.items() if item[0].id not in self.context.refusals}
        for function, node, session in places.values():
            if not any(above.id in places for above in ancestors(node)):
                span = span_of(node)
                code = f"await {session}.run_sync(lambda _: {{0}})"
                yield function.file, ReplaceExpression(span=span, code=code, holes=(span,), reason=REASON)

    def refuse(self) -> None:
        """Refuses, once more after all refusals were taken back, what cannot run on a session."""
        for roots, read in self.stuck:
            self.context.refuse_roots(roots, read.function, read.node, what_is_read(read, self.context))

    def _take_callers(self, read: Read, changing: list[set[str]]) -> bool:
        places = list(self._boundaries(read.function))
        if not places or None in places:
            return False
        found = [(caller, node, self._place(caller, node)) for caller, node in filter(None, places)]
        callers = {caller.id for caller, _, _ in found}
        if not all(callers & around for around in changing):
            return False
        stuck = callers.intersection(set[str]().union(*changing))
        stuck |= {caller.id for caller, _, place in found if place is None}
        if stuck >= callers:
            return False
        if stuck:
            self.stuck.append((sorted(stuck), read))
            self.refuse()
        for caller, _, place in found:
            if place is not None and caller.id not in stuck:
                self._add(caller, place)
        self.functions.add(read.function.id)
        return True

    def _boundaries(self, function: Function) -> Iterator[tuple[Function, Node] | None]:
        """The calls by which converted functions come to a plain one; None where something else leads there."""
        reach, seen, queue = self.context.reach, {function.id}, [function]
        given = {item.id for found in reach.depends.values() for item in found}
        while queue:
            item = queue.pop()
            sites = reach.sites.get(item.id, [])
            if item.parent is not None or item.id in given or not sites:
                yield None
            for caller, call in sites:
                if caller.id in reach.converted:
                    yield caller, call.node
                elif caller.id not in seen:
                    seen.add(caller.id)
                    queue.append(caller)

    def _add(self, function: Function, place: tuple[Node, str]) -> None:
        self.places[place[0].id] = (function, *place)

    def _place(self, function: Function, node: Node | None) -> tuple[Node, str] | None:
        """The expression to run on the session, and its code; None where there is no such place or session."""
        codes = self.sessions.codes.get(function.id, ())
        if node is None or len(codes) != 1 or function.file.is_test or not self._may_move(node):
            return None
        around = [item for item in ancestors(node) if item.start_byte >= function.node.start_byte]
        around = around[: next((at for at, item in enumerate(around) if item.id == function.node.id), len(around))]
        if any(item.type in SCOPES for item in around):
            return None
        whole = [_whole(item) for item in around if item.type in COMPREHENSIONS]
        if whole and whole[-1] is not None and self._may_move(whole[-1]):
            return whole[-1], codes[0]
        loose = any(item.type == "generator_expression" for item in around)
        first = any(_is_first(item, node) for item in around if item.type in COMPREHENSIONS)
        return None if loose or (whole and first and len(whole) > 1) else (node, codes[0])

    def _may_move(self, node: Node) -> bool:
        """Whether nothing in an expression waits, or means something else in a lambda."""
        inside = list(walk(node))
        names = {text_of(item) for item in inside if item.type == "identifier"}
        is_plain = not any(item.type in NEVER or item.id in self.sessions.moving for item in inside)
        return is_plain and not names & {"_", "super", "locals"}

    def _changing(self, read: Read, named: list[Relationship]) -> list[set[str]]:
        """The ids of the functions that an object comes through, for each that a commit expired, so that the sync
        service read anew what has changed: here it stays as it was loaded, if it was."""
        found = []
        for source in [] if self.context.types.keeps else self.options.sources(read):
            around = {item.function.id: item.function for item in source.segments}
            around |= {read.function.id: read.function, source.function.id: source.function}
            if source.kind == "unknown":
                changes = any(self._commits(item, call) for item in around.values() for call in item.calls)
            else:
                changes = any(self.options.changes.between(source, item) for item in named)
                changes = changes and self._is_committed(source)
            if changes:
                found.append(set(around))
        return found

    def _is_committed(self, source: Source) -> bool:
        calls = [(segment.function, call) for segment in source.segments for call in segment.function.calls
                 if segment.start <= call.node.start_byte < segment.end]  # fmt: skip
        return any(passed_by(self.context.types.endings, source)) or any(self._commits(*item) for item in calls)

    def _commits(self, function: Function, call: Call) -> bool:
        return last_name(call.node) == "commit" or called_changes(function, call, self.context.types, self.memo)[1]


def _expression(read: Read) -> Node | None:
    """What a read is part of that can run elsewhere: itself, or the call that makes a schema of the object."""
    node, parent = read.node, read.node.parent
    if parent is None or read.receiver is None:
        return None
    if node.id != read.receiver.id:
        is_target = parent.type in ("assignment", "augmented_assignment") and parent.named_children[0].id == node.id
        return node if node.type in ("attribute", "call") and not is_target else None
    while parent is not None and parent.type in ("keyword_argument", "pair", "dictionary"):
        parent = parent.parent
    return parent.parent if parent is not None and parent.type == "argument_list" else None


def what_is_read(read: Read, context: Context) -> str:
    """Why a read is refused."""
    owner = context.mapping.classes[read.cls].cls.name if read.cls else "an object"
    return f"{owner}.{read.attr} is read ({read.via or text_of(read.node)}) and cannot be loaded for certain"


def _whole(comprehension: Node) -> Node | None:
    """The comprehension, or the call that goes through a generator at once; None for one that is handed on."""
    parent = comprehension.parent
    if comprehension.type != "generator_expression":
        return comprehension
    call = parent.parent if parent is not None and parent.type == "argument_list" else parent
    return call if call is not None and call.type == "call" and last_name(call) in WHOLE else None


def _is_first(comprehension: Node, node: Node) -> bool:
    """Whether a node stands in what a comprehension goes through first."""
    clause = next((item for item in comprehension.named_children if item.type == "for_in_clause"), None)
    return clause is not None and clause.start_byte <= node.start_byte < clause.end_byte
