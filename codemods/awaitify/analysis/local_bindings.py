"""What local names are bound to, wherever in a function that stands."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.project.index import ancestors, text_of

BINDERS = {
    "pattern_list",
    "tuple_pattern",
    "list_pattern",
    "list_splat_pattern",
    "as_pattern_target",
    "named_expression",
    "augmented_assignment",
    "global_statement",
    "nonlocal_statement",
    "parameters",
    "default_parameter",
    "typed_parameter",
    "typed_default_parameter",
    "lambda_parameters",
    "delete_statement",
    "case_pattern",
}


def bound_to(name: str, node: Node) -> Iterator[tuple[Node | None, bool]]:
    """What a local name is bound to, anywhere in the function, and whether to a part of that (a loop); None for what is
    neither an assignment nor a loop."""
    for child in node.named_children:
        if child.type == "identifier" and text_of(child) == name:
            yield from binding(child)
        yield from bound_to(name, child)


def bound_again(use: Node, function: Node) -> Node | None:
    """What a name is certainly bound to anew before it is used: `data = data.model_dump()`, in no block."""
    body, found = function.child_by_field_name("body"), None
    for statement in body.named_children if body is not None else ():
        assignment = statement.named_children[0] if statement.type == "expression_statement" else statement
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        is_one = assignment.type == "assignment" and left is not None and text_of(left) == text_of(use)
        if is_one and right is not None and right.end_byte <= use.start_byte:
            found = right
    return found


def binding(name: Node) -> Iterator[tuple[Node | None, bool]]:
    """The same of one place where a name stands; nothing where it is only read."""
    parent = name.parent
    if parent is None:
        return
    if parent.type == "assignment" and parent.child_by_field_name("left") == name:
        if parent.child_by_field_name("right") is not None:
            yield parent.child_by_field_name("right"), False
    elif parent.type in ("for_statement", "for_in_clause") and parent.child_by_field_name("left") == name:
        yield parent.child_by_field_name("right"), True
    elif (over := _unpacked(parent)) is not None:
        yield over, True
    elif (
        parent.type in BINDERS and not (parent.type == "default_parameter" and parent.named_children[0] != name)
    ) or any(
        item.type in ("with_item", "import_from_statement", "import_statement")
        for item in (parent, *list(ancestors(name))[:3])
    ):
        yield None, False


def _unpacked(pattern: Node) -> Node | None:
    """What a loop goes over whose variables are these: `for key, value in data.items()`."""
    while pattern.type in ("pattern_list", "tuple_pattern") and pattern.parent is not None:
        outer = pattern.parent
        if outer.type in ("for_statement", "for_in_clause") and outer.child_by_field_name("left") == pattern:
            return outer.child_by_field_name("right")
        pattern = outer
    return None
