"""What a transform is: a pure function from a node and a decision to a node.

A transform never discovers anything. Its edit says what to do and at which byte span; the dispatcher brings the two
together. Floor: a transform imports this module, `building`, `statements` and `edits`, and nothing else of the project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
from libcst.metadata import CodeSpan

from awaitify_transforms.edits import Edit, Span

Key = tuple[int, int | None]

SPACE = re.compile(rb"(?:\s|\\|#[^\r\n]*)*")


class TransformError(Exception):
    """An edit that cannot be carried out at its node. The message says why."""


@dataclass(slots=True)
class Source:
    """The module before the rewrite, and where its nodes are (byte offsets into its UTF-8 text)."""

    module: cst.Module
    text: bytes
    positions: Mapping[cst.CSTNode, CodeSpan]

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, with the module's own newline and indentation."""
        return self.module.code_for_node(node)

    def span(self, node: cst.CSTNode) -> Span:
        """Start and end of a node, without its own parentheses."""
        found = self.positions[node]
        return found.start, found.start + found.length

    def spans(self, node: cst.CSTNode) -> list[Span]:
        """The span of an expression, then the spans with one more of its own pairs of parentheses each."""
        start, end = self.span(node)
        result = [(start, end)]
        left = getattr(node, "lpar", ())
        if not isinstance(left, (list, tuple)):
            return result
        for _ in left:
            start, end = self._opening(start), self.skip_space(end) + 1
            result.append((start, end))
        return result

    def skip_space(self, start: int) -> int:
        """Where the next token starts: after white space, line continuations and comments."""
        found = SPACE.match(self.text, start)
        return found.end() if found else start

    def _opening(self, start: int) -> int:
        """Where the parenthesis is that only space and comments part from start."""
        place = self.text.rfind(b"(", 0, start)
        while place >= 0 and self.skip_space(place + 1) != start:
            place = self.text.rfind(b"(", 0, place)
        return place


@dataclass(slots=True)
class Context:
    """What a transform may look at besides its node: the original node, its ancestors (nearest last), the source, and
    the rewritten nodes of the spans that its edit names (`results`; keys are the edit's own spans)."""

    source: Source
    original: cst.CSTNode
    ancestors: tuple[cst.CSTNode, ...] = ()
    results: dict[Span, cst.CSTNode] = field(default_factory=dict)

    @property
    def parent(self) -> cst.CSTNode | None:
        """The original node's parent."""
        return self.ancestors[-1] if self.ancestors else None

    def result(self, span: Span) -> cst.CSTNode:
        """The rewritten node at a span inside the edit. Raises TransformError when there is none."""
        try:
            return self.results[span]
        except KeyError:
            raise TransformError(f"no expression at bytes {span[0]}-{span[1]}") from None


def by_span(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Expressions are found by start and end, with or without their own parentheses."""
    return source.spans(node)


def by_name(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Functions and classes are found by the span of their name."""
    return [source.span(node.name)] if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else []


def by_keyword(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """`with`, `for` and the `for` of a comprehension are found by where they start (`async` included, if there)."""
    start = source.span(node)[0]
    if isinstance(node, cst.CompFor):
        start = source.skip_space(start)
    return [(start, None)]


def by_start(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Statements are found by where they start; every small statement of a line is a key of the line."""
    if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return [(source.span(small)[0], None) for small in node.body]
    start = source.span(node)[0]
    decorators = getattr(node, "decorators", ())
    return [(source.span(decorators[0])[0] if decorators else start, None)]


def by_module(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Edits of the file as a whole."""
    return [(0, None)]


@dataclass(frozen=True, slots=True)
class Transform:
    """One line of the order. apply(node, edit, context) -> node, where node is already rewritten inside; for
    statements (keys is `by_start`), node and result are lists of statements. exclusive: at most one such edit."""

    edit: type[Edit]
    nodes: tuple[type[cst.CSTNode], ...]
    keys: Callable[[cst.CSTNode, Source], Iterable[Key]]
    apply: Callable[[Any, Any, Context], Any]
    exclusive: bool = False

    def key(self, edit: Edit) -> Key:
        """The key under which this edit's node is found."""
        return edit.span if self.keys in (by_span, by_name) else (0 if self.keys is by_module else edit.span[0], None)
