"""A call gets one more argument, before its others; a keyword comes behind those without one.

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
    first = cst.Arg(expression(edit.code))
    count = 0
    if edit.keyword:
        bare = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        first = cst.Arg(expression(edit.code), keyword=cst.Name(edit.keyword), equal=bare)
        count = sum(item.keyword is None and item.star != "**" for item in node.args)
    before, after = list(node.args[:count]), node.args[count:]
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if node.args and isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
        space = node.whitespace_before_args
    comma = cst.Comma(whitespace_after=space)
    if after:
        first = first.with_changes(comma=comma)
    elif before:
        first = first.with_changes(comma=before[-1].comma)
        before[-1] = before[-1].with_changes(comma=comma)
    return node.with_changes(args=[*before, first, *after])
