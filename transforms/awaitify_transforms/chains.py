"""Layout of method chains: one more method, and a chain over several lines inside a call's brackets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from awaitify_transforms.base import Context


def chained(
    query: cst.BaseExpression, method: str, args: Sequence[cst.Arg], dot: cst.Dot | None = None
) -> cst.BaseExpression:
    """`query.method(args)`, with the dot of the method whose place it takes (its line break and comments)."""
    tight = query.lpar or isinstance(query, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    base = query if tight else query.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Call(cst.Attribute(base, cst.Name(method), dot=dot or cst.Dot()), args=args)


def is_broken(node: cst.CSTNode) -> bool:
    """Whether a chain of calls and attributes goes over several lines between its methods."""
    while isinstance(node, (cst.Call, cst.Attribute)):
        if isinstance(node, cst.Attribute) and isinstance(node.dot.whitespace_before, cst.ParenthesizedWhitespace):
            return True
        node = node.func if isinstance(node, cst.Call) else node.value
    return False


def with_comments(call: cst.Call, dot: cst.Dot) -> cst.Call:
    """The call, with the comments that stood before a dropped method at the end of its arguments."""
    space = dot.whitespace_before
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return call
    if space.first_line.comment is None and all(line.comment is None for line in space.empty_lines):
        return call
    last = call.args[-1].with_changes(whitespace_after_arg=space)
    return call.with_changes(args=[*call.args[:-1], last])


def laid_out(call: cst.Call, original: cst.BaseExpression, context: Context) -> cst.Call:
    """The call's only argument on lines of its own, one step deeper, if the original's parenthesis opens a new line."""
    opening = original.lpar[-1].whitespace_after if original.lpar else None
    (argument,) = call.args
    inside = getattr(argument.value, "whitespace_before_args", None)
    broken = is_broken(argument.value) or isinstance(inside, cst.ParenthesizedWhitespace)
    if not isinstance(opening, cst.ParenthesizedWhitespace) or not broken:
        return call
    step = context.source.module.default_indent
    base = opening.last_line
    inner = cst.ParenthesizedWhitespace(
        indent=opening.indent, last_line=cst.SimpleWhitespace(base.value + step), first_line=cst.TrailingWhitespace()
    )
    ending = argument.whitespace_after_arg
    if isinstance(ending, cst.ParenthesizedWhitespace):
        ending = ending.visit(_Shift(step)).with_changes(last_line=base)  # type: ignore[union-attr]
    else:
        ending = inner.with_changes(last_line=base)
    value: Any = argument.value.visit(_Shift(step))
    return call.with_changes(
        whitespace_before_args=inner, args=[argument.with_changes(value=value, whitespace_after_arg=ending)]
    )


class _Shift(cst.CSTTransformer):
    """Moves the continuation lines of an expression to the right."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        lines = [self._line(line) if line.comment is not None else line for line in updated_node.empty_lines]
        last = updated_node.last_line
        return updated_node.with_changes(empty_lines=lines, last_line=last.with_changes(value=last.value + self.step))

    def _line(self, line: cst.EmptyLine) -> cst.EmptyLine:
        return line.with_changes(whitespace=line.whitespace.with_changes(value=line.whitespace.value + self.step))
