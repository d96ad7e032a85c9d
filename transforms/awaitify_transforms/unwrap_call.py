"""`runner(f, x)` becomes `f(x)`: a bridge that is no longer needed.

Why: f is a coroutine function now, so that the await which is there awaits f itself.

Before:

    user = await asyncio.to_thread(load, name)
    await db.run_sync(add, item)

After:

    user = await load(name)
    await add(db, item)

It will not unwrap a lambda, nor a call whose function is not the first positional argument.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import UnwrapCall

NODES = (cst.Call,)


def apply(node: cst.Call, edit: UnwrapCall, context: Context) -> cst.Call:
    """Raises TransformError when the first argument is not a plain function."""
    if not node.args or node.args[0].keyword is not None or node.args[0].star:
        raise TransformError("the function is not the first argument")
    func = node.args[0].value
    if not isinstance(func, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)):
        raise TransformError("not a plain function")
    rest = list(node.args[1:])
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "run_sync":
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if rest else cst.MaybeSentinel.DEFAULT
        rest = [cst.Arg(node.func.value, comma=comma), *rest]
    space = node.whitespace_before_args if rest else cst.SimpleWhitespace("")
    return node.with_changes(func=func, args=rest, whitespace_before_args=space)
