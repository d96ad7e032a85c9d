"""`Depends(f)` wherever it stands: in signatures, in aliases, in routers and apps."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.data_classes import made_constructors
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.entries.model import Entries, keyword
from awaitify.project.index import Call, Class, File, Function, ancestors, text_of

DEPENDS = {"fastapi.param_functions.Depends", "fastapi.param_functions.Security", "fastapi.params.Depends"}


def is_depends(call: Call, resolution: Resolution) -> bool:
    """Whether a call is FastAPI's `Depends` or `Security`."""
    targets = resolution.targets.get(call, ())
    if targets:
        return any(target.name in DEPENDS or target.name.endswith(".Depends.__init__") for target in targets)
    return text_of(call.callee) == "Depends"


def sites_of(call: Call, resolution: Resolution) -> Iterator[DependsSite]:
    """The dependency site of a call, not yet placed; one for each branch of `Depends(a if x else b)`."""
    argument = keyword(call, "dependency") or next((a for a in call.arguments if a.type != "keyword_argument"), None)
    for item in _branches(argument) if argument is not None else [None]:
        target = None
        node = item.child_by_field_name("function") if item is not None and item.type == "call" else item
        for found in resolution.definition(call.file, node) if node is not None else ():
            target = target or (resolution.project.definition(found.path, found.offset) if found.in_project else None)
        yield DependsSite(call, item, target)


def _branches(argument: Node) -> Iterator[Node]:
    """What an expression may be: itself, or what stands before and after its condition."""
    if argument.type == "parenthesized_expression" and argument.named_children:
        yield from _branches(argument.named_children[0])
    elif argument.type == "conditional_expression":
        first, _, last = argument.named_children
        yield from (*_branches(first), *_branches(last))
    else:
        yield argument


def place_sites(resolution: Resolution, entries: Entries) -> None:
    """Finds for each site whose it is: a signature's, an alias's, or that of a router, an app or a class."""
    params: dict[int, tuple[Function, Node | None]] = {}
    for file in resolution.project.files:
        for function in (*file.functions, *made_constructors(file)):
            for param in function.params:
                for node in (param.annotation, param.default):
                    if node is not None:
                        params[node.id] = (function, param.annotation)
    routes = {route.node.id: route.function for route in entries.routes}
    for site in entries.sites:
        for node in (site.call.node, *ancestors(site.call.node)):
            if node.id in params:
                site.owner, site.annotation = params[node.id]
                if site.argument is None and site.annotation is not None:
                    site.target = _annotated_class(site.call.file, site.annotation, resolution)
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
                        if site.argument is None:
                            site.target = _annotated_class(site.call.file, right, resolution)
                        entries.aliases[site.call.file, site.alias].append(site)
                break
            if node.type in ("function_definition", "class_definition", "module"):
                break
    for site in entries.sites:
        site.callables = tuple(_callables(site, resolution))
    _use_aliases(resolution, entries)
    for site in entries.sites:
        _connect(site, site.owner, entries)


def _annotated_class(file: File, annotation: Node, resolution: Resolution) -> Class | None:
    """The class that a bare `Depends()` makes: the annotation, or the first thing inside `Annotated[...]`."""
    names = file.names_in(annotation)
    if names and text_of(names[0]) == "Annotated":
        names = names[1:]
    for target in resolution.definition(file, names[0]) if names else ():
        found = resolution.project.definition(target.path, target.offset) if target.in_project else None
        if isinstance(found, Class):
            return found
    return None


def _connect(site: DependsSite, owner: Function | None, entries: Entries) -> None:
    for function in site.callables:
        if owner is not None:
            entries.depends_on[owner].add(function)
        elif not site.alias:
            entries.shared.add(function)


def _callables(site: DependsSite, resolution: Resolution) -> Iterator[Function]:
    if site.made:
        yield from site.made
        return
    if isinstance(site.target, Function):
        yield site.target
    for name in ("__init__", "__call__") if isinstance(site.target, Class) else ():
        owners = [cls for cls in resolution.lineage(site.target) if name in cls.methods]  # type: ignore[arg-type]
        yield from [owners[0].methods[name]] if owners else []


def _use_aliases(resolution: Resolution, entries: Entries) -> None:
    """`x: X` of a module-level `X = Annotated[T, Depends(f)]`; `x=X` and `dependencies=[X]` of `X = Depends(f)`."""
    names = {name for _, name in entries.aliases}
    by_node = {route.node.id: route.function for route in entries.routes}
    for file in resolution.project.files:
        for function in (*file.functions, *made_constructors(file)):
            for param in function.params:
                for node in (_alias_name(param.annotation, names), _name_in(param.default, names)):
                    if node is not None:
                        _use_alias(node, file, function, resolution, entries)
        for call in file.calls if by_node else ():
            listed = keyword(call, "dependencies") if call.node.id in by_node else None
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
