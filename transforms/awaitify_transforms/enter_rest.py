"""`x = f()` becomes `async with f() as x:`, with the rest of its block inside.

Why: what closed itself when nothing referred to it any more is an async context manager now.

Before:

    s3 = open_client("s3")
    s3.put_object(Bucket=bucket, Key=key)
    return key

After:

    async with open_client("s3") as s3:
        s3.put_object(Bucket=bucket, Key=key)
        return key

It will not take an assignment of several targets, or one that shares its line with another statement.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from awaitify_transforms.base import Context, Key, Source, TransformError, by_start
from awaitify_transforms.edits import EnterRest

NODES = (cst.IndentedBlock,)


def by_member(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Blocks are found by where their own statements start, the last first: it is taken in by those before it."""
    return [key for statement in reversed(getattr(node, "body", ())) for key in by_start(statement, source)]


def apply(node: cst.IndentedBlock, edit: EnterRest, context: Context) -> cst.IndentedBlock:
    """Raises TransformError when the block does not assign to the name in a statement of its own."""
    for number, line in enumerate(node.body):
        value = _assigned(line, edit.name)
        if value is not None:
            rest = list(node.body[number + 1 :]) or [cst.SimpleStatementLine([cst.Pass()])]
            return node.with_changes(body=[*node.body[:number], _with(line, value, rest, edit.name)])
    raise TransformError(f"no statement assigns to {edit.name} alone")


def _assigned(line: cst.BaseStatement, name: str) -> cst.BaseExpression | None:
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.AnnAssign):
        return small.value if isinstance(small.target, cst.Name) and small.target.value == name else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
        return small.value if isinstance(target, cst.Name) and target.value == name else None
    return None


def _with(line: cst.BaseStatement, value: cst.BaseExpression, rest: list[cst.BaseStatement], name: str) -> cst.With:
    first = rest[0]
    blank = getattr(first, "leading_lines", ())
    while blank and blank[0].comment is None:
        blank = blank[1:]
    rest[0] = first.with_changes(leading_lines=blank)
    header = cst.TrailingWhitespace()
    if isinstance(line, cst.SimpleStatementLine):
        header = line.trailing_whitespace
    space = cst.SimpleWhitespace(" ")
    return cst.With(
        items=[cst.WithItem(value, cst.AsName(cst.Name(name), whitespace_after_as=space))],
        body=cst.IndentedBlock(rest, header=header),
        asynchronous=cst.Asynchronous(),
        leading_lines=getattr(line, "leading_lines", ()),
    )
