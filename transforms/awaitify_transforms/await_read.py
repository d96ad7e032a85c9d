"""`x.name` becomes `await x.name()`, in parentheses exactly where Python needs them.

Why: name was a property that waits, and is a coroutine function now.

Before:

    return self.group.id

After:

    return (await self.group()).id

It will not await in a decorator, a lambda, or an f-string with `=` (which prints its own code), nor where the attribute
is set or deleted.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import awaited
from awaitify_transforms.edits import AwaitRead

NODES = (cst.Attribute,)
TARGETS = (cst.AssignTarget, cst.AugAssign, cst.Del)


def apply(node: cst.BaseExpression, edit: AwaitRead, context: Context) -> cst.BaseExpression:
    """Raises TransformError where there can be no await, and where the attribute is no value."""
    if isinstance(context.parent, TARGETS):
        raise TransformError("the attribute is set there")
    call = cst.Call(node.with_changes(lpar=[], rpar=[]), lpar=node.lpar, rpar=node.rpar)
    return awaited(call, context)
