"""`session.query(A, B)` becomes `select(A, B)`.

Why: AsyncSession has no `query`; a `select` takes the same builder methods.

Before:

    query = db.query(User).filter(User.active)

After:

    query = select(User).filter(User.active)

It will not touch the builder methods that follow, nor execute anything: see ExecuteQuery.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import expression
from awaitify_transforms.edits import SelectQuery

NODES = (cst.Call,)


def apply(node: cst.Call, edit: SelectQuery, context: Context) -> cst.Call:
    """Raises TransformError when the call is not one of a method."""
    if not isinstance(node.func, cst.Attribute):
        raise TransformError("not a call of a session's query")
    result = node.with_changes(func=expression(edit.select))
    only = node.args[0] if len(node.args) == 1 else None
    if only is None or not isinstance(only.value, cst.List) or only.star or not only.value.elements:
        return result
    # select() has no list form any more: select([A, B]) is select(A, B).
    elements = [element for element in only.value.elements if isinstance(element, cst.Element)]
    return result.with_changes(args=[cst.Arg(element.value, comma=element.comma) for element in elements])
