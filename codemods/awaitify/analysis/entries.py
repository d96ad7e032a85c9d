"""Where execution enters: routes in every form, and the dependencies that they pull in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.depends_site import DependsSite
from awaitify.analysis.lifecycle import Lifecycle, find_lifecycle
from awaitify.analysis.made_dependencies import follow_made
from awaitify.analysis.paths import add_prefixes
from awaitify.project.index import Call, Class, File, Function, ancestors, text_of

METHODS = {"get", "post", "put", "patch", "delete", "options", "head", "trace", "api_route", "websocket", "route"}
OWNERS = ("fastapi.applications.FastAPI.", "fastapi.routing.APIRouter.", "starlette.")
DEPENDS = {"fastapi.param_functions.Depends", "fastapi.param_functions.Security", "fastapi.params.Depends"}


@dataclass(eq=False, slots=True)
class Route:
    """One endpoint. node: the registering call; router: the code of what it is registered on."""

    method: str
    path: str
    function: Function
    node: Node
    router: str
    response_model: Node | None = None


@dataclass(eq=False)
class Entries:
    """Routes, dependency sites, and which functions each function depends on through FastAPI."""

    routes: list[Route] = field(default_factory=list)
    sites: list[DependsSite] = field(default_factory=list)
    depends_on: dict[Function, set[Function]] = field(default_factory=lambda: defaultdict(set))
    shared: set[Function] = field(default_factory=set)
    aliases: dict[tuple[File, str], list[DependsSite]] = field(default_factory=lambda: defaultdict(list))
    alias_uses: dict[Function, list[tuple[DependsSite, Node]]] = field(default_factory=lambda: defaultdict(list))
    decorator_calls: set[Node] = field(default_factory=set)
    life: Lifecycle = field(default_factory=Lifecycle)

    @property
    def made(self) -> set[Function]:
        """The dependencies that calls make. They stand in a function or are `__call__`: they can have no twin."""
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
                    found.update(_callables(site, self))
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


def find_entries(resolution: Resolution) -> Entries:
    """Reads the routes and the dependencies of a resolved project."""
    entries = Entries()
    by_node = {call.node.id: call for file in resolution.project.files for call in file.calls}
    for file in resolution.project.files:
        for function in file.functions:
            _routes_of(function, resolution, by_node, entries)
        for call in file.calls:
            _registered_by_call(call, resolution, entries)
            if _is_depends(call, resolution):
                entries.sites.append(_site(call, resolution))
    follow_made(entries.sites, resolution)
    entries.life = find_lifecycle(resolution)
    _place_sites(resolution, entries)
    _name_paths(resolution, by_node, entries)
    return entries


def _name_paths(resolution: Resolution, by_node: dict[int, Call], entries: Entries) -> None:
    """Gives every route the prefixes of its router."""
    named = []
    for route in entries.routes:
        owner = by_node[route.node.id].callee.child_by_field_name("object")
        named.append((owner or route.node, by_node[route.node.id], route.path))
    for route, path in zip(entries.routes, add_prefixes(named, resolution), strict=True):
        route.path = path


def _is_depends(call: Call, resolution: Resolution) -> bool:
    targets = resolution.targets.get(call, ())
    if targets:
        return any(target.name in DEPENDS or target.name.endswith(".Depends.__init__") for target in targets)
    return text_of(call.callee) == "Depends"


def _routes_of(function: Function, resolution: Resolution, by_node: dict[int, Call], entries: Entries) -> None:
    for decorator in function.decorators:
        expression = decorator.named_children[0] if decorator.named_children else None
        call = by_node.get(expression.id) if expression is not None else None
        if call is None or not _is_registration(call, resolution):
            continue
        entries.decorator_calls.add(call.node)
        attribute = text_of(call.callee).rpartition(".")[2]
        for method in _methods(call, attribute):
            entries.routes.append(
                Route(
                    method,
                    _path(call),
                    function,
                    call.node,
                    text_of(call.callee).rpartition(".")[0],
                    _keyword(call, "response_model"),
                )
            )


def _is_registration(call: Call, resolution: Resolution) -> bool:
    owner, _, attribute = text_of(call.callee).rpartition(".")
    if attribute not in METHODS or not owner:
        return False
    targets = resolution.targets.get(call, ())
    return any(target.name.startswith(OWNERS) for target in targets)


def _methods(call: Call, attribute: str) -> list[str]:
    if attribute in ("api_route", "route"):
        node = _keyword(call, "methods")
        return [text_of(item).strip("\"'") for item in node.named_children] if node is not None else ["GET"]
    return ["WS" if attribute == "websocket" else attribute.upper()]


def _path(call: Call) -> str:
    node = _keyword(call, "path") or next((arg for arg in call.arguments if arg.type != "keyword_argument"), None)
    return text_of(node).strip("\"'") if node is not None else ""


def _keyword(call: Call, name: str) -> Node | None:
    for argument in call.arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None


def _registered_by_call(call: Call, resolution: Resolution, entries: Entries) -> None:
    """`app.add_api_route("/x", endpoint)` and `app.get("/x")(endpoint)`."""
    owner, _, attribute = text_of(call.callee).rpartition(".")
    if attribute not in ("add_api_route", "add_api_websocket_route", "add_route") or not owner:
        return
    if not any(target.name.startswith(OWNERS) for target in resolution.targets.get(call, ())):
        return
    positional = [argument for argument in call.arguments if argument.type != "keyword_argument"]
    endpoint = _keyword(call, "endpoint") or (positional[1] if len(positional) > 1 else None)
    if endpoint is None or endpoint.type not in ("identifier", "attribute"):
        return
    for target in resolution.definition(call.file, endpoint):
        found = resolution.function_of(target)
        if found is not None:
            entries.decorator_calls.add(call.node)
            for method in _methods(call, "api_route"):
                entries.routes.append(
                    Route(method, _path(call), found, call.node, owner, _keyword(call, "response_model"))
                )


def _site(call: Call, resolution: Resolution) -> DependsSite:
    argument = _keyword(call, "dependency") or next((a for a in call.arguments if a.type != "keyword_argument"), None)
    target = None
    if argument is not None:
        node = argument.child_by_field_name("function") if argument.type == "call" else argument
        for found in resolution.definition(call.file, node or argument):
            target = target or (resolution.project.definition(found.path, found.offset) if found.in_project else None)
    return DependsSite(call, argument, target)


def _place_sites(resolution: Resolution, entries: Entries) -> None:
    """Finds for each site whose it is: a signature's, an alias's, or that of a router, an app or a class."""
    params: dict[int, tuple[Function, Node | None]] = {}
    for file in resolution.project.files:
        for function in file.functions:
            for param in function.params:
                for node in (param.annotation, param.default):
                    if node is not None:
                        params[node.id] = (function, param.annotation)
    routes = {route.node.id: route.function for route in entries.routes}
    for site in entries.sites:
        for node in (site.call.node, *ancestors(site.call.node)):
            if node.id in params:
                site.owner, site.annotation = params[node.id]
                break
            if node.id in routes:
                site.owner = routes[node.id]
                break
            if node.type == "assignment" and node.parent is not None and node.parent.type == "expression_statement":
                left = node.child_by_field_name("left")
                if left is not None and left.type == "identifier" and site.call.function is None:
                    right = node.child_by_field_name("right") or node
                    if "Annotated" in text_of(right) or right == site.call.node:
                        site.alias = text_of(left)
                        entries.aliases[site.call.file, site.alias].append(site)
                break
            if node.type in ("function_definition", "class_definition", "module"):
                break
    _use_aliases(resolution, entries)
    for site in entries.sites:
        _connect(site, site.owner, entries)


def _connect(site: DependsSite, owner: Function | None, entries: Entries) -> None:
    for function in _callables(site, entries):
        if owner is not None:
            entries.depends_on[owner].add(function)
        elif not site.alias:
            entries.shared.add(function)


def _router_of(site: DependsSite) -> str | None:
    """The variable that holds the router whose constructor has this site, None for an app and anything else."""
    for node in ancestors(site.call.node):
        if node.type == "call":
            callee, place = node.child_by_field_name("function"), node.parent
            is_router = callee is not None and text_of(callee).rpartition(".")[2] == "APIRouter"
            left = place.child_by_field_name("left") if place is not None and place.type == "assignment" else None
            return text_of(left) if is_router and left is not None else None
    return None


def _callables(site: DependsSite, entries: Entries) -> Iterator[Function]:
    if site.made:
        yield from site.made
    elif isinstance(site.target, Function):
        yield site.target
    elif isinstance(site.target, Class):
        yield from (site.target.methods[name] for name in ("__init__", "__call__") if name in site.target.methods)


def _use_aliases(resolution: Resolution, entries: Entries) -> None:
    """`x: X` of a module-level `X = Annotated[T, Depends(f)]`; `x=X` and `dependencies=[X]` of `X = Depends(f)`."""
    names = {name for _, name in entries.aliases}
    by_node = {route.node.id: route.function for route in entries.routes}
    for file in resolution.project.files:
        for function in file.functions:
            for param in function.params:
                for node in (_alias_name(param.annotation, names), _name_in(param.default, names)):
                    if node is not None:
                        _use_alias(node, file, function, resolution, entries)
        for call in file.calls if by_node else ():
            listed = _keyword(call, "dependencies") if call.node.id in by_node else None
            for item in listed.named_children if listed is not None else ():
                node = _name_in(item, names)
                if node is not None:
                    _use_alias(node, file, by_node[call.node.id], resolution, entries)


def _use_alias(node: Node, file: File, function: Function, resolution: Resolution, entries: Entries) -> None:
    for target in resolution.definition(file, node):
        home = resolution.project.by_path.get(target.path) if target.path else None
        for site in entries.aliases.get((home, target.name.rpartition(".")[2]), ()) if home else ():
            entries.alias_uses[function].append((site, node))
            _connect(site, function, entries)


def _alias_name(annotation: Node | None, names: set[str]) -> Node | None:
    named = annotation.named_children if annotation is not None else []
    return _name_in(named[0] if named else None, names)


def _name_in(node: Node | None, names: set[str]) -> Node | None:
    if node is None or node.type not in ("identifier", "attribute"):
        return None
    return node if text_of(node).rpartition(".")[2] in names else None
