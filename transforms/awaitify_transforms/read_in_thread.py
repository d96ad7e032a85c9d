"""`for x in rows:` becomes `for x in await RUNNER(list, rows):`: what is iterated is read to its end off the loop.

Why: each step of the iteration blocks, and the iterable has no async form.

Before:

    for path in folder.glob("*.txt"):
        names.append(path.name)
    return [row["name"] for row in cursor]

After:

    for path in await asyncio.to_thread(list, folder.glob("*.txt")):
        names.append(path.name)
    return [row["name"] for row in await asyncio.to_thread(list, cursor)]

It gives the expression this form wherever it stands; that it is the iterable of a loop, and comes to an end, is the
decision's business.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.building import awaited, expression
from awaitify_transforms.edits import ReadInThread

NODES = (cst.Call, cst.Name, cst.Attribute)


def apply(node: cst.BaseExpression, edit: ReadInThread, context: Context) -> cst.BaseExpression:
    """The call of the runner, awaited."""
    read = cst.Call(expression(edit.runner), [cst.Arg(cst.Name("list")), cst.Arg(node)])
    return awaited(read, context)
