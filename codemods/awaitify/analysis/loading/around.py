"""Everything that runs in the requests that a function runs in: its callers, and all that they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from awaitify.analysis.loading.reach import Reach
from awaitify.project.index import Function


@dataclass(eq=False, slots=True)
class Around:
    """Walks the calls that the reach has seen, each function once."""

    reach: Reach
    found: dict[str, list[Function]] = field(default_factory=dict)
    callees: dict[str, dict[Function, None]] = field(default_factory=dict)

    def of(self, function: Function) -> list[Function]:
        """The functions, this one among them; no tests."""
        if function.id not in self.found:
            tops = _walk([function], lambda item: [caller for caller, _ in self.reach.sites.get(item.id, ())])
            self.found[function.id] = _walk(tops, self._run_by)
        return self.found[function.id]

    def _run_by(self, function: Function) -> list[Function]:
        if not self.callees:
            for name, sites in self.reach.sites.items():
                callee = self.reach.project.functions.get(name)
                if callee is not None:
                    for caller, _ in sites:
                        self.callees.setdefault(caller.id, {})[callee] = None
        inner = [item for item in function.file.functions if item.parent is function]
        others = (self.callees, self.reach.named, self.reach.depends)
        return [*inner, *(item for known in others for item in known.get(function.id, ()))]


def _walk(start: Sequence[Function], steps: Callable[[Function], Sequence[Function]]) -> list[Function]:
    found = dict.fromkeys(start)
    todo = list(start)
    while todo:
        new = [item for item in steps(todo.pop()) if item not in found and not item.file.is_test]
        found.update(dict.fromkeys(new))
        todo += new
    return list(found)
