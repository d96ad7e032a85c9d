"""Legacy Query: every query of the project, from its root `session.query(...)` to what executes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from awaitify.analysis.calls import Resolution
from awaitify.analysis.listeners import changed_by
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.queries.elements import Elements
from awaitify.analysis.queries.flow import Flow
from awaitify.analysis.queries.methods import Methods
from awaitify.analysis.queries.uses import Summary, is_query_root
from awaitify.analysis.queries.values import Queries
from awaitify.project.index import Function, text_of

LOOKS = 40  # at one function, before what it does with queries counts as not followed


@dataclass(eq=False)
class ProjectQueries:
    """The queries of every function.

    links: functions that a query crosses between, both ways; calls: from a caller to what has its query too."""

    by_function: dict[Function, Queries] = field(default_factory=lambda: defaultdict(Queries))
    links: dict[Function, set[Function]] = field(default_factory=dict)
    calls: dict[Function, set[Function]] = field(default_factory=dict)

    def component(self, function: Function) -> set[Function]:
        """The function and all that queries link it with; what is the same for a query and a select links nothing."""
        found, todo = {function}, [function]
        while todo:
            new = {item for item in self.links.get(todo.pop(), set()) - found if not self.is_neutral(item)}
            found |= new
            todo += new
        return found

    def is_neutral(self, function: Function, seen: frozenset[Function] = frozenset()) -> bool:
        """Whether a helper only uses what Query and select share, so that it may be given either."""
        queries = self.by_function[function]
        if queries.roots or queries.uses or queries.changes or queries.problems or queries.given or not queries.params:
            return False
        callees = self.calls.get(function, set()) - seen - {function}
        return all(self.is_neutral(callee, seen | {function}) for callee in callees)


def find_queries(
    resolution: Resolution, mapping: Mapping, executes: Callable[[str], bool] = lambda name: False
) -> ProjectQueries:
    """Follows every query of the project to its consumers, through the functions that it crosses. executes: whether a
    function of a library, by its dotted name, executes what it is handed on the session before it."""
    found = ProjectQueries()
    methods = Methods(Elements(resolution, mapping), mapping)
    summary = Summary(links=found.links, calls=found.calls, executes=executes, listener=changed_by(resolution))
    for file in resolution.project.files:
        for function in file.functions:
            if any(is_query_root(call, resolution) for call in function.calls):
                summary.wait(function)
    looks: dict[Function, int] = defaultdict(int)
    while summary.waiting:
        function = summary.waiting.pop(0)
        looks[function] += 1
        flow = Flow(function, resolution, methods, summary)
        found.by_function[function] = flow.run()
        if looks[function] >= LOOKS:
            found.by_function[function].problem(function.name_node, "the queries of this function are not followed")
        elif flow.result != summary.results.get(function):
            summary.results[function] = flow.result
            _wait_for_callers(function, resolution, summary, found)
    _find_unknown_callers(resolution, found)
    for function, queries in list(found.by_function.items()):
        if not queries.uses:
            for call in resolution.callers.get(function, ()):
                if call.function is not None:
                    summary.link(call.function, function)
    return found


def _wait_for_callers(function: Function, resolution: Resolution, summary: Summary, found: ProjectQueries) -> None:
    overridden = [base for base, others in resolution.overrides.items() if function in others]
    for item in (function, *overridden):
        for call in resolution.callers.get(item, ()):
            if call.function is None:
                found.by_function[function].problem(function.name_node, "its query is made at import")
            elif call.function is not function:
                summary.wait(call.function)


def _find_unknown_callers(resolution: Resolution, found: ProjectQueries) -> None:
    """A function that gives or takes queries must be called by known callers only."""
    crossing = {function for function, queries in found.by_function.items() if queries.returned or queries.params}
    names = {function.name for function in crossing}
    called: set[str] = set()
    for call, targets in resolution.targets.items():
        if not targets:
            called.add(text_of(call.callee).rpartition(".")[2])
    for function in crossing:
        if function.name in called & names:
            why = f"something that is not understood calls a {function.name}"
            found.by_function[function].problem(function.name_node, why)
