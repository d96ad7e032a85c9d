"""`def f():` becomes `async def f():`.

Why: a function that awaits must be a coroutine function itself.

Before:

    def read(db): ...

After:

    async def read(db): ...

It will not touch a lambda, nor a function that is async already, and leaves continuation lines of the signature where
they are.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import MakeAsync

NODES = (cst.FunctionDef,)


def apply(node: cst.FunctionDef, edit: MakeAsync, context: Context) -> cst.FunctionDef:
    """Raises TransformError for a function that is async already."""
    if node.asynchronous is not None:
        raise TransformError(f"{node.name.value} is async already")
    return node.with_changes(asynchronous=cst.Asynchronous())
