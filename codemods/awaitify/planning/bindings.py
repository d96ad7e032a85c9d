"""What the code of a file binds itself, so that generated code must not use the name for something else."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, is_within, text_of

FIELDS = {
    "assignment": "left", "augmented_assignment": "left", "for_statement": "left", "for_in_clause": "left",
    "default_parameter": "name", "typed_default_parameter": "name", "named_expression": "name",
    "class_definition": "name",
}  # fmt: skip


def is_bound(file: File, name: str) -> bool:
    """Whether something in a file binds a name by an assignment, a loop, a parameter or the like."""
    return any(_binds(node) for node in file.named(name))


def runner_of(file: File, draft: Draft, bridge: str) -> str:
    """The code of the function that runs others in threads, imported. bridge: which one the settings ask for."""
    if bridge == "to_thread" and is_bound(file, "asyncio"):
        draft.add_import(file, "asyncio", "to_thread")
        return "to_thread"
    if bridge == "to_thread":
        draft.add_import(file, "asyncio")
        return "asyncio.to_thread"
    draft.add_import(file, "fastapi.concurrency", "run_in_threadpool")
    return "run_in_threadpool"


def _binds(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in ("parameters", "lambda_parameters", "as_pattern_target"):
        return True
    if parent.type in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
        return parent.named_children[0] == node
    field = FIELDS.get(parent.type)
    return field is not None and parent.child_by_field_name(field) == node


def local_value(call: Call) -> Node | None:
    """What the local name that is called holds: the value of its only binding, when it is only ever called."""
    function, name = call.function, text_of(call.callee)
    if function is None or call.callee.type != "identifier" or function.param(name) is not None:
        return None
    body = function.node.child_by_field_name("body") or function.node
    found = [node for node in call.file.named(name) if is_within(node, body)]
    bound = [node for node in found if node.parent is not None and node.parent.type == "assignment"]
    called = [node for node in found if node.parent is not None and node.parent.child_by_field_name("function") == node]
    if len(bound) != 1 or len(bound) + len(called) != len(found) or bound[0].parent is None:
        return None
    is_left = bound[0].parent.child_by_field_name("left") == bound[0]
    return bound[0].parent.child_by_field_name("right") if is_left else None


def is_local(node: Node, function: Function) -> bool:
    """Whether a name is bound inside a function: a parameter, or assigned and not declared global."""
    if node.type != "identifier":
        return False
    name, body = text_of(node), function.node.child_by_field_name("body")
    if function.param(name) is not None:
        return True
    nodes = [
        item for item in function.file.names if body is not None and is_within(item, body) and text_of(item) == name
    ]
    kinds = {parent.type for item in nodes for parent in (item.parent,) if parent is not None}
    is_global = "global_statement" in kinds or "nonlocal_statement" in kinds
    return not is_global and any(_binds(item) for item in nodes)
