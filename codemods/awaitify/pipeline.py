"""The life of a project, in order; the only module that knows the order and the demote loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from awaitify.analysis.calls import Resolution, resolve_project
from awaitify.analysis.clients.finding import Clients, find_clients
from awaitify.analysis.colour import Colouring
from awaitify.analysis.direct.finding import find_direct
from awaitify.analysis.effect_finding import find_effects
from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.finding import find_entries
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.exact import meant_overrides
from awaitify.analysis.implicit import link_overrides
from awaitify.analysis.knowledge.library_facts import Knowledge, packaged_rules
from awaitify.analysis.knowledge.stubs import library_stubs
from awaitify.analysis.lazy import settle_lazy
from awaitify.analysis.loading.deciding import Asked, LoadingDecision, decide_loading
from awaitify.analysis.loading.graph import Edge
from awaitify.analysis.loading.responses import taking
from awaitify.analysis.managers import made_before_entering
from awaitify.analysis.products import Products
from awaitify.analysis.sessions.endings import find_endings
from awaitify.analysis.sessions.running import running_sessions
from awaitify.carrying import Result, Rewritten, canonical, carry_out
from awaitify.config import Settings
from awaitify.errors import AwaitifyError, RefusedError
from awaitify.gating import Gates
from awaitify.plan_model import ProjectPlan, Reason
from awaitify.planning.drivers import choose_drivers, refreshes_relationships, strict_driver
from awaitify.planning.planner import make_plan
from awaitify.planning.requirements.planning import dependency_texts, needed_packages
from awaitify.planning.selection import kept_sync, route_selector, without_gain
from awaitify.planning.twins import NotTheTwin
from awaitify.project.index import Function, build_index, text_of
from awaitify.resolve.environment import fallback_paths, find_python, installed, site_packages
from awaitify.resolve.missing import missing_packages
from awaitify.resolve.ty_server import TyServer
from awaitify.rewrite import RewriteError

ROUNDS = 10
NO_ROUTES = "{}: no FastAPI route found; give the folder of the service, or --python with its environment"


def _quiet(message: str) -> None:
    """No progress."""


def plan_project(root: Path, settings: Settings, *, progress: Callable[[str], None] = _quiet) -> Result:
    """Analyses a project and plans its conversion. Raises AwaitifyError (wrong use), RefusedError (not safe)."""
    with analysed(root, settings, progress=progress) as plan:
        return plan(settings)


@contextmanager
def analysed(
    root: Path, settings: Settings, *, progress: Callable[[str], None] = _quiet
) -> Iterator[Callable[[Settings], Result]]:
    """Analyses a project once; what it gives plans it, as often as asked, with settings that select other routes.
    Raises as plan_project does."""
    root = root.resolve()
    progress("reading the project")
    project = build_index(root, settings.exclude)
    if not project.files:
        raise AwaitifyError(f"{root}: no Python files here; give the folder of a FastAPI service")
    python = find_python(root, settings.python)
    paths = [*(site_packages(python) if python else []), *(own := fallback_paths(python))]
    knowledge = _knowledge(settings, paths)
    stubs = [*library_stubs(project, knowledge.libraries()), *own]
    with TyServer(root, project.roots, python, stubs) as oracle:
        progress("resolving calls")
        resolution = resolve_project(project, oracle)
        link_overrides(resolution)
        if not find_entries(resolution).routes:
            raise AwaitifyError(NO_ROUTES.format(root))
        products, rewritten = Products(resolution), Rewritten()

        def attempt(chosen: Settings) -> Result:
            entries = find_entries(resolution)
            effects = find_effects(resolution, knowledge)  # anew: an attempt changes them
            products.settle(effects, entries)
            settle_lazy(effects)
            find_direct(effects, chosen.http_error_texts)
            clients = find_clients(effects, entries, chosen.aws)
            return _Attempts(resolution, entries, effects, clients, chosen, python, rewritten).settle()

        def plan(chosen: Settings) -> Result:
            result = plan_steps(products, lambda: attempt(chosen))
            unresolved = {call.file for call in result.plan.calls if call.kind == "unresolved"}
            missing = missing_packages(project, python, paths, unresolved)
            warnings = (missing, *result.plan.warnings) if missing else result.plan.warnings
            return replace(result, plan=replace(result.plan, warnings=warnings))

        progress("deciding")
        yield plan


def plan_steps(products: Products, attempt: Callable[[], Result]) -> Result:
    """Plans over what earlier steps left, unless there is nothing left to do without that."""
    products.link()
    has_left, has_classes = bool(products.twins or products.bridged), bool(products.classes)
    products.unlink()
    plain = attempt() if has_left else None
    if plain is not None and not plain.after and not has_classes:
        return plain
    while True:
        products.link()
        try:
            result = attempt()
            return result if plain is None or plain.after or _is_more(result, plain) else plain
        except NotTheTwin as problem:
            products.denied.add(problem.function)
        finally:
            products.unlink()


def _knowledge(settings: Settings, paths: list[Path]) -> Knowledge:
    """What the rule packs know, the user's own included, as far as the settings want it."""
    sync = ["http"] if settings.http == "to_thread" else []
    modules = [settings.http] if settings.http == "async_requests" else []
    return Knowledge([*packaged_rules(), *map(Path, settings.rules)], paths, sync, modules)


@dataclass(eq=False)
class _Attempts:
    """The demote loop: what fails is taken out, with what shares its session, and planned again."""

    resolution: Resolution
    entries: Entries
    effects: Effects
    clients: Clients
    settings: Settings
    python: Path | None
    rewritten: Rewritten

    def __post_init__(self) -> None:
        self.project = self.resolution.project
        self.moves_tests = self.settings.tests
        self.selected = route_selector(self.entries, self.settings)
        self.drivers = choose_drivers(self.project.root, self.python, self.settings.driver)
        self.strict = strict_driver(self.project, self.drivers)
        self.refreshes = refreshes_relationships(self.python)
        kept = frozenset(text_of(call.callee) for slot in self.effects.slots for call in slot.waiting)
        self.gates = Gates(self.resolution, self.effects.knowledge, self.clients, kept)
        self.chosen: set[Edge] = set()
        self._begin()

    def _begin(self) -> None:
        """Nothing is taken out yet but what the settings name."""
        self.lost: set[Edge] = set()
        self.eager: frozenset[Edge] = frozenset()
        self.extra: dict[Function, list[Reason]] = defaultdict(list)
        for function, reason in kept_sync(self.project.functions.values(), self.settings).items():
            self.extra[function].append(reason)

    def settle(self) -> Result:
        """What a second run would find is found at once: reads that were refused before their relationship became
        eager for others. The better of the results counts."""
        result = self._settle()
        while self.lost & self.eager - self.chosen:
            self.chosen |= self.eager
            self._begin()
            again = self._settle()
            if _async_routes(again) < _async_routes(result):
                break
            result = again
        return result

    def _settle(self) -> Result:
        """The first attempt that passes every gate; after the last round nothing is left in, so that there is one."""
        for number in range(ROUNDS):
            colouring = self._colour()
            outcome = self._attempt(colouring)
            if isinstance(outcome, Result):
                return outcome
            if number < ROUNDS // 2 and (self.clients.deny_where(outcome) or self._leave_tests(outcome)):
                continue
            for function, reasons in outcome.items():
                self.extra[function] += reasons
            if number >= ROUNDS - 2:
                reason = next(iter(next(iter(outcome.values()))))
                for function in colouring.colours.asyncs:
                    self.extra[function].append(reason)
        raise RefusedError("the plan did not settle within its rounds; nothing was changed")

    def _leave_tests(self, outcome: dict[Function, list[Reason]]) -> bool:
        """After a finding of the gates in rewritten tests: they stay sync from now on, and functions get twins."""
        found = {reason.file for reasons in outcome.values() for reason in reasons if reason.rule.startswith("gate-")}
        tests = {file.source.relative for file in self.project.files if file.is_test}
        was, self.moves_tests = self.moves_tests, self.moves_tests and not found & tests
        return was != self.moves_tests

    def _colour(self) -> Colouring:
        colouring = Colouring(
            self.resolution, self.entries, self.effects, self.selected, self.extra,
            moves_tests=self.moves_tests, has_trio=installed(self.python, "trio") is not None,
        )  # fmt: skip
        colouring.run()
        if self.clients.settle(colouring.colours.asyncs, set(colouring.colours.twins)):
            return self._colour()
        if self.settings.only_bridges == "leave":
            routes = self.entries.route_functions & colouring.colours.asyncs
            idle = without_gain(routes, colouring.colours.kinds)
            if idle:
                for function, reason in idle.items():
                    self.extra[function].append(reason)
                return self._colour()
        return colouring

    def _attempt(self, colouring: Colouring) -> Result | dict[Function, list[Reason]]:
        """A result, or the functions to take out."""
        asyncs = colouring.colours.asyncs
        loading = self._loading(colouring)
        refused = {self.project.functions[name]: reasons for name, reasons in loading.refusals.items()}
        refused = {function: reasons for function, reasons in refused.items() if function in asyncs}
        if refused:
            return refused
        planned = make_plan(colouring, self.clients, self.settings, self.drivers, loading)
        if planned.plan is None:
            return planned.refused
        try:
            plan = _with_packages(self.project.root, planned.plan)
            result = carry_out(self.project.root, plan, self.rewritten)
        except RewriteError as error:
            if self.clients.deny_all():
                return self._attempt(self._colour())
            return self._blamed(error, asyncs)
        carriers = colouring.colours.carriers | made_before_entering(self.effects.managers, asyncs)
        return self.gates.check(canonical(result), asyncs, carriers, colouring.colours.shared) or result

    def _blamed(self, error: RewriteError, asyncs: set[Function]) -> dict[Function, list[Reason]]:
        """What moves around an edit that has no place; an error that nothing moving stands around is raised again."""
        file = next((file for file in self.project.files if file.source.relative == error.path), None)
        start = error.edit.span[0] if error.edit is not None else 0
        around = [
            function
            for function in (file.functions if file is not None else ())
            if function.outer.start_byte <= start < function.outer.end_byte
        ]
        moving = {other for function in around for other in self.effects.crossing.component(function)} & asyncs
        moving = moving or {function for function in asyncs if function.file is file}
        if not moving:
            raise error
        reason = Reason("rewrite", error.reason, error.path, around[-1].line if around else 1)
        return {function: [reason] for function in moving}

    def _loading(self, colouring: Colouring) -> LoadingDecision:
        reading = [function for function in colouring.colours.asyncs if colouring.meets_session(function)]
        models = {
            route.function.id: route.response_model or route.function.node.child_by_field_name("return_type")
            for route in self.entries.routes
        }
        reading.sort(key=lambda item: item.id)
        over = {item.id: self.entries.reachable_dependencies(item) | self.entries.over(item) for item in reading}
        code = colouring.tests.session_code(reading)
        stored = self.effects.unnamed()
        endings = find_endings(self.effects, self.project.functions.values())
        sessions = running_sessions(reading, colouring)
        kinds, takes = colouring.colours.kinds, taking(self.effects.knowledge, self.project)
        elsewhere = {item for item, found in kinds.items() if "opens" in found and item not in colouring.colours.asyncs}
        asked = Asked(
            reading, models, over, self.strict, self.refreshes, code, stored, self.chosen, endings, sessions, elsewhere,
            takes, partial(meant_overrides, resolution=self.resolution),
        )  # fmt: skip
        decision = decide_loading(self.project, self.resolution.oracle, asked)
        self.lost |= decision.lost
        self.eager = decision.eager
        return decision


def _is_more(result: Result, plain: Result) -> bool:
    """Whether a plan over class copies of earlier steps goes on with those: a next step, or the last one. A run over
    what an earlier one left, for other reasons, changes nothing."""
    is_step = any(reason.rule == "not-selected" for route in result.plan.routes for reason in route.reasons)
    is_last = all(route.outcome != "left" for route in result.plan.routes)
    return _async_routes(result) > _async_routes(plain) and (is_step or is_last)


def _async_routes(result: Result) -> int:
    return sum(route.after == "async" for route in result.plan.routes)


def _with_packages(root: Path, plan: ProjectPlan) -> ProjectPlan:
    """The plan with what the new engines need in the project's lists of requirements."""
    packages = [*needed_packages(plan.facts["dialects"], plan.facts["drivers"]), *plan.facts["packages"]]
    texts, reasons = dependency_texts(root, packages)
    return replace(plan, texts=(*plan.texts, *texts), warnings=(*plan.warnings, *reasons))
