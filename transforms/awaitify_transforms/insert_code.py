"""Statements are put before or after a statement, with the indentation of the place.

Why: some changes need a line of their own (`await db.refresh(user)`, a rebinding, a second dependency).

Before, with the code `await db.refresh(user)` after the second statement:

    await db.commit()
    user.name

After:

    await db.commit()
    user.name
    await db.refresh(user)

A comment that stands directly on the statement stays on it; a definition before it gets an empty line. A line with
`;`, or a suite on the line of its colon, is broken up. It will not insert a comment alone.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import InsertCode
from awaitify_transforms.statements import Statements, blank_lines, parse_statements

NODES = (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.BaseCompoundStatement)
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


def apply(statements: Statements, edit: InsertCode, context: Context) -> Statements:
    """Raises TransformError for code that does not parse or has no statement."""
    new = parse_statements(edit.code, context.source)
    if edit.where == "after":
        return _after(statements, new)
    if edit.where != "before":
        raise TransformError(f"where is {edit.where}, not before or after")
    if not new or not statements:
        return [*new, *statements]
    first = statements[0]
    blank, attached = blank_lines(first)
    lines = 2 if isinstance(context.parent, cst.Module) else 1  # around a definition, as PEP 8 has it
    if lines == 2 and isinstance(new[0], (cst.FunctionDef, cst.ClassDef)):
        blank = [*blank, *[cst.EmptyLine(indent=False)] * (lines - len(blank))]
    new[0] = new[0].with_changes(leading_lines=[*blank, *new[0].leading_lines])  # type: ignore[attr-defined]
    if not isinstance(first, (cst.FunctionDef, cst.ClassDef)) or not blank_lines(first)[0]:
        gap = [cst.EmptyLine(indent=False)] * lines if isinstance(new[-1], (cst.FunctionDef, cst.ClassDef)) else []
        first = first.with_changes(leading_lines=[*gap, *attached])
    return [*new, first, *statements[1:]]


def _after(statements: Statements, new: Statements) -> Statements:
    """A definition after another one: blank lines that end its block, indented as they are, come after both."""
    last = statements[-1] if statements else None
    if not isinstance(last, _DEFINITIONS) or not new or not isinstance(new[-1], _DEFINITIONS):
        return [*statements, *new]
    footer = _footer(last)
    if not footer or not isinstance(new[-1].body, cst.IndentedBlock) or any(line.comment for line in footer):
        return [*statements, *new]
    new[-1] = new[-1].with_deep_changes(new[-1].body, footer=[*_footer(new[-1]), *footer])
    return [*statements[:-1], last.with_deep_changes(last.body, footer=[]), *new]


def _footer(definition: cst.FunctionDef | cst.ClassDef) -> list[cst.EmptyLine]:
    return list(definition.body.footer) if isinstance(definition.body, cst.IndentedBlock) else []
