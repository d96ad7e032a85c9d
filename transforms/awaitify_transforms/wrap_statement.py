"""A statement moves into an `async with` block of its own.

Why: what a library does by a call of its own takes, in the async form, a client that is opened and closed.

Before:

    # The answer.
    response = client.get(url)

After, with the code `httpx.AsyncClient()` and the name `client`:

    # The answer.
    async with httpx.AsyncClient() as client:
        response = client.get(url)

Comments above the statement stay above the block. It will not judge what is inside: other edits change that.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.building import expression
from awaitify_transforms.edits import WrapStatement
from awaitify_transforms.statements import Statements

NODES = (cst.SimpleStatementLine, cst.SimpleStatementSuite)


def apply(statements: Statements, edit: WrapStatement, context: Context) -> Statements:
    """Raises TransformError for code that is not an expression."""
    first, *others = statements
    above = getattr(first, "leading_lines", ())
    item = cst.WithItem(
        expression(edit.code), cst.AsName(cst.Name(edit.name), whitespace_after_as=cst.SimpleWhitespace(" "))
    )
    block = cst.With(
        items=[item],
        body=cst.IndentedBlock([first.with_changes(leading_lines=()), *others]),
        asynchronous=cst.Asynchronous(),
        leading_lines=above,
    )
    return [block]
