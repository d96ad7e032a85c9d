"""`[a for a in b]` becomes `[a async for a in b]`: one clause of a comprehension.

Why: b is an async iterator now.

Before:

    names = [row.name for row in stream()]

After:

    names = [row.name async for row in stream()]

It will not touch a clause that is async already. A generator expression with such a clause becomes an async generator:
whether its reader can take one is the plan's question.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import AsyncComprehension

NODES = (cst.CompFor,)


def apply(node: cst.CompFor, edit: AsyncComprehension, context: Context) -> cst.CompFor:
    """Raises TransformError for a clause that is async already."""
    if node.asynchronous is not None:
        raise TransformError("the clause is async already")
    space = cst.SimpleWhitespace(" ") if node.whitespace_before.empty else node.whitespace_before
    return node.with_changes(asynchronous=cst.Asynchronous(), whitespace_before=space)
