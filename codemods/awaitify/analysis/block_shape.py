"""How a block that moves into a function of its own is left, and which names it shares with the function around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.project.index import Function, ancestors, text_of

SCOPES = ("function_definition", "lambda", "class_definition")
LOOPS = ("for_statement", "while_statement")
DECLARATIONS = ("global_statement", "nonlocal_statement")
CANNOT = {"yield": "yield", "await": "await", **dict.fromkeys(DECLARATIONS, "a global or nonlocal name")}


def leaves_by(statement: Node) -> str:
    """What leaves a block in a way that no function can stand for; empty for nothing."""
    for node in descend(statement):
        if node.type in CANNOT:
            return f"{CANNOT[node.type]} leaves it"
        if node.type in ("break_statement", "continue_statement") and not _has_loop(node, statement):
            return f"{node.type.removesuffix('_statement')} leaves it"
        if node.type == "call" and text_of(node.child_by_field_name("function") or node) == "super":
            return "super() works in a method alone"
    return ""


def returns(statement: Node) -> bool:
    """Whether a block holds a return of its own."""
    return any(node.type == "return_statement" for node in descend(statement))


def always_leaves(statement: Node, entered: Collection[int]) -> bool:
    """Whether no path goes on behind a statement. entered: ids of the calls that a `with` may enter without that it
    swallows an exception."""
    kind = statement.type
    if kind in ("return_statement", "raise_statement"):
        return True
    if kind == "with_statement":
        return _is_plain(statement, entered) and _ends(statement.child_by_field_name("body"), entered)
    if kind == "if_statement":
        parts = [statement.child_by_field_name("consequence"), *statement.children_by_field_name("alternative")]
        bodies = [_body(part) for part in parts if part is not None]
        has_else = any(part is not None and part.type == "else_clause" for part in parts)
        return has_else and all(_ends(body, entered) for body in bodies)
    if kind == "try_statement":
        return _try_leaves(statement, entered)
    return False


def is_last(statement: Node, function: Function) -> bool:
    """Whether a function ends, and gives None, where a statement ends."""
    node = statement
    for parent in ancestors(statement):
        if parent.type == "function_definition":
            return parent == function.node
        if parent.type == "block" and _statements(parent)[-1] != node:
            return False
        if parent.type in (*LOOPS, "finally_clause", "match_statement", "case_clause"):
            return False
        if parent.type == "try_statement" and any(child.type == "else_clause" for child in parent.named_children):
            return False
        node = parent
    return False


def bound_names(statement: Node) -> set[str]:
    """The names that statements inside a block bind."""
    return {text_of(name) for node in descend(statement) for name in _targets(node)}


def surely_bound(statement: Node) -> set[str]:
    """Those of them that are bound whenever the block ends well."""
    found = {
        text_of(name) for node in descend(statement) for name in _targets(node) if node.type == "as_pattern_target"
    }
    body = statement.child_by_field_name("body")
    for child in _statements(body) if body is not None else ():
        if child.type == "expression_statement":
            found |= {text_of(name) for node in (child, *descend(child)) for name in _targets(node)}
        elif child.type == "with_statement":
            found |= surely_bound(child)
        elif child.type in ("import_statement", "import_from_statement"):
            found |= {text_of(name) for name in _targets(child)}
    return found


def is_variable(name: Node) -> bool:
    """Whether an identifier stands for a variable: not for an attribute or a keyword."""
    parent = name.parent
    if parent is None or parent.type not in ("attribute", "keyword_argument"):
        return True
    return name not in (parent.child_by_field_name("attribute"), parent.child_by_field_name("name"))


def is_binding(name: Node) -> bool:
    """Whether a function around a block binds a name there: by a statement, or as a parameter."""
    for parent in ancestors(name):
        if any(target == name for target in _targets(parent)):
            return True
        if parent.type in ("parameters", "typed_parameter", "default_parameter", "typed_default_parameter"):
            return parent.child_by_field_name("value") != name and parent.child_by_field_name("type") != name
        if parent.type.endswith("_statement") or parent.type == "block":
            return parent.type in ("for_statement", "with_statement") and any(item == name for item in _targets(parent))
    return False


def descend(node: Node) -> Iterator[Node]:
    """What stands inside a node, without what functions and classes in it hold."""
    for child in node.named_children:
        if child.type not in SCOPES:
            yield child
            yield from descend(child)


def _targets(node: Node) -> Iterator[Node]:
    """The identifiers that one node binds."""
    if node.type in ("assignment", "augmented_assignment", "for_statement"):
        yield from _names(node.child_by_field_name("left"))
    elif node.type == "named_expression":
        yield from _names(node.child_by_field_name("name"))
    elif node.type == "as_pattern_target":
        yield from (name for child in node.named_children for name in _names(child))
    elif node.type in ("import_statement", "import_from_statement"):
        for item in node.children_by_field_name("name"):
            local = item.child_by_field_name("alias") or item
            yield local.named_children[0] if local.type == "dotted_name" else local


def _names(target: Node | None) -> Iterator[Node]:
    """The names in a target; `self.x = 1` and `row[0] = 1` bind none."""
    if target is None:
        return
    if target.type == "identifier":
        yield target
    elif target.type not in ("attribute", "subscript"):
        yield from (name for child in target.named_children for name in _names(child))


def _has_loop(node: Node, statement: Node) -> bool:
    for parent in ancestors(node):
        if parent == statement:
            return False
        if parent.type in LOOPS:
            return True
    return False


def _try_leaves(statement: Node, entered: Collection[int]) -> bool:
    parts = [child for child in statement.named_children if child.type.endswith("_clause")]
    if any(part.type == "finally_clause" and _ends(_body(part), entered) for part in parts):
        return True
    handlers = [part for part in parts if part.type.startswith("except")]
    others = [part for part in parts if part.type == "else_clause"]
    ends_well = _ends(statement.child_by_field_name("body"), entered) or any(_ends(_body(p), entered) for p in others)
    return ends_well and all(_ends(_body(part), entered) for part in handlers)


def _body(node: Node) -> Node | None:
    if node.type == "block":
        return node
    blocks = [child for child in node.named_children if child.type == "block"]
    return node.child_by_field_name("body") or (blocks[-1] if blocks else None)


def _ends(block: Node | None, entered: Collection[int]) -> bool:
    statements = _statements(block) if block is not None else []
    return bool(statements) and always_leaves(statements[-1], entered)


def _statements(block: Node) -> list[Node]:
    return [child for child in block.named_children if child.type != "comment"]


def _is_plain(statement: Node, entered: Collection[int]) -> bool:
    clause = next((child for child in statement.named_children if child.type == "with_clause"), None)
    items = [child for child in clause.named_children if child.type == "with_item"] if clause is not None else []
    values = [item.child_by_field_name("value") or item for item in items]
    calls = [value.named_children[0] if value.type == "as_pattern" else value for value in values]
    return bool(calls) and all(call.id in entered for call in calls)
