"""Objects that are dependencies, by their class: what FastAPI calls of them, and whether all other calls are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.expressions import whole_name
from awaitify.project.index import Call, Class, File, Function, ancestors, is_imported, is_within, text_of

#: Where the name of a class makes no object of it, and hands the class to nobody.
NO_OBJECT = ("type", "decorator")


def called_method(cls: Class, resolution: Resolution) -> Function | None:
    """The `__call__` of its objects, where the project defines it."""
    return next((item.methods["__call__"] for item in resolution.lineage(cls) if "__call__" in item.methods), None)


def is_called_unseen(method: Function, makers: Collection[int], resolution: Resolution) -> bool:
    """Whether objects with this `__call__` may be called where the call is not known. makers: the ids of the calls that
    make objects for FastAPI."""
    if method.cls is None:
        return True
    classes = resolution.project.classes.values()
    family = [cls for cls in classes if method.cls in resolution.lineage(cls)]
    known = {call.node.id for call in resolution.callers.get(method, ())}
    return any(
        not _is_followed(file, node, makers, known, resolution)
        for cls in family
        for file, node in _named(cls, resolution)
    )


def _named(cls: Class, resolution: Resolution) -> Iterator[tuple[File, Node]]:
    """Where the name of a class stands, outside imports and its definition."""
    for file in resolution.project.files:
        nodes = [node for node in file.named(cls.name) if node != cls.name_node and not is_imported(node)]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            if not targets or any(resolution.project.definition(item.path, item.offset) is cls for item in targets):
                yield file, node


def _is_followed(
    file: File, node: Node, makers: Collection[int], known: Collection[int], resolution: Resolution
) -> bool:
    """Whether a class makes no object at a place, or one of which every call is known."""
    name = whole_name(node)
    outer = name.parent
    if outer is None or any(item.type in NO_OBJECT for item in ancestors(node)):
        return True
    if outer.type == "argument_list" and outer.parent is not None and outer.parent.type == "class_definition":
        return True
    if outer.type != "call" or outer.child_by_field_name("function") != name:
        return False
    return outer.id in makers or _is_called_there(outer, known) or _is_kept(file, outer, known, resolution)


def _is_called_there(call: Node, known: Collection[int]) -> bool:
    """`Checker(5)(user)`."""
    outer = call.parent
    return outer is not None and outer.id in known and outer.child_by_field_name("function") == call


def _is_kept(file: File, call: Node, known: Collection[int], resolution: Resolution) -> bool:
    """Whether an object is bound to a name, or an attribute, that does nothing but be called."""
    parent = call.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    if left is None or left.type not in ("identifier", "attribute"):
        return False
    scope = next((item for item in ancestors(call) if item.type == "function_definition"), None)
    last = left.child_by_field_name("attribute") or left
    inside = scope is not None and left.type == "identifier"
    files = [file] if inside else resolution.project.files
    nodes = [node for item in files for node in item.named(text_of(last)) if node != last and not is_imported(node)]
    nodes = [node for node in nodes if (whole_name(node) != node) == (left.type == "attribute") or _is_qualified(node)]
    return all(_is_callee(node, known) for node in nodes if scope is None or not inside or is_within(node, scope))


def _is_callee(node: Node, known: Collection[int]) -> bool:
    """Whether a name is what a known call calls."""
    outer = whole_name(node).parent
    return outer is not None and outer.id in known and outer.child_by_field_name("function") == whole_name(node)


def _is_qualified(node: Node) -> bool:
    """Whether a name may be `module.name`: for a variable of a module, that means it too."""
    owner = whole_name(node).child_by_field_name("object")
    return owner is not None and owner.type == "identifier" and text_of(owner) not in ("self", "cls")


def uses_are_calls(uses: Collection[tuple[File, Node]], calls: Collection[Call]) -> bool:
    """Whether names only stand where known calls call them."""
    known = {call.node.id for call in calls}
    return all(_is_callee(node, known) for _, node in uses)
