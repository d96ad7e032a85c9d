"""`for a in b:` becomes `async for a in b:`.

Why: b is an async iterator now (an async generator, a streamed result).

Before:

    for row in stream(): ...

After:

    async for row in stream(): ...

It will not touch a loop that is async already, nor an `else` of the loop.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import AsyncFor

NODES = (cst.For,)


def apply(node: cst.For, edit: AsyncFor, context: Context) -> cst.For:
    """Raises TransformError for a loop that is async already."""
    if node.asynchronous is not None:
        raise TransformError("the loop is async already")
    return node.with_changes(asynchronous=cst.Asynchronous())
