"""`f(x, k=y)` becomes `await RUNNER(f, x, k=y)`: the sync function runs off the loop, or on the session's sync side.

Why: f blocks, and has no async form.

Before:

    digest = bcrypt.hashpw(password, salt)
    crud.add(db, item)

After, with the runners `asyncio.to_thread` and `db.run_sync`:

    digest = await asyncio.to_thread(bcrypt.hashpw, password, salt)
    await db.run_sync(crud.add, item)

The argument that the runner supplies itself (the session of `run_sync`) goes; when it is not the first positional one,
a lambda puts it in its place: `await db.run_sync(lambda db: crud.add(item, db=db))`. It will not bridge where there
can be no await, nor move an await into that lambda.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import awaited, expression, is_closed, parenthesized
from awaitify_transforms.edits import BridgeCall
from awaitify_transforms.walking import descend

NODES = (cst.Call,)

#: Names of the runners' own first parameters, which a keyword argument cannot have.
RESERVED = {"run_in_threadpool": "func", "run_sync": "fn"}


def apply(node: cst.Call, edit: BridgeCall, context: Context) -> cst.BaseExpression:
    """Raises TransformError when the dropped argument is not one of the call, or a keyword is the runner's own."""
    dropped = _dropped(edit, context)
    reserved = RESERVED.get(edit.runner.rpartition(".")[2])
    if reserved and any(arg.keyword is not None and arg.keyword.value == reserved for arg in node.args):
        raise TransformError(f"the runner has a parameter {reserved} of its own")
    if dropped is None:
        return awaited(_bridged(node, edit.runner, node.func, node.args), context)
    if dropped == 0 and node.args[0].keyword is None and not node.args[0].star:
        return awaited(_bridged(node, edit.runner, node.func, node.args[1:]), context)
    return awaited(_bridged(node, edit.runner, _lambda(node, dropped), ()), context)


def _dropped(edit: BridgeCall, context: Context) -> int | None:
    """The position of the argument that the runner supplies; its span may be that of the value alone."""
    if not edit.drop:
        return None
    wanted = (edit.drop[0], edit.drop[1])
    assert isinstance(context.original, cst.Call)
    for number, arg in enumerate(context.original.args):
        if wanted in (context.source.span(arg), *context.source.spans(arg.value)):
            return number
    raise TransformError(f"no argument at bytes {wanted[0]}-{wanted[1]}")


def _bridged(node: cst.Call, runner: str, func: cst.BaseExpression, args: Sequence[cst.Arg]) -> cst.Call:
    """The call of the runner; the arguments keep their layout, and the function is laid out like the first of them."""
    func = func if is_closed(func) or func.lpar else parenthesized(func)
    rest = [_alone(arg) for arg in args]
    first = cst.Arg(func)
    if rest:
        broken = isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace)
        space = node.whitespace_before_args if broken else cst.SimpleWhitespace(" ")
        first = first.with_changes(comma=cst.Comma(whitespace_after=space))
        return node.with_changes(func=expression(runner), args=[first, *rest])
    return node.with_changes(func=expression(runner), args=[first], whitespace_before_args=cst.SimpleWhitespace(""))


def _alone(arg: cst.Arg) -> cst.Arg:
    """A generator expression may go without parentheses only as the single argument."""
    bare = isinstance(arg.value, cst.GeneratorExp) and not arg.value.lpar and not arg.star
    return arg.with_changes(value=parenthesized(arg.value)) if bare else arg


def _says(part: cst.CSTNode, name: str) -> bool:
    return any(isinstance(item, cst.Name) and item.value == name for item in descend(part))


def _lambda(node: cst.Call, dropped: int) -> cst.Lambda:
    value = node.args[dropped].value
    name = value.value if isinstance(value, cst.Name) else "session"
    others = [arg for number, arg in enumerate(node.args) if number != dropped]
    if not isinstance(value, cst.Name) and any(_says(part, name) for part in [*others, node.func]):
        raise TransformError(f"the call has a name {name} of its own")
    inner = (cst.Await, cst.Yield, cst.NamedExpr)
    if any(isinstance(item, inner) for part in [*others, node.func] for item in descend(part)):
        raise TransformError("an await cannot move into the function that runs on the session")
    args = [
        arg.with_changes(value=cst.Name(name)) if number == dropped else arg for number, arg in enumerate(node.args)
    ]
    return cst.Lambda(
        params=cst.Parameters(params=[cst.Param(cst.Name(name))]),
        body=node.with_changes(args=args, lpar=[], rpar=[]),
    )
