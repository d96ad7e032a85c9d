"""An expression is replaced by code, which may use (rewritten) parts of it: `{0}` is the expression at `holes[0]`.

Why: some calls have an async form of another shape.

Before, with the code `await anyio.Path({0}).read_text()`:

    text = Path(name).read_text()

After:

    text = await anyio.Path(name).read_text()

A hole may be the whole expression. It keeps the parentheses of the original, and adds some where the new code would
bind differently or end at a line break. It will not guess: code that is not an expression, or a hole without a
place, is refused.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.building import fill, refuse_await, replaced
from awaitify_transforms.edits import ReplaceExpression, Span

NODES = (cst.BaseExpression,)


def apply(node: cst.BaseExpression, edit: ReplaceExpression, context: Context) -> cst.BaseExpression:
    """Raises TransformError when the code is not an expression or a hole is missing."""
    holes = {str(number): _part(node, edit, (hole[0], hole[1]), context) for number, hole in enumerate(edit.holes)}
    result = fill(edit.code, holes)
    if isinstance(result, cst.Await):
        refuse_await(context)
    return replaced(result, context)


def _part(node: cst.BaseExpression, edit: ReplaceExpression, hole: Span, context: Context) -> cst.CSTNode:
    return node if hole == tuple(edit.span) else _value(context.result(hole))


def _value(node: cst.CSTNode) -> cst.CSTNode:
    return node.value if isinstance(node, cst.Arg) else node
