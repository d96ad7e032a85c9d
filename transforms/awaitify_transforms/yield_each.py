"""`yield from b` becomes `for a in b: yield a`, or `async for`.

Why: an async generator cannot yield from another iterable.

Before:

    # All of them.
    yield from rows(db)

After, asynchronous and with the name `item`:

    # All of them.
    async for item in rows(db):
        yield item

It will not touch a `yield from` whose value is used.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import YieldEach
from awaitify_transforms.statements import Statements

NODES = (cst.SimpleStatementLine,)


def apply(statements: Statements, edit: YieldEach, context: Context) -> Statements:
    """Raises TransformError for another statement."""
    first, *others = statements
    part = first.body[0] if isinstance(first, cst.SimpleStatementLine) and len(first.body) == 1 else None
    value = part.value if isinstance(part, cst.Expr) else None
    given = value.value if isinstance(value, cst.Yield) else None
    if not isinstance(first, cst.SimpleStatementLine) or not isinstance(given, cst.From):
        raise TransformError("the statement is no `yield from`")
    name = cst.Name(edit.name)
    inner = cst.SimpleStatementLine([cst.Expr(cst.Yield(name))], trailing_whitespace=first.trailing_whitespace)
    loop = cst.For(
        target=name,
        iter=given.item,
        body=cst.IndentedBlock([inner]),
        asynchronous=cst.Asynchronous() if edit.asynchronous else None,
        leading_lines=first.leading_lines,
    )
    return [loop, *others]
