"""Aliases of dependencies (`AsyncDb = Annotated[AsyncSession, Depends(get_async_db)]`) that an earlier step left beside
the sync ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.naming import async_name
from awaitify.planning.sessions import Sessions
from awaitify.project.index import Class, File, Function, ancestors


@dataclass(eq=False)
class AliasTwins:
    """twins: (file, alias) -> the name of the async one right after it; going: twins of functions that go in this
    run."""

    colouring: Colouring
    sessions: Sessions
    twins: dict[tuple[File, str], str] = field(init=False)
    going: set[Function] = field(init=False)

    def __post_init__(self) -> None:
        colours, aliases = self.colouring.colours, self.colouring.entries.aliases
        self.going = {
            copy
            for one, copy in self.colouring.effects.copies.items()
            if (one in colours.asyncs and one not in colours.twins) or is_finished_relay(one, self.colouring)
        }
        self.twins = {
            (file, alias): async_name(alias)
            for file, alias in list(aliases)
            if (file, async_name(alias)) in aliases and self._is_pair(file, alias, async_name(alias))
        }

    def names(self) -> dict[str, str]:
        """Twin -> alias."""
        return {twin: alias for (_, alias), twin in self.twins.items()}

    def is_idle(self, file: File, alias: str) -> bool:
        """Whether the sync alias names what becomes async itself: then it serves all."""
        effects, sites = self.colouring.effects, self.colouring.entries.aliases[file, alias]
        copies, targets = effects.copies, [one for site in sites for one in site.made or (site.target,)]
        found = [copies[target] for target in targets if isinstance(target, Function) and target in copies]
        classes = [target for target in targets if isinstance(target, Class) and target in effects.class_copies]
        done = all(copy in self.going for copy in found)
        return bool(found or classes) and done and all(is_finished_class(cls, self.colouring) for cls in classes)

    def statement(self, file: File, alias: str) -> Node:
        """The assignment of an alias."""
        site = self.colouring.entries.aliases[file, alias][0]
        return next(node for node in ancestors(site.call.node) if node.type == "expression_statement")

    def _is_pair(self, file: File, alias: str, twin: str) -> bool:
        aliases = self.colouring.entries.aliases
        sites, others = aliases[file, alias], aliases[file, twin]
        following = self.statement(file, alias).next_named_sibling
        return (
            len(sites) == len(others)
            and following == self.statement(file, twin)
            and all(self._serves(*pair) for pair in zip(sites, others, strict=True))
        )

    def _serves(self, site: DependsSite, other: DependsSite) -> bool:
        """Whether the dependency of a twin is the async one of the other, or both are the same."""
        if site.target is None or other.target is None or site.target is other.target:
            return site.target is other.target
        if not isinstance(site.target, Function) or not isinstance(other.target, Function):
            return False
        wanted = self.sessions.names.get("get_db") or async_name(site.target.name)
        is_provider = site.target in self.colouring.colours.providers
        return is_provider and other.target.file is site.target.file and other.target.name == wanted


def is_finished_class(cls: Class, colouring: Colouring) -> bool:
    """Whether a class is async itself now, and needs the copy that an earlier step left no longer."""
    colours, methods = colouring.colours, cls.methods.values()
    is_moved = bool(colours.asyncs.intersection(methods) or colours.carriers.intersection(methods))
    return cls in colouring.effects.class_copies and cls not in colours.doubles and is_moved


def is_finished_relay(function: Function, colouring: Colouring) -> bool:
    """Whether a dependency without I/O needs the twin that an earlier step left it no longer."""
    colours = colouring.colours
    return (
        function in colouring.effects.copies
        and function in colours.relays | colours.carriers
        and function not in colours.twins
        and function not in colours.why
    )
