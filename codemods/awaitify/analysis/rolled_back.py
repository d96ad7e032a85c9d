"""Units of work that roll back and leave their session open: nothing may read its objects once that has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.project.index import Function, ancestors, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

FALSY = ("", "None", "False")
LEAVING = ("raise_statement", "return_statement")


def passes_on(method: Function, effects: Effects) -> bool:
    """Whether an `__exit__` gives back what was raised wherever it rolls back."""
    rollbacks = [item.call.node for item in effects.of(method) if item.kind == "session" and item.detail == "rollback"]
    is_falsy = all(_returned(node) in FALSY for node in method.returns)
    return bool(rollbacks) and all(is_falsy or leaves(node) for node in rollbacks)


def _returned(statement: Node) -> str:
    return text_of(statement).removeprefix("return").partition("#")[0].strip()


def leaves(rollback: Node) -> bool:
    """Whether the block of a rollback ends with `raise`, or with a `return` after which `__exit__` raises again."""
    block = next((node for node in ancestors(rollback) if node.type == "block"), None)
    last = [node for node in block.named_children if node.type != "comment"][-1] if block is not None else None
    if last is None or last.type not in LEAVING:
        return False
    return last.type == "raise_statement" or _returned(last) in FALSY


def is_caught(node: Node, function: Function, effects: Effects, seen: frozenset[Function] = frozenset()) -> bool:
    """Whether anything goes on after what is raised at a place, in the function or in what calls it."""
    if function.file.is_test or any(_catches(node, item, function) for item in ancestors(node)):
        return True
    if function in seen:
        return False
    calls = list(effects.resolution.callers.get(function, ()))
    for wrapper in function.wrappers:
        calls += [call for call in wrapper.calls if call in effects.wrappings.by_call]
    return any(
        call.in_lambda
        or (call.function is not None and is_caught(call.node, call.function, effects, seen | {function}))
        for call in calls  # one outside of functions stays sync, as what it calls then
    )


def _catches(node: Node, outer: Node, function: Function) -> bool:
    """Whether a statement around a place may swallow what is raised there, or look at objects before it goes on."""
    inside = function.node.start_byte <= outer.start_byte and outer.end_byte <= function.node.end_byte
    if not inside or outer == function.node:
        return False
    if outer.type == "with_statement":
        return "suppress(" in text_of(outer).partition("\n")[0]
    body = outer.child_by_field_name("body") if outer.type == "try_statement" else None
    if body is None or not body.start_byte <= node.start_byte < body.end_byte:
        return False
    return not all(_only_raises(item) for item in outer.named_children if item.type.endswith("_clause"))


def _only_raises(clause: Node) -> bool:
    block = next((node for node in clause.named_children if node.type == "block"), None)
    return clause.type == "except_clause" and block is not None and _is_raise(block)


def _is_raise(block: Node) -> bool:
    statements = [node for node in block.named_children if node.type != "comment"]
    return len(statements) == 1 and statements[0].type == "raise_statement"
