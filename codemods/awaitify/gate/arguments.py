"""An async function or a coroutine as an argument: is the callee one that awaits it?"""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from awaitify.gate import consumers
from awaitify.gate.syntax import code, contains, last_name
from awaitify.gate.verdicts import Argument, Lost, Step, Verdict

_TAKERS = {
    "coroutine": consumers.TAKES_COROUTINE,
    "generator": consumers.TAKES_GENERATOR | consumers.TAKES_COROUTINE - {"run", "create_task", "gather"},
    "manager": consumers.TAKES_MANAGER,
    "either": consumers.TAKES_COROUTINE | consumers.TAKES_MANAGER,
}


def judge_argument(step: Step, call: Node, keyword: str) -> Step | Verdict:
    """call: the call whose argument the step's node is; keyword: under which name, or empty."""
    callee = last_name(call.child_by_field_name("function"))
    colour = step.colour
    if callee in consumers.TRANSPARENT and not step.contained:
        return replace(step, node=call)
    if keyword in consumers.MOCK_KEYWORDS:
        return None
    if colour.level == 0:
        known = callee in _TAKERS[colour.kind]
    else:
        known = callee in consumers.TAKES_FUNCTION or _is_registry(call)
        if callee in consumers.ASKS_FUNCTION and colour.level == 1 and not colour.true_async:
            return Lost(f"hidden in a plain function given to {callee}", step.node)
    if known or (colour.level == 0 and _runs_a_loop(call)):
        return None
    if step.contained:
        return Lost(f"in a container given to {callee or 'a call'}", step.node)
    return Argument(call, _position(call, step.node), keyword, colour, step.node)


def _is_registry(call: Node) -> bool:
    """`app.dependency_overrides.update({...})`, or an assertion of a mock."""
    function = call.child_by_field_name("function")
    return consumers.REGISTRIES.search(code(function)) is not None or last_name(function).startswith("assert_")


def _runs_a_loop(call: Node) -> bool:
    """`to_thread(asyncio.run, f(x))`: a loop in the thread runs the coroutine."""
    arguments = call.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return code(first) == "asyncio.run" if first is not None else False


def _position(call: Node, node: Node) -> int:
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return 0
    items = [item for item in arguments.named_children if item.type != "comment"]
    return next((index for index, item in enumerate(items) if contains(item, node)), 0)
