"""`f(x)` becomes `await f(x)`, in parentheses exactly where Python needs them.

Why: f is a coroutine function now.

Before:

    name = get_user(db).name
    return (load())

After:

    name = (await get_user(db)).name
    return (await load())

It will not await in a decorator, a lambda, or an f-string with `=` (which prints its own code), and adds no second pair
of parentheses: those around the call go around the await.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import awaited
from awaitify_transforms.edits import AwaitCall

NODES = (cst.Call,)


def apply(node: cst.BaseExpression, edit: AwaitCall, context: Context) -> cst.BaseExpression:
    """Raises TransformError where there can be no await, or there is one."""
    if isinstance(context.parent, cst.Await):
        raise TransformError("awaited already")
    return awaited(node, context)
