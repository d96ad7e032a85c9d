"""What is known of the project's decorators: over which functions they stand, and how a session goes through them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.wrapping.shape import Shape
from awaitify.project.index import Call, Function


@dataclass(eq=False)
class Wrapping:
    """A decorator and the functions under it. places: where it is written over each; elsewhere: whether it is used in
    any other way too."""

    shape: Shape
    places: list[tuple[Function, Node]] = field(default_factory=list)
    elsewhere: bool = False

    @property
    def functions(self) -> list[Function]:
        """The functions that the wrapper may call."""
        return [function for function, _ in self.places]

    def named(self, node: Node) -> Node:
        """The name in a decorator."""
        expression = node.named_children[0]
        return expression.named_children[0] if expression.type == "call" else expression


@dataclass(eq=False)
class Wrappings:
    """by_function: what stands over a function, outermost first; by_wrapper; by_call: the calls in wrappers of what is
    below them."""

    all: list[Wrapping] = field(default_factory=list)
    by_function: dict[Function, list[Wrapping]] = field(default_factory=lambda: defaultdict(list))
    by_wrapper: dict[Function, Wrapping] = field(default_factory=dict)
    by_call: dict[Call, Wrapping] = field(default_factory=dict)
    by_decorator: dict[int, Wrapping] = field(default_factory=dict)

    def wrappers(self, function: Function) -> list[Function]:
        """What runs around a function."""
        return [item.shape.wrapper for item in self.by_function.get(function, ())]
