"""What wrappers do with what goes through them: mapped objects may be lazy there, where nothing tells their class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.pieces import may_be_mapped
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.values import returned, value_classes
from awaitify.analysis.wrapping.finding import read_keys
from awaitify.analysis.wrapping.model import Wrapping
from awaitify.analysis.wrapping.picked import picks_others
from awaitify.analysis.wrapping.shape import uses_of
from awaitify.project.index import Function, Param, ancestors, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

#: They change what objects hold, or what may still be loaded into them.
ENDING = {"commit", "rollback", "flush", "expire", "expire_all", "expunge", "expunge_all", "begin", "begin_nested"}
PLAIN = {
    "string", "concatenated_string", "integer", "float", "true", "false", "none", "comparison_operator", "not_operator",
    "unary_operator",
}  # fmt: skip
PARTS = {
    "list", "tuple", "set", "expression_list", "parenthesized_expression", "boolean_operator", "binary_operator",
    "conditional_expression", "dictionary", "pair",
}  # fmt: skip
COMPREHENSIONS = {"list_comprehension", "set_comprehension", "dictionary_comprehension"}
HOLDING = {"list", "dict", "tuple", "set", "frozenset", "object"}
#: Words of the checker for values that hold no mapped object.
PLAIN_WORDS = {
    "str", "int", "float", "bool", "bytes", "None", "date", "datetime", "time", "timedelta", "Decimal", "UUID", "list",
    "dict", "tuple", "set", "frozenset",
}  # fmt: skip
#: They look at no attribute of what they are given.
BLIND = {"json.dumps", "json.dump", "builtins.len", "builtins.bool"}
TESTS = {"if_statement", "elif_clause", "not_operator"}


def opened_up(wrapping: Wrapping, function: Function, effects: Effects) -> str:
    """Why one function may not be wrapped by a coroutine function; empty for nothing."""
    wrapper, name = wrapping.shape.wrapper, wrapping.shape.maker.name
    if _tells_sessions(wrapper, effects):
        return f"@{name} asks whether something is a Session"
    results = _reads_result(wrapping, effects) or any(
        effect.kind in ("session", "stays") and effect.detail.rpartition(".")[2] in ENDING
        for effect in effects.of(wrapper)
    )
    if results and not all(_is_plain(node, function, effects) for node in returned(function)):
        return f"@{name} does more than to pass on what {function.name} gives, which may be a mapped object"
    if _reads_arguments(wrapper, function, effects):
        return f"@{name} reads what {function.name} is given, which may be a mapped object"
    return ""


def _tells_sessions(wrapper: Function, effects: Effects) -> bool:
    """Whether a wrapper asks for the class of sessions, which is another one then."""
    asked = (call for call in wrapper.calls if text_of(call.callee) in ("isinstance", "issubclass", "type"))
    names = [
        node
        for call in asked
        for node in wrapper.file.names
        if call.node.start_byte <= node.start_byte < call.node.end_byte and text_of(node).endswith("Session")
    ]
    found = effects.resolution.definitions(wrapper.file, names)
    return any(target.name in SESSION_CLASSES for targets in found for target in targets)


def _is_plain(node: Node, function: Function, effects: Effects) -> bool:
    """Whether a value is certainly no mapped object, and holds none."""
    if node.type in PLAIN:
        return True
    if node.type in PARTS:
        parts = node.named_children[1:] if node.type == "pair" else node.named_children
        return all(_is_plain(part, function, effects) for part in parts if part.type != "comment")
    if node.type in COMPREHENSIONS:
        item = node.child_by_field_name("body")
        parts = item.named_children if item is not None and item.type == "pair" else [item]
        return all(part is not None and _is_plain(part, function, effects) for part in parts)
    if node.type not in ("identifier", "attribute", "call"):
        return False
    if node.type != "call" and _is_plainly_worded(effects.resolution.hover(function.file, node)):
        return True
    names = value_classes(effects.resolution, function.file, [node])[0]
    return bool(names) and not any(
        may_be_mapped(name, effects.mapping) or name.rpartition(".")[2] in HOLDING for name in names
    )


def _is_plainly_worded(words: str) -> bool:
    """Whether the checker names plain values only, elements included."""
    names = re.findall(r"\w+", words)
    held = {"list", "dict", "tuple", "set", "frozenset"}
    is_open = any(name in held and f"{name}[" not in words for name in names)
    return bool(names) and not is_open and PLAIN_WORDS.issuperset(names)


def _reads_result(wrapping: Wrapping, effects: Effects) -> bool:
    """Whether a wrapper does anything with a result but to give it."""
    for call in wrapping.shape.calls:
        parent = call.node.parent
        if parent is None or parent.type in ("return_statement", "expression_statement"):
            continue
        left = parent.child_by_field_name("left") if parent.type == "assignment" else None
        if left is None or left.type != "identifier":
            return True
        uses = [node for node in uses_of(text_of(left), wrapping.shape.wrapper) if node != left]
        if not all(_is_given(use) or _is_unread(use, wrapping.shape.wrapper, effects) for use in uses):
            return True
    return False


def _is_given(use: Node) -> bool:
    parent = use.parent
    is_bound = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == use
    return is_bound or (parent is not None and parent.type == "return_statement")


def _is_unread(use: Node, wrapper: Function, effects: Effects) -> bool:
    """Whether a use asks nothing of a mapped object: a test, an identity, JSON (which raises for one either way)."""
    parent = use.parent
    if parent is None or parent.type in TESTS:
        return parent is not None
    if parent.type == "conditional_expression":
        return parent.named_children[1] == use
    if parent.type == "comparison_operator":
        return any(child.type in ("is", "is not") for child in parent.children)
    if parent.type != "argument_list" or parent.parent is None:
        return False
    call = effects.resolution.call_at(wrapper.file, parent.parent)
    names = {target.name for target in effects.resolution.targets.get(call, ())} if call is not None else set()
    return bool(names) and names <= BLIND and all(node.type in ("identifier", *PLAIN) for node in parent.named_children)


def _reads_arguments(wrapper: Function, function: Function, effects: Effects) -> bool:
    """Whether a wrapper looks at arguments of the function below that may be mapped objects."""
    keys = read_keys(wrapper)
    keyed = {node.id for nodes in keys.values() for node in nodes}
    own = function.params[1:] if function.cls is not None else function.params
    asked = [param for param in own if param.name in keys]
    for param in wrapper.params:
        is_object = param is wrapper.params[0] and param.name in ("self", "cls")
        for use in uses_of(param.name, wrapper) if not is_object else ():
            around = list(ancestors(use))[:3]
            is_known = any(node.id in keyed for node in around) or picks_others(use, wrapper, effects)
            if not _is_handed(use, wrapper) and not is_known:
                asked = own
    return any(_may_be_object(param, function, effects) for param in asked)


def _may_be_object(param: Param, function: Function, effects: Effects) -> bool:
    found = effects.resolution.class_names(function.file, param.node)
    return bool(param.star) or not found or any(may_be_mapped(name, effects.mapping) for name in found)


def _is_handed(use: Node, wrapper: Function) -> bool:
    """Whether an argument goes into a call of what is below."""
    call = next((node for node in ancestors(use) if node.type == "call"), None)
    callee = call.child_by_field_name("function") if call is not None else None
    home = wrapper.parent
    return callee is not None and home is not None and text_of(callee) == home.params[0].name
