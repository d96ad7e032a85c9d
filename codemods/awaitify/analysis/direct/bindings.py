"""What a name is bound to in its scope, and what changes the dictionary that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.direct.model import field_of
from awaitify.project.index import File, Function, ancestors, is_within, text_of

UNKNOWN = "?"
BINDS = ("value", "added", "other")
TARGETS = {
    "for_statement", "for_in_clause", "as_pattern_target", "pattern_list", "tuple_pattern", "list_pattern",
    "global_statement", "nonlocal_statement", "list_splat_pattern",
}  # fmt: skip
SHARES = {"pair", "list", "tuple", "set", "yield", "assignment", "named_expression", "expression_list"}


@dataclass(frozen=True, slots=True)
class Binding:
    """how: "value" (node is assigned), "added" (`+=`), "put" (under a key), "update" (a dictionary of more), "method"
    (of this name is called), "passed" (to the call at node), "shared" (by another name), "other" (not followed)."""

    how: str
    node: Node | None = None
    key: Node | None = None


def bindings(name: str, file: File, function: Function | None) -> Iterator[Binding]:
    """Of a local name of a function, a global one (no function), or `self.x` in a whole file."""
    is_attribute = name.startswith("self.")
    for node in file.names:
        if text_of(node) != name.removeprefix("self."):
            continue
        parent = node.parent
        is_part = parent is not None and parent.type == "attribute" and field_of(parent, "attribute") == node
        if is_attribute:
            if parent is not None and is_part and text_of(parent) == name:
                yield from _bindings(parent)
        elif not is_part and not _is_word(node) and _is_here(node, name, file, function):
            yield from _bindings(node)


def home_of(node: Node, file: File) -> Function | None:
    """The function that a node stands in."""
    outer = {item.id for item in ancestors(node) if item.type == "function_definition"}
    found = [function for function in file.functions if function.node.id in outer]
    return max(found, key=lambda function: function.node.start_byte, default=None)


def is_bound_here(name: str, function: Function) -> bool:
    """Whether a name is local to a function."""
    if function.param(name) is not None:
        return True
    return any(item.how in BINDS for item in bindings(name, function.file, function))


def falls_through(block: Node) -> bool:
    """Whether the end of a block may be reached."""
    last = next((child for child in reversed(block.named_children) if child.type != "comment"), None)
    if last is None or last.type in ("return_statement", "raise_statement"):
        return last is None
    if last.type == "with_statement":
        body = field_of(last, "body")
        return body is None or falls_through(body)
    if last.type == "if_statement":
        parts = [field_of(last, "consequence"), *(_body(item) for item in last.children_by_field_name("alternative"))]
        has_else = any(child.type == "else_clause" for child in last.named_children)
        return not has_else or any(part is None or falls_through(part) for part in parts)
    if last.type == "try_statement":
        parts = [child for child in last.named_children if child.type in ("except_clause", "else_clause")]
        main = field_of(last, "body")
        if any(child.type == "else_clause" for child in parts):
            main = None
        return any(part is None or falls_through(part) for part in map(_body, parts)) or (
            main is not None and falls_through(main)
        )
    return True


def _body(clause: Node) -> Node | None:
    return next((child for child in clause.named_children if child.type == "block"), None)


def _is_word(node: Node) -> bool:
    """The name of a keyword argument, of a parameter, or of something that is imported or defined."""
    parent = node.parent
    if parent is None or parent.type in ("dotted_name", "aliased_import", "parameters", "typed_parameter"):
        return True
    return parent.type in ("keyword_argument", "default_parameter", "typed_default_parameter") and (
        field_of(parent, "name") == node
    )


def _is_here(node: Node, name: str, file: File, function: Function | None) -> bool:
    if function is not None:
        if not is_within(node, function.node):
            return False
        inner = next(item for item in ancestors(node) if item.type in ("function_definition", "lambda"))
        return inner == function.node or all(item.param(name) is None for item in file.functions if item.node == inner)
    homes = [item for item in file.functions if is_within(node, item.node)]
    return not any(is_bound_here(name, item) for item in homes) or any(
        item.type == "global_statement" for item in ancestors(node)
    )


def _bindings(node: Node) -> Iterator[Binding]:
    """What one place does with a name."""
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return
    outer = parent.parent
    if parent.type in ("assignment", "augmented_assignment", "named_expression"):
        yield from _assigned(node, parent)
    elif parent.type in TARGETS:
        if parent.type not in ("for_statement", "for_in_clause") or field_of(parent, "left") == node:
            yield Binding("other")
    elif parent.type == "subscript" and field_of(parent, "value") == node:
        if outer is not None and outer.type.endswith("assignment") and field_of(outer, "left") == parent:
            yield Binding("put", field_of(outer, "right"), field_of(parent, "subscript"))
    elif parent.type == "attribute":
        yield from _method(parent, outer)
    elif parent.type in ("argument_list", "keyword_argument"):
        call = outer if parent.type == "argument_list" else outer.parent if outer is not None else None
        yield Binding("passed", call)
    elif parent.type in SHARES:
        yield Binding("shared")


def _assigned(node: Node, statement: Node) -> Iterator[Binding]:
    left = field_of(statement, "left") or field_of(statement, "name")
    right = field_of(statement, "right") or field_of(statement, "value")
    if left != node:
        yield Binding("shared")
    elif statement.type == "augmented_assignment":
        operator = text_of(field_of(statement, "operator") or statement)
        yield Binding({"+=": "added", "|=": "update"}.get(operator, "other"), right)
    elif right is not None:
        yield Binding("value", right)


def _method(attribute: Node, outer: Node | None) -> Iterator[Binding]:
    name = text_of(field_of(attribute, "attribute") or attribute)
    is_called = outer is not None and outer.type == "call" and field_of(outer, "function") == attribute
    if outer is None or not is_called or name not in ("update", "setdefault"):
        yield Binding("method", field_of(attribute, "attribute"))
        return
    arguments = field_of(outer, "arguments")
    given = [item for item in arguments.named_children if item.type != "comment"] if arguments is not None else []
    if name == "setdefault":
        yield Binding("put", given[1], given[0]) if len(given) == 2 else Binding("other")
        return
    for item in given:
        is_word = item.type == "keyword_argument"
        yield Binding("update", None if is_word else item.named_children[0] if "splat" in item.type else item)
