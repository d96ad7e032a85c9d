"""Dependencies that a call makes: `Depends(require_role("admin"))`, `Depends(Checker(5))`, or a variable with one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.callable_objects import called_method, is_called_unseen, uses_are_calls
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.project.index import Class, File, Function, ancestors, is_imported, text_of


def follow_made(sites: Iterable[DependsSite], resolution: Resolution) -> None:
    """Finds for each site the call that makes its dependency, and the function that FastAPI then calls: one nested in
    the factory, or `__call__`. It is followed only where nothing but FastAPI can call it."""
    found = []
    for site in sites:
        site.maker, file = _maker(site, resolution)
        if site.maker is not None:
            callee = site.maker.child_by_field_name("function")
            site.target = site.target or (_meant(callee, file, resolution) if callee is not None else None)
            site.home = file
            found.append(site)
    _note_uses(found, resolution)
    makers = {site.maker.id for site in found if site.maker is not None}
    unseen: dict[Function, bool] = {}
    for site in found:
        if isinstance(site.target, Function):
            site.made = _made_by_function(site.target)
            calls = resolution.callers.get(site.target, ())
            is_made = any(call.node.id not in makers for call in calls)
            site.is_called = bool(site.elsewhere) or is_made or any(map(resolution.callers.get, site.made))
        elif isinstance(site.target, Class):
            method = called_method(site.target, resolution)
            site.made = (method,) if method is not None else ()
            if method is not None and method not in unseen:
                unseen[method] = is_called_unseen(method, makers, resolution)
            known = [call for function in site.made for call in resolution.callers.get(function, ())]
            site.is_called = any(unseen[item] for item in site.made) or not uses_are_calls(site.elsewhere, known)


def _note_uses(sites: list[DependsSite], resolution: Resolution) -> None:
    """Notes for the sites of a variable where else it is read."""
    variables: dict[tuple[File, int], list[DependsSite]] = defaultdict(list)
    for site in sites:
        left = _variable(site)
        if left is not None and site.home is not None:
            variables[site.home, left.start_byte].append(site)
    names = {text_of(node) for own in variables.values() if (node := _variable(own[0])) is not None}
    arguments = {_last(site.argument).id for site in sites if site.argument is not None}
    uses: dict[tuple[File, int], list[tuple[File, Node]]] = defaultdict(list)
    for file in resolution.project.files if names else ():
        nodes = [node for node in file.named(*names) if node.id not in arguments]
        nodes = [node for node in nodes if not is_imported(node) and not _is_override(node, file)]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            for target in targets:
                home = resolution.project.by_path.get(target.path) if target.path else None
                if home is not None and not (home is file and target.offset == node.start_byte):
                    uses[home, target.offset].append((file, node))
    for key, own in variables.items():
        for site in own:
            site.elsewhere = tuple(uses.get(key, ()))


def _variable(site: DependsSite) -> Node | None:
    """The name that what was made is assigned to, where the site names that."""
    outer = site.maker.parent if site.maker is not None else None
    is_named = site.argument is not None and site.argument.type != "call"
    return outer.child_by_field_name("left") if is_named and outer is not None else None


def _last(node: Node) -> Node:
    return node.child_by_field_name("attribute") or node


def _is_override(node: Node, file: File) -> bool:
    statement = next((item for item in ancestors(node) if item.type.endswith("_statement")), node)
    return file.is_test and "overrides" in text_of(statement)


def _maker(site: DependsSite, resolution: Resolution) -> tuple[Node | None, File]:
    """The call itself, or the one that a variable of a module is assigned."""
    file, node = site.call.file, site.argument
    if node is None or node.type == "call":
        return node, file
    if site.target is None and node.type in ("identifier", "attribute"):
        for target in resolution.definition(file, node):
            home = resolution.project.by_path.get(target.path) if target.in_project and target.path else None
            value = _assigned(home, target.offset) if home is not None else None
            if home is not None and value is not None and value.type == "call":
                return value, home
    return None, file


def _assigned(file: File, offset: int) -> Node | None:
    """What the name at this place is assigned."""
    for name in file.names:
        if name.start_byte == offset:
            parent = name.parent
            is_left = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == name
            return parent.child_by_field_name("right") if is_left and parent is not None else None
    return None


def _meant(callee: Node, file: File, resolution: Resolution) -> Function | Class | None:
    for target in resolution.definition(file, callee):
        if target.in_project:
            return resolution.project.definition(target.path, target.offset)
    return None


def _made_by_function(factory: Function) -> tuple[Function, ...]:
    """The nested functions that a factory returns; none when it may return something else."""
    inner = {item.name: item for item in factory.file.functions if item.parent is factory}
    values = [value for node in factory.returns for value in node.named_children[:1]]
    named = [inner[text_of(value)] for value in values if value.type == "identifier" and text_of(value) in inner]
    is_plain = not factory.is_async and not factory.is_generator and not factory.decorators
    return tuple(dict.fromkeys(named)) if is_plain and len(named) == len(factory.returns) else ()
