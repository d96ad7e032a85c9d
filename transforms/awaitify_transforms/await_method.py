"""`x` becomes `(await x.open())`: what an object opens takes its place.

Why: a client that opens itself at its first call has what is not a call only once it is open.

Before, with the method `open`:

    pages = s3.get_paginator("list_objects_v2")

After:

    pages = (await s3.open()).get_paginator("list_objects_v2")

It will not await in a decorator, a lambda, or an f-string with `=` (which prints its own code).
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.building import awaited
from awaitify_transforms.edits import AwaitMethod

NODES = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def apply(node: cst.BaseExpression, edit: AwaitMethod, context: Context) -> cst.BaseExpression:
    """Raises TransformError where there can be no await."""
    return awaited(cst.Call(cst.Attribute(node, cst.Name(edit.method))), context)
