"""Decides what becomes of every lazy load in functions that become async: cured, or a reason to leave them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from awaitify_transforms.edits import Edit, InsertCode
from tree_sitter import Node

from awaitify.analysis.loading_checks import imperative_classes, joined_collections, judge
from awaitify.analysis.loading_cures import insert_refresh, make_eager
from awaitify.analysis.loading_flow import spread
from awaitify.analysis.loading_graph import Edge, Graph, Origin, origin
from awaitify.analysis.loading_life import Life, Lives, block_of, dominates
from awaitify.analysis.loading_names import keyword
from awaitify.analysis.loading_narrow import narrow
from awaitify.analysis.loading_reach import Reach
from awaitify.analysis.loading_reads import Read, Reader
from awaitify.analysis.loading_returns import Returns, rollback_reads
from awaitify.analysis.loading_templates import Templates
from awaitify.analysis.loading_types import Types, statement_of
from awaitify.analysis.mapping import find_mapping
from awaitify.analysis.schemas import Schemas
from awaitify.analysis.staleness import find_stale
from awaitify.plan_model import Reason
from awaitify.project.index import Function, Project, text_of
from awaitify.resolve.oracle import Oracle

RULE = "lazy-load"


@dataclass(frozen=True, slots=True)
class LoadingDecision:
    """edits: by file, relative to the root. refusals: function id -> why it cannot become async."""

    edits: dict[str, list[Edit]] = field(default_factory=dict)
    refusals: dict[str, list[Reason]] = field(default_factory=dict)
    warnings: list[Reason] = field(default_factory=list)


def decide_loading(
    project: Project, oracle: Oracle, functions: Collection[Function], routes: Mapping[str, Node | None]
) -> LoadingDecision:
    """functions: those that become async; routes: function id of a route -> node of its response model, if any."""
    return _Decider(project, oracle, functions, routes).decide()


class _Decider:
    def __init__(
        self, project: Project, oracle: Oracle, functions: Collection[Function], routes: Mapping[str, Node | None]
    ):
        self.functions, self.routes = functions, routes
        self.mapping = find_mapping(project)
        self.types = Types(project, self.mapping, oracle)
        self.reader = Reader(self.mapping, self.types)
        self.reach = Reach(project, oracle, functions)
        self.templates = Templates(project.root, self.types)
        self.lives = Lives(project)
        self.returns = Returns(Schemas(self.mapping), self.types, oracle)
        self.refusals: dict[str, dict[Reason, None]] = {}
        self.edits: dict[str, dict[Edit, None]] = {}
        self.warnings: dict[Reason, None] = {}
        self.narrowed: dict[Read, InsertCode | None] = {}
        self.refreshes: dict[tuple[str, str, int], tuple[Function, Node, set[str]]] = {}

    def decide(self) -> LoadingDecision:
        """Finds the reads, refuses until what is left is certainly loaded, then writes the cures."""
        unknown = imperative_classes(self.mapping)
        if not self.mapping.classes:
            return LoadingDecision(warnings=unknown)
        reads = self.reach.follow(self.reader, self.types, self.mapping)
        schema_reads = list(self._schema_reads())
        reads += schema_reads + self._property_reads(schema_reads)
        for function in self.functions:
            for node in rollback_reads(function, self.types):
                self._refuse(function, node, f"`{text_of(node)}` is read after a rollback, which expires it")
            for node, name in self.templates.reads(function):
                self._refuse(function, node, f"the template may read the relationship `{name}`")
        for function, node, why in find_stale(self.functions, reads, self.types):
            self._refuse(function, node, why)
        reads = [read for read in dict.fromkeys(reads) if not self._refused_at_once(read)]
        edges = self._settle(reads)
        live = [read for read in reads if read.function.id in self.reach.reached and not self._is_dropped(read)]
        through: dict[str, list[Read]] = {}
        for read in reads:
            method = self.mapping.classes[read.cls].properties.get(read.attr)
            if method is not None:
                through.setdefault(method.id, []).append(read)
        for read in [*live, *spread(live, self.types, self.reach.sites, through)]:
            self._refresh(read)
        self._write(edges)
        return LoadingDecision(
            {name: list(edits) for name, edits in sorted(self.edits.items())},
            {name: list(reasons) for name, reasons in sorted(self.refusals.items())},
            [*unknown, *self.warnings],
        )

    def _schema_reads(self) -> Iterator[Read]:
        for function in list(self.reach.functions.values()):
            if function.id in self.routes:
                yield from self.returns.of_route(function, self.routes[function.id])
            yield from self.returns.in_code(function)

    def _property_reads(self, reads: list[Read]) -> list[Read]:
        """What the properties that schemas read go on to read."""
        found = []
        for read in reads:
            mapped = self.mapping.get(read.cls)
            method = mapped.properties.get(read.attr) if mapped else None
            if method is None:
                continue
            roots = self.reach.reached[read.function.id]
            self.reach.reached.setdefault(method.id, set()).update(roots)
            self.types.ask([(method, node) for node in self.reader.receivers(method)])
            found += list(self.reader.scan(method))
        return found

    def _refuse(self, function: Function, node: Node, message: str) -> None:
        reason = Reason(RULE, message, function.file.source.relative, node.start_point[0] + 1)
        for root in self.reach.reached.get(function.id, {function.id}):
            self.refusals.setdefault(root, {})[reason] = None

    def _is_dropped(self, read: Read) -> bool:
        """Whether all converted functions that would run this read are refused."""
        return all(root in self.refusals for root in self.reach.reached[read.function.id])

    def _refused_at_once(self, read: Read) -> bool:
        """Whether a read is done with: refused, or in no need of a cure."""
        why = judge(read, self.types, self.mapping)
        if why:
            self._refuse(read.function, read.node, why)
        return why is not None

    def _settle(self, reads: list[Read]) -> set[Edge]:
        """The relationships to load eagerly, after refusing every read that neither they nor a refresh would reach."""
        narrow = self._narrow_only(reads)
        while True:
            live = [read for read in reads if self._is_relationship(read) and not self._is_dropped(read)]
            live = [read for read in live if read not in self.narrowed and not self._is_transient(read)]
            edges = {(read.cls, read.attr) for read in live if not self._is_self_referential(read)} - narrow
            graph = Graph(self.mapping, edges)
            lost = [read for read in live if not self._is_reached(read, graph)]
            if not lost:
                return edges
            for read in lost:
                if not self._narrow(read):
                    owner = self.mapping.classes[read.cls].cls.name
                    what = f"{owner}.{read.attr} is read ({read.via or text_of(read.node)})"
                    self._refuse(read.function, read.node, f"{what} and cannot be loaded for certain")

    def _narrow_only(self, reads: list[Read]) -> set[Edge]:
        """The collections that only statements read which a refresh can stand before."""
        by_edge: dict[Edge, list[Read]] = {}
        for read in reads:
            if self._is_relationship(read) and not self._is_dropped(read) and not self._is_transient(read):
                by_edge.setdefault((read.cls, read.attr), []).append(read)
        found = set()
        for edge, items in by_edge.items():
            relationship = self.mapping.classes[edge[0]].relationships[edge[1]]
            able = relationship.uselist and not relationship.eager and not any(edge[1] in read.path for read in reads)
            if able and all(self._can_narrow(read) for read in items):
                found.add(edge)
                for read in items:
                    self._narrow(read)
        return found

    def _can_narrow(self, read: Read) -> bool:
        loaded_here = read.receiver is not None and read.function.param(text_of(read.receiver)) is None
        able = loaded_here and read.function.id in self.reach.converted and not self._is_self_referential(read)
        return able and narrow(read, self.types) is not None

    def _narrow(self, read: Read) -> bool:
        """Plans a refresh right before the read, unless one on the way is planned already."""
        itself = self._is_self_referential(read)
        edit = narrow(read, self.types, itself) if read.function.id in self.reach.converted else None
        if edit is None:
            return False
        if not any(_covers(earlier, read) for earlier in self.narrowed):
            self.narrowed = {
                late: item for late, item in self.narrowed.items() if not _covers(read, late) or item is None
            }
            self.narrowed[read] = edit
        else:
            self.narrowed[read] = None
        return True

    def _is_self_referential(self, read: Read) -> bool:
        relationship = self.mapping.classes[read.cls].relationships[read.attr]
        return self.mapping.related(read.cls, relationship.target)

    def _is_relationship(self, read: Read) -> bool:
        return read.attr in self.mapping.classes[read.cls].relationships

    def _is_reached(self, read: Read, graph: Graph) -> bool:
        relationship = self.mapping.classes[read.cls].relationships[read.attr]
        start = origin(self.types, read.function, read.receiver) if read.receiver is not None else Origin("unknown")
        return graph.reaches(relationship, read.cls, start, read.path)

    def _life(self, read: Read) -> Life | None:
        if read.receiver is None or read.receiver.type != "identifier" or read.path:
            return None
        return self.lives.of(read.function, text_of(read.receiver))

    def _is_new(self, read: Read) -> bool:
        value = self.types.value(read.function, read.receiver) if read.receiver is not None else None
        life = self._life(read)
        return value.new if value is not None else life is not None and life.added

    def _is_transient(self, read: Read) -> bool:
        """Whether the object was made in this function and not yet flushed: its relationships need no SQL."""
        life = self._life(read)
        if life is None or not life.made or not self._is_new(read):
            return False
        return not life.flushes_between(min(life.made), read.node.start_byte)

    def _refresh(self, read: Read) -> None:
        """Plans the refresh that a new or changed object needs before this read; refuses where there is no place."""
        life = self._life(read)
        mapped = self.mapping.classes[read.cls]
        late = mapped.late.get(read.attr)
        if life is None or not (late or self._is_relationship(read)) or self._is_given(read, life):
            return
        value = self.types.value(read.function, read.receiver) if read.receiver is not None else None
        if value is not None and not self.mapping.related(value.cls, read.cls):
            return  # several functions of one name: not the one that made this object
        start = self._stale_from(read, life, late)
        for flush in life.flushes_between(start, read.node.start_byte) if start is not None else ():
            if not life.is_refreshed(flush, read.node, read.attr):
                self._plan_refresh(read, life, flush)

    def _is_given(self, read: Read, life: Life) -> bool:
        """Whether the relationship of a new object was set by hand, which counts as loaded."""
        if read.attr in life.given:
            return True
        bindings = self.types.bindings(read.function).get(life.name, [])
        return any(right.type == "call" and keyword(right, read.attr) is not None for _, right in bindings)

    def _stale_from(self, read: Read, life: Life, late: str | None) -> int | None:
        """The offset after which a flush leaves the attribute unloaded; None when none does."""
        before = read.node.start_byte
        if late == "onupdate":
            changed = [offset for offset in life.changed if offset < before]
            flushed = [node.start_byte for node in life.flushes if node.start_byte < before]
            stale = [offset for offset in changed if any(offset < item for item in flushed)]
            # A change of a new object before its first flush belongs to the INSERT.
            if self._is_new(read) and flushed:
                stale = [offset for offset in stale if offset > min(flushed)]
            return min(stale) if stale else None
        made = [offset for offset in life.made if offset < before]
        return min(made) if made and self._is_new(read) else None

    def _plan_refresh(self, read: Read, life: Life, flush: Node) -> None:
        function = read.function
        made = self.types.bindings(function).get(life.name, [])
        edit = insert_refresh(function, flush, life.name, [read.attr])
        certain = dominates(flush, read.node) or any(block_of(right) == block_of(flush) for _, right in made)
        # A refresh leaves out a relationship to the object's own class.
        itself = self._is_relationship(read) and self._is_self_referential(read)
        if edit is None or itself or not certain or function.id not in self.reach.converted:
            self._refuse(
                function, read.node, f"{life.name}.{read.attr} is read after a commit and nothing refreshes it"
            )
            return
        key = (function.id, life.name, flush.start_byte)
        known = read.receiver is not None and self.types.value(function, read.receiver) is not None
        self.refreshes.setdefault(key, (function, flush, set()))[2].add(read.attr if known else "")

    def _write(self, edges: set[Edge]) -> None:
        done: set[int] = set()
        self.warnings.update(dict.fromkeys(joined_collections(self.mapping)))
        for cls, name in sorted(edges):
            relationship = self.mapping.classes[cls].relationships[name]
            if (
                relationship.eager
                or relationship.lazy in ("raise", "raise_on_sql", "noload")
                or relationship.node.id in done
            ):
                continue
            done.add(relationship.node.id)
            path = relationship.file.source.relative
            self.edits.setdefault(path, {}).update(dict.fromkeys(make_eager(relationship)))
            message = f"{self.mapping.classes[cls].cls.name}.{name} is loaded with every {cls.rpartition('.')[2]}"
            self.warnings[Reason("eager-load", message, path, relationship.node.start_point[0] + 1)] = None
        for read, edit in self.narrowed.items():
            if edit is not None and not self._is_dropped(read):
                self.edits.setdefault(read.function.file.source.relative, {})[edit] = None
        for (owner, name, _), (function, flush, attributes) in sorted(self.refreshes.items(), key=lambda item: item[0]):
            edit = insert_refresh(function, flush, name, sorted(attributes))
            if owner not in self.refusals and isinstance(edit, InsertCode):
                self.edits.setdefault(function.file.source.relative, {})[edit] = None


def _covers(earlier: Read, later: Read) -> bool:
    """Whether the refresh before one read serves another read of the same attribute too."""
    if earlier.function is not later.function or earlier.attr != later.attr or earlier.receiver is None:
        return False
    same = later.receiver is not None and text_of(earlier.receiver) == text_of(later.receiver)
    before = earlier.node.start_byte <= later.node.start_byte
    return (
        same
        and before
        and (statement_of(earlier.node).id == statement_of(later.node).id or dominates(earlier.node, later.node))
    )
