"""A call loses one of its keyword arguments.

Why: what a library takes with each call, its async form takes where the client is made.

Before:

    requests.get(url, verify=False, timeout=5)

After, with the name `verify`:

    requests.get(url, timeout=5)

It will not look at what the argument was.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import DropArgument

NODES = (cst.Call,)


def apply(node: cst.Call, edit: DropArgument, context: Context) -> cst.Call:
    """Raises TransformError when the call has no such argument."""
    kept = [item for item in node.args if item.keyword is None or item.keyword.value != edit.name]
    if len(kept) != len(node.args) - 1:
        raise TransformError(f"the call has no argument {edit.name}=")
    if kept and kept[-1] is not node.args[-1]:
        kept[-1] = _ended(kept[-1], node.args[-1])
    return node.with_changes(args=kept)


def _ended(argument: cst.Arg, last: cst.Arg) -> cst.Arg:
    """An argument as the last one, in the layout of the last one before; the comment behind it stays."""
    between = argument.comma.whitespace_after if isinstance(argument.comma, cst.Comma) else None
    if isinstance(last.comma, cst.Comma):
        after = _after(between, last.comma.whitespace_after)
        return argument.with_changes(comma=last.comma.with_changes(whitespace_after=after))
    after = _after(between, last.whitespace_after_arg)
    return argument.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=after)


def _after(between: object, end: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    both = isinstance(between, cst.ParenthesizedWhitespace) and isinstance(end, cst.ParenthesizedWhitespace)
    return end.with_changes(first_line=between.first_line) if both else end  # type: ignore[attr-defined]
