"""Defaults that stand for no session, `NEW_SESSION: Session = cast(Session, None)`, get the type of the async one."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.planning.annotations import SessionAnnotations
from awaitify.project.index import File, Function, ancestors, is_imported, text_of


def retype_defaults(function: Function, annotations: SessionAnnotations) -> None:
    """Retypes the sentinels in a function's signature which nothing uses that stays with a sync session."""
    for param in function.params:
        default = param.default
        if default is None or default.type not in ("identifier", "attribute"):
            continue
        for home, assignment in _made(function.file, default, annotations):
            if _is_none(assignment) and _all_move(home, assignment, annotations):
                annotations.session_type(home, assignment)


def _made(file: File, default: Node, annotations: SessionAnnotations) -> list[tuple[File, Node]]:
    """Where the module-level name in a default is assigned."""
    found = []
    for target in annotations.colouring.resolution.definition(file, default):
        home = annotations.colouring.resolution.project.by_path.get(target.path) if target.path else None
        node = home.root.descendant_for_byte_range(target.offset, target.offset + 1) if home is not None else None
        parent = node.parent if node is not None else None
        is_made = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node
        at_top = parent is not None and not any(item.type == "function_definition" for item in ancestors(parent))
        if home is not None and parent is not None and is_made and at_top:
            found.append((home, parent))
    return found


def _is_none(assignment: Node) -> bool:
    """Whether what is assigned is None, in a cast or not."""
    right = assignment.child_by_field_name("right")
    arguments = right.child_by_field_name("arguments") if right is not None and right.type == "call" else None
    if right is not None and arguments is not None and text_of(right.named_children[0]).rpartition(".")[2] == "cast":
        right = arguments.named_children[-1]
    return right is not None and right.type == "none"


def _all_move(home: File, assignment: Node, annotations: SessionAnnotations) -> bool:
    """Whether a sentinel is only compared, and the default of parameters of functions that become async."""
    left, colours = assignment.named_children[0], annotations.colouring.colours
    resolution = annotations.colouring.resolution
    moving = colours.asyncs - set(colours.twins)
    for file in resolution.project.files:
        nodes = [node for node in file.named(text_of(left)) if node != left]
        for node, targets in zip(nodes, resolution.definitions(file, nodes), strict=True):
            if not any(item.path == home.path and item.offset == left.start_byte for item in targets):
                continue
            around = list(ancestors(node))
            if is_imported(node) or around[0].type == "comparison_operator":
                continue
            owner = next((item for item in around if item.type == "function_definition"), None)
            used = [param for item in moving if item.node == owner for param in item.params]
            if not any(param.default is not None and param.default.end_byte == node.end_byte for param in used):
                return False
    return True
