"""Where execution enters: routes, and the dependencies that they pull in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.lifecycle import Lifecycle
from awaitify.project.index import Call, File, Function, ancestors, text_of


@dataclass(eq=False, slots=True)
class Route:
    """One endpoint. node: the registering call; router: the code of what it is registered on."""

    method: str
    path: str
    function: Function
    node: Node
    router: str
    response_model: Node | None = None
    tags: tuple[str, ...] = ()


@dataclass(eq=False)
class Entries:
    """Routes, dependency sites, and which functions each function depends on through FastAPI. shared: dependencies of
    routers and apps; on_loop: middlewares and exception handlers that are async already."""

    routes: list[Route] = field(default_factory=list)
    sites: list[DependsSite] = field(default_factory=list)
    depends_on: dict[Function, set[Function]] = field(default_factory=lambda: defaultdict(set))
    shared: set[Function] = field(default_factory=set)
    on_loop: set[Function] = field(default_factory=set)
    aliases: dict[tuple[File, str], list[DependsSite]] = field(default_factory=lambda: defaultdict(list))
    alias_uses: dict[Function, list[tuple[DependsSite, Node]]] = field(default_factory=lambda: defaultdict(list))
    decorator_calls: set[Node] = field(default_factory=set)
    life: Lifecycle = field(default_factory=Lifecycle)

    @property
    def made(self) -> set[Function]:
        """The dependencies that calls make. They stand in a function, or are `__call__`."""
        return {function for site in self.sites for function in site.made}

    @property
    def route_functions(self) -> set[Function]:
        """The endpoints."""
        return {route.function for route in self.routes}

    def over(self, function: Function) -> set[Function]:
        """The dependencies of the routers and apps that a route may belong to."""
        owners = {(function.file, route.router) for route in self.routes if route.function == function}
        found = set()
        for site in self.sites:
            if site.owner is None and not site.alias and owners:
                router = _router_of(site)
                if router is None or (site.call.file, router) in owners:
                    found.update(site.callables)
        return found

    def reachable_dependencies(self, function: Function) -> set[Function]:
        """All functions that run before this one through `Depends`, nested ones too."""
        seen: set[Function] = set()
        todo = [function]
        while todo:
            for found in self.depends_on.get(todo.pop(), ()):
                if found not in seen:
                    seen.add(found)
                    todo.append(found)
        return seen


def _router_of(site: DependsSite) -> str | None:
    """The variable that holds the router whose constructor has this site, None for an app and anything else."""
    for node in ancestors(site.call.node):
        if node.type == "call":
            callee, place = node.child_by_field_name("function"), node.parent
            is_router = callee is not None and text_of(callee).rpartition(".")[2] == "APIRouter"
            left = place.child_by_field_name("left") if place is not None and place.type == "assignment" else None
            return text_of(left) if is_router and left is not None else None
    return None


def keyword(call: Call, name: str) -> Node | None:
    """The value of a keyword argument."""
    for argument in call.arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None
