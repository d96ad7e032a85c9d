"""Decorators of the project that tell coroutine functions from others themselves, and do the same for both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.wrapping.shape import uses_of
from awaitify.project.index import Function, text_of

ASKING = re.compile(r"(not )?(?:\w+\.)?iscoroutinefunction\((\w+)\)")
#: What stands in an async function alone.
ASYNC_WORDS = re.compile(r"\b(?:async|await)\s+")
QUIET = {"harmless", "async", "hands-off"}


def aware_problem(maker: Function, effects: Effects) -> str | None:
    """Why a decorator does not do for a coroutine function what it does for another; empty where it does; None where
    it does not ask."""
    for taker in (maker, *_within(maker)):
        branch = next(iter(_branches(taker)), None)
        if branch is None or len(taker.params) != 1:
            continue
        wrappers = [item for item in _within(taker) if any(uses_of(taker.params[0].name, item))]
        coroutines = [item for item in wrappers if item.is_async and not item.is_generator]
        others = [item for item in wrappers if not item.is_async and not item.is_generator]
        is_one_each = len(coroutines) == len(others) == 1
        if not is_one_each or branch[0] != _is_given(coroutines[0], branch[1]):
            return "tells coroutine functions apart in a way that is not followed"
        if _work(coroutines[0]) != _work(others[0]):
            return "does something else for coroutine functions"
        works = [item for item in effects.of(coroutines[0]) if item.kind not in QUIET]
        blocking = [item for item in works if text_of(item.call.callee) != taker.params[0].name]
        return f"would block: {text_of(blocking[0].call.callee)}(...)" if blocking else ""
    return None


def _within(function: Function) -> Iterator[Function]:
    return (item for item in function.file.functions if item.parent is function)


def _branches(taker: Function) -> Iterator[tuple[bool, Node]]:
    """(whether it is for coroutine functions, what is chosen) of `if iscoroutinefunction(f): ...` in a function's body,
    and of `return a if iscoroutinefunction(f) else b`."""
    body = taker.node.child_by_field_name("body")
    for node in body.named_children if body is not None and taker.params else ():
        condition, chosen = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if node.type == "return_statement" and node.named_children[0].type == "conditional_expression":
            chosen, condition = node.named_children[0].named_children[:2]
        asked = ASKING.fullmatch(text_of(condition)) if condition is not None else None
        if asked is not None and chosen is not None and asked[2] == taker.params[0].name:
            yield not asked[1], chosen


def _is_given(wrapper: Function, chosen: Node) -> bool:
    """Whether a wrapper stands in what is chosen, or is returned there."""
    is_there = chosen.start_byte <= wrapper.node.start_byte < chosen.end_byte
    return is_there or bool(re.fullmatch(rf"(?s)(.*\breturn )?{wrapper.name}", text_of(chosen).strip()))


def _work(wrapper: Function) -> str:
    """What a wrapper says, but for its name, its colour and its layout."""
    body = wrapper.node.child_by_field_name("body")
    parameters = wrapper.node.child_by_field_name("parameters")
    text = "".join(text_of(node) for node in (*wrapper.decorators, parameters, body) if node is not None)
    return re.sub(r"\s+", " ", ASYNC_WORDS.sub("", text))
