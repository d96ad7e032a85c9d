"""`with a as b:` becomes `async with a as b:`, for all managers of the statement.

Why: the manager's entry and exit are coroutines (`__aenter__`, `__aexit__`).

Before:

    with Session() as db: ...

After:

    async with Session() as db: ...

It will not touch a `with` that is async already, and cannot split one that mixes sync and async managers: the plan says
"async" only when all of them are.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import AsyncWith

NODES = (cst.With,)


def apply(node: cst.With, edit: AsyncWith, context: Context) -> cst.With:
    """Raises TransformError for a statement that is async already."""
    if node.asynchronous is not None:
        raise TransformError("the with statement is async already")
    return node.with_changes(asynchronous=cst.Asynchronous())
