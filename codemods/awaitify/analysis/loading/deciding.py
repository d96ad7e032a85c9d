"""Decides what becomes of every lazy load in functions that become async: cured, or a reason to leave them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from awaitify_transforms.edits import Edit, InsertCode
from tree_sitter import Node

from awaitify.analysis.driver_forms import DriverForms
from awaitify.analysis.filters import Filters
from awaitify.analysis.loading.bare import Bare
from awaitify.analysis.loading.cascaded import cascaded_reads
from awaitify.analysis.loading.changes import Changes
from awaitify.analysis.loading.checks import imperative_classes, joined_collections, judge, may_run
from awaitify.analysis.loading.choice import Options
from awaitify.analysis.loading.context import RULE as RULE
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.cures import make_eager
from awaitify.analysis.loading.ended import ended_reads
from awaitify.analysis.loading.endings import Endings
from awaitify.analysis.loading.expired import Expired, expired_reads
from awaitify.analysis.loading.expiry import expirations
from awaitify.analysis.loading.foreign_reads import foreign_reads
from awaitify.analysis.loading.graph import Edge
from awaitify.analysis.loading.kept import first_reads
from awaitify.analysis.loading.life import Lives
from awaitify.analysis.loading.narrow import as_one, is_repeated
from awaitify.analysis.loading.new import NewObjects
from awaitify.analysis.loading.new_reads import NewReads
from awaitify.analysis.loading.options import is_loaded_by_option
from awaitify.analysis.loading.partial import Partial
from awaitify.analysis.loading.reach import Depends, Overrides, Reach, Stored, no_overrides
from awaitify.analysis.loading.reads import Read, Reader, outward, through_proxies
from awaitify.analysis.loading.responses import Responses
from awaitify.analysis.loading.returns import Returns
from awaitify.analysis.loading.rollback import Rollbacks
from awaitify.analysis.loading.rolled_back import after_rollbacks
from awaitify.analysis.loading.running_places import Sessions
from awaitify.analysis.loading.session_settings import keeps_on_commit
from awaitify.analysis.loading.settle import Settler
from awaitify.analysis.loading.staleness import Memo, stale_collections, stale_reads
from awaitify.analysis.loading.templates import Templates
from awaitify.analysis.loading.tests import TestReads
from awaitify.analysis.loading.trace import Tracer
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.finding import find_mapping
from awaitify.analysis.mapping.schemas import Schemas
from awaitify.analysis.parameters import Parameters
from awaitify.plan_model import Reason
from awaitify.project.index import File, Function, Project
from awaitify.resolve.oracle import Oracle


@dataclass(frozen=True, slots=True)
class LoadingDecision:
    """edits: by file, relative to the root. refusals: function id -> why it cannot become async. eager: the
    relationships that the mapping loads; lost: those of refused reads."""

    edits: dict[str, list[Edit]] = field(default_factory=dict)
    refusals: dict[str, list[Reason]] = field(default_factory=dict)
    warnings: list[Reason] = field(default_factory=list)
    eager: frozenset[Edge] = frozenset()
    lost: frozenset[Edge] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """functions: those that become async; routes: function id of every route -> node of its response model, if any;
    depends: function id -> what runs before it through `Depends`; driver: that of PostgreSQL, when it compares more
    strictly than the one before; refreshes: whether a refresh loads relationships that it names; tests: id of a
    function of the tests -> its session; stored: calls whose text does not name what they run, with that; chosen: what
    another decision about fewer functions made eager; endings: the `with` statements of functions that flush as they
    end; sessions: where what reads can run; elsewhere: plain functions that open sync sessions of their own; takes:
    how a response model takes an object, "" where it must not beforehand; overrides: what else a call of a method may
    mean."""

    functions: Collection[Function]
    routes: Mapping[str, Node | None]
    depends: Depends = field(default_factory=dict)
    driver: str = ""
    refreshes: bool = True
    tests: Mapping[str, str] = field(default_factory=dict)
    stored: Stored = field(default_factory=dict)
    chosen: Collection[Edge] = ()
    endings: Endings = field(default_factory=dict)
    sessions: Sessions = field(default_factory=Sessions)
    elsewhere: Collection[Function] = ()
    takes: str = ""
    overrides: Overrides = no_overrides


def decide_loading(project: Project, oracle: Oracle, asked: Asked) -> LoadingDecision:
    """Decides about every lazy load of the functions, and of what runs with them."""
    return _Decider(project, oracle, asked).decide(asked.driver)


class _Decider:
    def __init__(self, project: Project, oracle: Oracle, asked: Asked):
        self.functions, self.routes = asked.functions, asked.routes
        mapping = self.mapping = find_mapping(project)
        self.types = Types(project, mapping, oracle)
        self.types.endings, self.types.keeps = asked.endings, keeps_on_commit(project)
        self.reader = Reader(mapping, self.types)
        self.reach = Reach(
            project, oracle, asked.functions, asked.depends, asked.stored, asked.elsewhere, asked.overrides
        )
        self.templates = Templates(self.types)
        schemas = Schemas(mapping)
        self.returns = Returns(schemas, self.types, oracle)
        self.responses = Responses(asked.routes, schemas, asked.takes, self.types) if asked.takes else None
        self.partial = Partial(project, mapping)
        self.context = Context(mapping, self.types, self.reach, Lives(project, self.types), asked.refreshes)
        self.tests = TestReads(self.context, asked.tests)
        self.chosen, self.sessions = set(asked.chosen), asked.sessions
        self.expirations: list[tuple[Function, InsertCode]] = []
        self.hard: dict[Read, str] = {}  # what nothing but running on the session helps -> why it is refused else
        self.edits: dict[str, dict[Edit, None]] = {}
        self.warnings: dict[Reason, None] = {}

    def decide(self, driver: str) -> LoadingDecision:
        """Finds the reads, refuses until what is left is certainly loaded, then writes the cures."""
        unknown = imperative_classes(self.mapping)
        if not self.mapping.classes:
            return LoadingDecision(warnings=unknown)
        self.reader.names |= self.partial.names()
        found = self.tests.settle(dict.fromkeys(through_proxies(self._reads(), self.mapping)))
        optioned: list[Read] = []
        reads = [read for read in dict.fromkeys(found) if not self._is_settled(read, optioned)]
        through = self._through(reads)
        readers = {name: [(read.function, read.receiver) for read in items if read.receiver is not None]
                   for name, items in through.items()}  # fmt: skip
        tracer = Tracer(self.types, self.reach.sites, readers)
        reads = [read for read in outward(reads, through) if not self._refused_in_part(read, tracer)]
        options = Options(self.context, tracer, Changes(self.types, self.reach.depends), self._bare(tracer))
        reads += [
            read for read in optioned if any(options.changes_before(one, read, True) for one in options.sources(read))
        ]
        reads = first_reads(reads, options, self.context)
        for read, why in ended_reads(reads, self.mapping, self.types.endings, options.sources):
            self.context.refuse(read.function, read.node, why)
        settler = Settler(self.context, options, self.sessions, self.responses, through)
        for read, why in self.hard.items():
            if not self.context.is_dropped(read) and not settler.carried.take(read):
                self.context.refuse(read.function, read.node, why)
        edges = settler.settle(reads, self.chosen)
        for read, why in stale_collections([read for read in reads if read not in settler.narrowed], self.types):
            self.context.refuse(read.function, read.node, why)
        new = NewReads(self.context, settler, tracer).decide(reads, edges)
        self._write(edges, settler, new)
        if driver:
            self._compare(driver)
        return LoadingDecision(
            {name: list(edits) for name, edits in sorted(self.edits.items())},
            {name: list(reasons) for name, reasons in sorted(self.context.refusals.items())},
            [*unknown, *self.warnings],
            frozenset(edges),
            frozenset((read.cls, read.attr) for read in settler.lost),
        )

    def _reads(self) -> list[Read]:
        """Every read; what no cure helps is refused on the way."""
        refuse = self.context.refuse
        reads = self.reach.follow(self.reader, self.types, self.mapping)
        handed = [*self._schema_reads(), *self._template_reads()]
        reads += [*handed, *self._property_reads(handed)]
        rollbacks, memo, expired = Rollbacks(self.types), Memo(), Expired()
        for function in self.functions:
            lost = [*expired_reads(function, self.types, expired), *cascaded_reads(function, self.types)]
            for node, why in [*stale_reads(function, self.types, memo), *lost]:
                refuse(function, node, why)
            behind = after_rollbacks(function, rollbacks, reads, self.context)
            for node, cure in (*expirations(function, self.types, memo), *behind):
                if isinstance(cure, str):
                    refuse(function, node, cure)
                else:
                    self.expirations.append((function, cure))
        return reads

    def _schema_reads(self) -> Iterator[Read]:
        for function in list(self.reach.functions.values()):
            if function.id in self.routes:
                for read in self.returns.of_route(function, self.routes[function.id]):
                    self.reach.comes_after(read.function, function)
                    yield read
            yield from self.returns.in_code(function)

    def _template_reads(self) -> Iterator[Read]:
        for function in list(self.reach.functions.values()):
            self.hard |= foreign_reads(function, self.types)
            reads, unknown = self.templates.reads(function)
            for node, name in unknown:
                self.hard[Read(function, "", name, node, None)] = f"the template may read the relationship `{name}`"
            yield from reads

    def _property_reads(self, reads: list[Read]) -> list[Read]:
        """What the properties that schemas and templates read go on to read, and the schemas of what they give."""
        found: dict[Read, None] = {}
        queue = list(reads)
        while queue:
            read = queue.pop()
            mapped = self.mapping.get(read.cls)
            method = mapped.properties.get(read.attr) if mapped else None
            if method is None:
                continue
            known = self.reach.reached.setdefault(method.id, set())
            new = self.reach.reached[read.function.id] - known
            known |= new
            self.types.ask([(method, node) for node in self.reader.receivers(method)])
            inner = [*self.reader.scan(method), *self.returns.of_property(method)]
            queue += [item for item in inner if new or item not in found]
            found.update(dict.fromkeys(inner))
        return list(found)

    def _is_settled(self, read: Read, optioned: list[Read]) -> bool:
        """Whether a read is done with: refused, or in no need of a cure. optioned: takes those that an option of the
        code itself serves, as far as nothing changes."""
        why = judge(read, self.types, self.mapping)
        if why and may_run(read, self.mapping):
            self.hard[read] = why
        elif why:
            self.context.refuse(read.function, read.node, why)
        elif why == "" and is_loaded_by_option(read, self.types, self.mapping):
            optioned.append(read)
        return why is not None

    def _refused_in_part(self, read: Read, tracer: Tracer) -> bool:
        """Whether a query leaves the column out."""
        why = self.partial.judge(read, tracer)
        if why:
            self.hard[read] = why
        return why is not None

    def _bare(self, tracer: Tracer) -> Bare:
        """What is shown as it was loaded, by functions that do not move too: an eager mapping would show there."""
        bare = Bare(self.types)
        everywhere = [item for item in self.reach.project.functions.values() if not item.file.is_test]
        shown = [(item, node) for item in everywhere for node in bare.shown(item, self.routes)]
        self.types.ask(shown)
        for function, node in shown:
            bare.note(function, node, tracer)
        return bare

    def _through(self, reads: list[Read]) -> dict[str, list[Read]]:
        """A property's id -> the reads of it."""
        through: dict[str, list[Read]] = {}
        for read in reads:
            method = self.mapping.classes[read.cls].properties.get(read.attr)
            if method is not None:
                through.setdefault(method.id, []).append(read)
        return through

    def _write(self, edges: set[Edge], settler: Settler, new: NewObjects) -> None:
        self.warnings.update(dict.fromkeys(joined_collections(self.mapping)))
        for edge in sorted(edges):
            self._load_eagerly(edge)
        narrowed = [(read.function.file, edit) for read, edit in settler.narrowed.items()
                    if edit is not None and not self.context.is_dropped(read)
                    and not settler.is_read_by_response(read)]  # fmt: skip
        flushed = new.edits()
        for file, edit in as_one(narrowed):
            if not is_repeated(file, edit, flushed):
                self._add(file, edit)
        for function, edit in self.expirations:
            if function.id not in self.context.refusals:
                self._add(function.file, edit)
        others = (settler.options.edits(), flushed, settler.carried.edits(), self.tests.edits)
        for file, edit in itertools.chain(*others):
            self._add(file, edit)

    def _compare(self, driver: str) -> None:
        """Casts the strings that the driver would refuse to compare, also where a query is only made."""
        functions = list(self.reach.functions.values())
        parameters = Parameters(self.types, driver, self.routes.keys())
        parameters.decide(functions)
        compared = [(function, node, f"{why}, which {driver} refuses")
                    for function, node, why in Filters(self.types).problems(functions)]  # fmt: skip
        forms = DriverForms(driver)
        forms.decide(functions)
        for function, node, why in [*parameters.refused, *compared, *forms.refused]:
            self.context.refuse(function, node, why, "strict-driver")
        for function, edit in [*parameters.edits, *forms.edits]:
            self._add(function.file, edit)

    def _add(self, file: File, edit: Edit) -> None:
        self.edits.setdefault(file.source.relative, {})[edit] = None

    def _load_eagerly(self, edge: Edge) -> None:
        """`lazy="selectin"` on the mapping, once for both names of a backref."""
        cls, name = edge
        relationship = self.mapping.classes[cls].relationships[name]
        if relationship.eager or relationship.lazy in ("raise", "raise_on_sql", "noload"):
            return
        for edit in make_eager(relationship):
            self._add(relationship.file, edit)
        message = f"{self.mapping.classes[cls].cls.name}.{name} is loaded with every {cls.rpartition('.')[2]}"
        path, line = relationship.file.source.relative, relationship.node.start_point[0] + 1
        self.warnings[Reason("eager-load", message, path, line)] = None
