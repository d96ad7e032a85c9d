"""A call gets one more argument, before its others.

Why: see AddParameter: the helper that is called takes the session now.

Before:

    paginate(query, page)

After:

    paginate(db, query, page)

It will not look at what is called.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.building import expression
from awaitify_transforms.edits import AddArgument

NODES = (cst.Call,)


def apply(node: cst.Call, edit: AddArgument, context: Context) -> cst.Call:
    """Raises TransformError when the code is no expression."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if node.args else cst.MaybeSentinel.DEFAULT
    if node.args and isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
        comma = cst.Comma(whitespace_after=node.whitespace_before_args)
    return node.with_changes(args=[cst.Arg(expression(edit.code), comma=comma), *node.args])
