"""`x = f` gives x the colour of f; `x = f()` is fine only when every later read of x awaits or consumes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tree_sitter import Node, Query

from awaitify.gate import consumers
from awaitify.gate.symbols import Colour
from awaitify.gate.syntax import LANGUAGE, captures, code, last_name, scope_of
from awaitify.gate.verdicts import Lost, PassedTo, Step, Verdict

_NAMES = Query(LANGUAGE, "(identifier) @name")
Climb = Callable[[Node, Colour], Verdict]


def judge_store(step: Step, statement: Node, climb: Climb) -> Verdict:
    """The step's node is the value of an assignment or of a parameter's default; climb judges each read of the name."""
    left = statement.child_by_field_name("left") or statement.child_by_field_name("name")
    if left is None or statement.child_by_field_name("type") == step.node:
        return None
    if step.colour.level and consumers.REGISTRIES.search(code(left)) and (step.contained or left.type == "subscript"):
        return None
    if left.type not in ("identifier", "attribute"):
        how = "unpacked" if "pattern" in left.type else "stored in a container"
        return Lost(how, step.node)
    name = left if left.type == "identifier" else left.child_by_field_name("attribute")
    if step.contained or (step.colour.level == 0 and left.type == "identifier"):
        return Lost("stored", step.node) if not _reads_are_fine(step, statement, left, climb) else None
    if step.colour.level == 0 or name is None:
        return Lost("stored in an attribute", step.node)
    return PassedTo(name, step.colour)


def _reads_are_fine(step: Step, statement: Node, left: Node, climb: Climb) -> bool:
    """Is there a read of the stored name in the same scope, and is each awaited or consumed?"""
    reads = list(_reads(statement, left))
    if step.contained and step.colour.level:
        return bool(reads) and all(_dispatch_awaited(node) for node in reads)
    return bool(reads) and all(_is_fine(node, step, climb) for node in reads)


def _is_fine(node: Node, step: Step, climb: Climb) -> bool:
    if step.contained:
        return _consumed_whole(node)
    verdict = climb(node, replace(step.colour, level=0))
    return verdict is None


def _reads(statement: Node, left: Node) -> Iterator[Node]:
    """Uses of the name after the statement, in its scope, up to a rebinding by its own await (`x = await x`)."""
    scope = scope_of(statement)
    root = scope if scope is not None else _module(statement)
    wanted = code(left)
    for node in captures(_NAMES, root, "name"):
        target = node
        if left.type == "attribute":
            if (
                node.parent is None
                or code(node.parent) != wanted
                or node.parent.child_by_field_name("attribute") != node
            ):
                continue
            target = node.parent
        elif code(node) != wanted or _is_attribute_part(node):
            continue
        if target.start_byte < statement.end_byte:
            continue
        parent = target.parent
        if parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == target:
            if re.search(rf"\bawait\s+{re.escape(wanted)}\b", code(parent)):
                yield from _own_await(parent, target)
            return
        yield target


def parameter_reads(function: Node, name: str) -> Iterator[Node]:
    """The uses of a parameter in the body of its function, nested functions included."""
    body = function.child_by_field_name("body")
    for node in captures(_NAMES, body, "name") if body is not None else []:
        parent = node.parent
        bound = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node
        if code(node) == name and not bound and not _is_attribute_part(node):
            yield node


def _own_await(assignment: Node, left: Node) -> Iterator[Node]:
    right = assignment.child_by_field_name("right")
    if right is not None:
        yield from (node for node in captures(_NAMES, right, "name") if code(node) == code(left))


def _is_attribute_part(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "attribute":
        return parent.child_by_field_name("attribute") == node
    return parent.type == "keyword_argument" and parent.child_by_field_name("name") == node


def _module(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _consumed_whole(node: Node) -> bool:
    """`gather(*tasks)`, `wait(tasks)`, `for t in tasks: await t`, `tasks.append(...)`."""
    parent = node.parent
    while parent is not None and parent.type in ("list_splat", "argument_list", "keyword_argument"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "call":
        function = parent.child_by_field_name("function")
        return last_name(function) in consumers.TAKES_COROUTINE
    if parent.type in ("for_statement", "for_in_clause"):
        element = code(parent.child_by_field_name("left"))
        whole = parent if parent.type == "for_statement" else parent.parent
        return re.search(rf"\bawait\s+{re.escape(element)}\b", code(whole)) is not None
    return parent.type == "attribute" and code(parent.child_by_field_name("attribute")) in ("append", "extend")


def _dispatch_awaited(node: Node) -> bool:
    """`await HANDLERS[key](x)`, `await HANDLERS.get(key)(x)`, `FastAPI(on_startup=HANDLERS)`; a membership test is fine
    too."""
    parent = node.parent
    while parent is not None and parent.type in ("subscript", "attribute", "call", "parenthesized_expression"):
        node, parent = parent, parent.parent
    if parent is not None and parent.type in ("keyword_argument", "argument_list"):
        call = parent.parent if parent.type == "argument_list" else parent.parent and parent.parent.parent
        return consumers.REGISTRIES.search(code(call)) is not None or (
            call is not None and last_name(call) in consumers.TAKES_FUNCTION
        )
    return parent is not None and parent.type in ("await", "comparison_operator")
