"""`Depends(get_db)` becomes `Depends(get_async_db)` where the function that asks for it becomes async."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify.analysis.colour import Colouring
from awaitify.analysis.entries import DependsSite
from awaitify.planning.draft import Draft
from awaitify.planning.functions import FunctionPlanner, rename_function
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Function


@dataclass(eq=False)
class DependencyPlanner:
    """Plans the dependency sites of functions that move."""

    colouring: Colouring
    draft: Draft
    sessions: Sessions
    functions: FunctionPlanner

    def plan(self, moving: set[Function]) -> None:
        """Renames providers at every site that belongs to a moving function."""
        entries = self.colouring.entries
        for site in entries.sites:
            if isinstance(site.target, Function) and site.target in self.colouring.colours.providers and site.owner in moving:
                self._rename(site)
        for function, uses in entries.alias_uses.items():
            for site, _ in uses:
                if function in moving and site.target in self.colouring.colours.providers:
                    self._rename(site)
                    self._alias_type(site)

    def _rename(self, site: DependsSite) -> None:
        assert isinstance(site.target, Function) and site.argument is not None
        rename_function(site.call.file, site.argument, self.sessions.provider(site.target), self.draft)

    def _alias_type(self, site: DependsSite) -> None:
        """`Annotated[Session, Depends(get_db)]`: the first element."""
        subscript = site.call.node.parent
        while subscript is not None and subscript.type not in ("subscript", "generic_type"):
            subscript = subscript.parent
        if subscript is not None:
            for part in subscript.named_children[1:]:
                if part != site.call.node:
                    self.functions.session_type(site.call.file, part)

