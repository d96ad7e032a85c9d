"""One place where FastAPI is told of a dependency."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from awaitify.project.index import Call, Class, File, Function


@dataclass(eq=False, slots=True)
class DependsSite:
    """One `Depends(f)`. owner: the function in whose signature it stands, or None for routers, apps and aliases;
    callables: the functions that it runs, of a class `__init__` and `__call__`.
    maker: the call that makes the dependency, if one does; home: the file where that stands, in the place of Depends or
    assigned to a variable; made: what it makes, if that is known; is_called: whether more than FastAPI may call that;
    elsewhere: other uses of the variable that holds it, but for overrides."""

    call: Call
    argument: Node | None
    target: Function | Class | None
    owner: Function | None = None
    alias: str = ""
    annotation: Node | None = None
    maker: Node | None = None
    home: File | None = None
    made: tuple[Function, ...] = ()
    is_called: bool = False
    elsewhere: tuple[tuple[File, Node], ...] = ()
    callables: tuple[Function, ...] = ()
