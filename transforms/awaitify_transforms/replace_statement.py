"""A statement becomes other statements, or goes.

Why: a statement may have no async counterpart of the same shape (`yield from`, an `any()` that must be a loop).

Before, with the code `for item in items():\n    yield item`:

    yield from items()

After:

    for item in items():
        yield item

Comments above the statement and at its end stay, unless the statement goes: then what stands directly on it goes too.
A block that loses its last statement gets `pass`.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.edits import ReplaceStatement
from awaitify_transforms.statements import Statements, parse_statements

NODES = (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.BaseCompoundStatement)


def apply(statements: Statements, edit: ReplaceStatement, context: Context) -> Statements:
    """Raises TransformError for code that does not parse."""
    new: list[Any] = list(parse_statements(edit.code, context.source))
    old: Any = statements[0]
    if not new:
        return []
    new[0] = new[0].with_changes(leading_lines=[*old.leading_lines, *new[0].leading_lines])
    last = new[-1]
    both_lines = isinstance(old, cst.SimpleStatementLine) and isinstance(last, cst.SimpleStatementLine)
    if both_lines and last.trailing_whitespace.comment is None:
        new[-1] = last.with_changes(trailing_whitespace=old.trailing_whitespace)
    return new
