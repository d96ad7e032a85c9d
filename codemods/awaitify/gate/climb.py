"""Follows one reference upwards: is what it stands for awaited, handed to a consumer, passed on, or lost?"""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from awaitify.gate.arguments import judge_argument
from awaitify.gate.returns import judge_return
from awaitify.gate.stores import judge_store
from awaitify.gate.symbols import Colour
from awaitify.gate.syntax import code, is_async
from awaitify.gate.verdicts import Lost, Step, Verdict

_THROUGH = frozenset({"parenthesized_expression", "named_expression", "type_conversion"})
_CONTAINERS = frozenset({"list", "tuple", "set", "list_splat", "dictionary_splat", "expression_list", "dictionary"})
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "generator_expression", "dictionary_comprehension"}
)
_GENERATOR_METHODS = frozenset({"asend", "athrow", "aclose", "__anext__"})
_HOW = {
    "expression_statement": "a statement that does nothing", "interpolation": "formatted", "pair": "a dictionary key",
    "comparison_operator": "compared", "not_operator": "negated", "if_statement": "a condition",
    "while_statement": "a condition", "elif_clause": "a condition", "if_clause": "a condition", "yield": "yielded",
    "assert_statement": "asserted", "match_statement": "matched", "raise_statement": "raised",
    "binary_operator": "an operand", "unary_operator": "an operand", "augmented_assignment": "an operand",
    "slice": "an index", "decorator": "a decorator", "boolean_operator": "a condition",
    "default_parameter": "a default",
}  # fmt: skip


def climb(node: Node, colour: Colour) -> Verdict:
    """The fate of an expression of that colour. None: it is awaited or well looked after."""
    step = Step(node, colour)
    while True:
        parent = step.node.parent
        if parent is None:
            return None
        outcome = _step(step, parent)
        if not isinstance(outcome, Step):
            return outcome
        step = outcome


def _step(step: Step, parent: Node) -> Step | Verdict:
    """One parent upwards: the next step, or the verdict."""
    kind = parent.type
    if kind == "await":
        return _awaited(step)
    if kind in _THROUGH:
        return replace(step, node=parent)
    if kind in _CONTAINERS:
        return replace(step, node=parent, contained=True)
    if kind in _COMPREHENSIONS:
        return replace(step, node=parent, contained=True)
    judge = _JUDGES.get(kind)
    if judge is not None:
        return judge(step, parent)
    return _only_callable(step, parent)


def _only_callable(step: Step, parent: Node) -> Verdict:
    """A place where a function may stand (compared, formatted, tested for None) but a coroutine is lost."""
    if step.colour.level or (step.contained and parent.type != "expression_statement"):
        return None
    return Lost(_HOW.get(parent.type, "used"), step.node)


def _awaited(step: Step) -> Verdict:
    if step.contained:
        return Lost("inside a container that is awaited", step.node)
    if step.colour.level:
        return Lost("awaited without being called", step.node)
    if step.colour.kind not in ("coroutine", "either"):
        return Lost("awaited though it is an async " + step.colour.kind, step.node)
    return None


def _call(step: Step, parent: Node) -> Step | Verdict:
    if parent.child_by_field_name("function") != step.node:
        return judge_argument(step, parent, "")  # a bare generator expression is the argument list
    if step.colour.level == 0:
        return Lost("called though it is already a coroutine", step.node)
    return replace(step, node=parent, colour=replace(step.colour, level=step.colour.level - 1))


def _arguments(step: Step, parent: Node) -> Step | Verdict:
    call = parent.parent
    return judge_argument(step, call, "") if call is not None else None


def _keyword(step: Step, parent: Node) -> Step | Verdict:
    call = parent.parent.parent if parent.parent is not None else None
    if call is None or call.type != "call":
        return None
    return judge_argument(step, call, code(parent.child_by_field_name("name")))


def _conditional(step: Step, parent: Node) -> Step | Verdict:
    if parent.named_children[1] == step.node:
        return _only_callable(step, parent)
    return replace(step, node=parent)


def _boolean(step: Step, parent: Node) -> Step | Verdict:
    return replace(step, node=parent) if step.colour.level else Lost("a condition", step.node)


def _lambda(step: Step, parent: Node) -> Step | Verdict:
    if parent.child_by_field_name("body") != step.node:
        return None
    colour = replace(step.colour, level=step.colour.level + 1, true_async=False)
    return replace(step, node=parent, colour=colour)


def _attribute(step: Step, parent: Node) -> Step | Verdict:
    if step.contained:
        return Lost("looked up in a container", step.node)
    if step.colour.level:
        return None  # an attribute of the function itself: __name__, cache_clear
    if step.colour.kind == "generator" and code(parent.child_by_field_name("attribute")) in _GENERATOR_METHODS:
        return Step(parent, Colour(1, origin=step.colour.origin))
    return Lost("an attribute of the coroutine", step.node)


def _subscript(step: Step, parent: Node) -> Step | Verdict:
    if parent.child_by_field_name("value") != step.node:
        return _only_callable(step, parent)
    if step.contained:
        return replace(step, node=parent, contained=False)
    return None if step.colour.level else Lost("subscripted", step.node)


def _pair(step: Step, parent: Node) -> Step | Verdict:
    if parent.child_by_field_name("key") == step.node:
        return _only_callable(step, parent)
    return replace(step, node=parent, contained=True)


def _loop(step: Step, parent: Node) -> Step | Verdict:
    if parent.child_by_field_name("right") != step.node:
        return None
    if step.contained:
        return None if step.colour.level else Lost("iterated in a container", step.node)
    if step.colour.level == 0 and step.colour.kind == "generator" and is_async(parent):
        return None
    return Lost("iterated", step.node)


def _with_item(step: Step, parent: Node) -> Step | Verdict:
    statement = parent.parent
    while statement is not None and statement.type != "with_statement":
        statement = statement.parent
    entered = statement is not None and is_async(statement) and step.colour.kind in ("manager", "either")
    if entered and step.colour.level == 0:
        return None
    return Lost("entered by with", step.node)


def _as_pattern(step: Step, parent: Node) -> Step | Verdict:
    inside_with = parent.parent is not None and parent.parent.type == "with_item"
    return replace(step, node=parent) if inside_with else _only_callable(step, parent)


def _store(step: Step, parent: Node) -> Step | Verdict:
    return judge_store(step, parent, climb)


def _type(step: Step, parent: Node) -> Step | Verdict:
    return None


_JUDGES = {
    "call": _call, "argument_list": _arguments, "keyword_argument": _keyword, "conditional_expression": _conditional,
    "boolean_operator": _boolean, "lambda": _lambda, "attribute": _attribute, "subscript": _subscript, "pair": _pair,
    "for_statement": _loop, "for_in_clause": _loop, "with_item": _with_item, "as_pattern": _as_pattern, "type": _type,
    "return_statement": judge_return, "assignment": _store, "default_parameter": _store,
    "typed_default_parameter": _store,
}  # fmt: skip
