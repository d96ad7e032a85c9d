"""Which library a value without a known type comes from: what it is assigned, followed to an import."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.knowledge.library_facts import Fact, Knowledge
from awaitify.analysis.values import returned
from awaitify.project.index import File, text_of
from awaitify.resolve.model import Target

DEPTH = 16


def is_harmless_value(node: Node, method: str, file: File, resolution: Resolution, knowledge: Knowledge) -> bool:
    """Whether a method of a value can be left: rules say that all that this library gives is harmless (a logger)."""
    origin = library_origin(node, file, resolution)
    facts = [knowledge.fact(f"{name}.{method}") for name in (origin, origin.partition(".")[0])] if origin else []
    return bool(facts) and all(fact.kind == "harmless" and fact.gives_values for fact in facts)


def blocking_value(node: Node, method: str, file: File, resolution: Resolution, knowledge: Knowledge) -> Fact | None:
    """What is known of a method of a value, where rules say that what its library gives blocks too (a data frame)."""
    origin = library_origin(node, file, resolution)
    fact = knowledge.fact(f"{origin}.{method}") if origin else None
    return fact if fact is not None and fact.kind in ("blocks", "cpu") and fact.gives_values else None


def library_origin(node: Node, file: File, resolution: Resolution, depth: int = 0) -> str:
    """The dotted name in a library that the value of an expression comes from; empty when that is not plain."""
    if depth > DEPTH:
        return ""
    if node.type == "call":
        callee = node.child_by_field_name("function")
        found = library_origin(callee, file, resolution, depth + 1) if callee is not None else ""
        return found or _of_result(node, file, resolution, depth)
    if node.type == "subscript":
        return library_origin(node.named_children[0], file, resolution, depth + 1)
    if node.type not in ("identifier", "attribute"):
        return ""
    targets = resolution.definition(file, node)
    origins = {_of_target(target, resolution, depth) for target in targets}
    if targets:
        return min(origins) if len({origin.partition(".")[0] for origin in origins}) == 1 else ""
    if node.type == "identifier":
        return _imported(node, file)
    owner = node.child_by_field_name("object")
    origin = library_origin(owner, file, resolution, depth + 1) if owner is not None else ""
    return f"{origin}.{text_of(node).rpartition('.')[2]}" if origin else ""


def _of_result(node: Node, file: File, resolution: Resolution, depth: int) -> str:
    """What the functions of the project that a call means return."""
    call = resolution.call_at(file, node)
    functions = resolution.functions(call) if call is not None else ()
    given = [(item, value) for item in functions for value in returned(item)]
    origins = {library_origin(value, item.file, resolution, depth + 4) for item, value in given}
    return min(origins) if len({origin.partition(".")[0] for origin in origins}) == 1 else ""


def _of_target(target: Target, resolution: Resolution, depth: int) -> str:
    if not target.in_project:
        return target.name if target.kind != "parameter" else ""
    home = resolution.project.by_path.get(target.path) if target.path else None
    name = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home else None
    value = _assigned(name) if name is not None else None
    return library_origin(value, home, resolution, depth + 1) if home is not None and value is not None else ""


def _assigned(name: Node) -> Node | None:
    """What `name = value`, `self.name = value` or `with value as name` binds."""
    parent = name.parent
    if parent is not None and parent.type == "attribute":
        parent = parent.parent
    if parent is not None and parent.type == "assignment":
        return parent.child_by_field_name("right")
    if parent is not None and parent.type == "as_pattern_target" and parent.parent is not None:
        return parent.parent.named_children[0]
    return None


def _imported(node: Node, file: File) -> str:
    """The full name of an import of a package that is not installed."""
    item = next((item for item in file.imports if item.local == text_of(node)), None)
    if item is None or item.level:
        return ""
    return ".".join(filter(None, (item.module, item.name)))
