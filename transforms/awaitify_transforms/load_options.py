"""`select(A)` gets the loader options that its readers need: `select(A).options(selectinload(A.b))`.

Why: an async session cannot load a relationship lazily, so the query that gives the object loads it.

Before:

    chats = select(Chat).where(Chat.user_id == key)

After:

    chats = select(Chat).options(selectinload(Chat.messages)).where(Chat.user_id == key)

A chain over several lines keeps its layout. It will not merge with options that stand later in the chain.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import expression
from awaitify_transforms.chains import chained
from awaitify_transforms.edits import LoadOptions

NODES = (cst.Call,)


def apply(node: cst.Call, edit: LoadOptions, context: Context) -> cst.BaseExpression:
    """Raises TransformError when there is no option."""
    if not edit.options:
        raise TransformError("no loader option")
    args = [cst.Arg(expression(code)) for code in edit.options]
    return chained(node, "options", args, _next_dot(context))


def _next_dot(context: Context) -> cst.Dot | None:
    """The dot of the method that follows, so that the new one stands in a line of its own where that does."""
    parent = context.parent
    if not isinstance(parent, cst.Attribute) or parent.value is not context.original:
        return None
    space = parent.dot.whitespace_before
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return None
    plain = space.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return parent.dot.with_changes(whitespace_before=plain)
