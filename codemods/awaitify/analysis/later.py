"""Functions whose result does its work when it is read: no bridge may give such a result to the event loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.lazy import THREADED, WHOLE, WRAPPERS
from awaitify.analysis.loading.bindings import PATTERNS, TUPLES, Bindings, bindings_of
from awaitify.analysis.values import returned, yielded
from awaitify.project.index import Call, Function, ancestors, is_label, text_of

#: What calls a function when its items are asked for; the other wrappers only pass items on.
CALLING = {"map", "filter", "starmap"}
PASSING = (WRAPPERS | {"iter", "chain", "islice", "cast"}) - CALLING
#: What holds values, or chooses between them.
PARTS = (
    "parenthesized_expression", "conditional_expression", "boolean_operator", "tuple", "expression_list", "list",
    "dictionary", "pair", "set",
)  # fmt: skip
DEPTH = 3
WHOLE_RESULT = -1


@dataclass(eq=False)
class Later:
    """Looks for them, each function once: many calls lead to the same."""

    resolution: Resolution
    _judged: dict[tuple[Function, int], bool] = field(default_factory=dict)
    _bindings: dict[Function, Bindings] = field(default_factory=dict)

    def goes_on(self, function: Function, depth: int = DEPTH) -> bool:
        """Whether a function, or what the project's decorators put around it, returns an iterator that works when it is
        read: after the bridge."""
        if (function, depth) not in self._judged:
            self._judged[function, depth] = self._judge(function, depth)
        return self._judged[function, depth]

    def is_streamed(self, call: Call, function: Function) -> bool:
        """Whether what works later in a function's result goes from its caller to nothing but what reads it in a
        thread."""
        bindings = self._bound(function)
        places: set[int] = set()
        for node in returned(function):
            parts = node.named_children if node.type in TUPLES else []
            late = {place for place, part in enumerate(parts) if self._is_late(part, function, bindings, DEPTH)}
            places |= late or ({WHOLE_RESULT} if self._is_late(node, function, bindings, DEPTH) else set())
        return (
            len(places) == 1 and call.function is not None and _goes_to_thread(call.node, places.pop(), call.function)
        )

    def _bound(self, function: Function) -> Bindings:
        if function not in self._bindings:
            self._bindings[function] = bindings_of(function)
        return self._bindings[function]

    def _judge(self, function: Function, depth: int) -> bool:
        if depth and any(self.goes_on(wrapper, depth - 1) for wrapper in function.wrappers):
            return True
        given = [*returned(function), *(yielded(function) if function.is_generator else ())]
        return any(self._is_late(node, function, self._bound(function), depth) for node in given)

    def _is_late(self, node: Node, function: Function, bindings: Bindings, depth: int) -> bool:
        """Whether a value is, or holds, an iterator that works when it is read."""
        if node.type in ("generator_expression", "lambda"):
            return True
        if node.type == "identifier":
            values = [right for _, right in bindings.get(text_of(node), ())]
            rest = {name: found for name, found in bindings.items() if name != text_of(node)}
            return any(self._is_late(value, function, rest, depth) for value in values)
        if node.type in PARTS:
            return any(self._is_late(part, function, bindings, depth) for part in node.named_children)
        call = self.resolution.call_at(function.file, node) if node.type == "call" else None
        if call is None:
            return False
        inner = self.resolution.functions(call)
        if inner:
            return depth > 0 and any(item.is_generator or self.goes_on(item, depth - 1) for item in inner)
        name = text_of(call.callee).rpartition(".")[2]
        if name in CALLING:
            return True
        arguments = node.child_by_field_name("arguments")
        items = [arguments] if arguments is not None and arguments.type == "generator_expression" else call.arguments
        given = items if name in PASSING else [item for item in items if item.type != "lambda"]
        return name not in WHOLE and any(self._is_late(item, function, bindings, depth) for item in given)


def _goes_to_thread(node: Node, place: int, caller: Function) -> bool:
    """Whether the value of an expression is given away to a thread. place: which item of it is meant, if not all."""
    parent = node.parent
    while parent is not None and parent.type in ("await", "parenthesized_expression"):
        node, parent = parent, parent.parent
    if parent is None or parent.type in ("comparison_operator", "not_operator", "if_statement"):
        return True
    if parent.type in ("argument_list", "keyword_argument"):
        outer = next((item for item in ancestors(node) if item.type == "call"), None)
        reader = outer.child_by_field_name("function") if outer is not None else None
        return place == WHOLE_RESULT and reader is not None and text_of(reader).rpartition(".")[2] in THREADED
    left = parent.child_by_field_name("left") if parent.type == "assignment" else None
    if left is not None and left.type in PATTERNS:
        items = left.named_children
        left, place = (items[place], WHOLE_RESULT) if 0 <= place < len(items) else (None, place)
    if left is None or left.type != "identifier" or left == node:
        return left is not None and left == node
    start, end = caller.node.start_byte, caller.node.end_byte
    uses = [item for item in caller.file.names_between(start, end) if text_of(item) == text_of(left)]
    return all(use == left or is_label(use) or _goes_to_thread(use, place, caller) for use in uses)
