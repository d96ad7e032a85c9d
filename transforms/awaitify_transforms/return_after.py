"""`return value` becomes `found = value`, a statement about it, and `return found`.

Why: what reads the value later cannot wait for the database; a statement before the return can.

Before:

    return await read(db, key)  # the newest

After, with the name `found` and the statement `await db.run_sync(show)`:

    found = await read(db, key)
    await db.run_sync(show)
    return found  # the newest

Without a name, the value has one already: the statement alone is put before. A result, which can be read once, is read
first: `found = (await db.scalars(query)).all()`.

It will not touch a `return` without a value, or one that shares its line.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.chains import chained
from awaitify_transforms.edits import ReturnAfter
from awaitify_transforms.statements import Statements, parse_statements

NODES = (cst.SimpleStatementLine,)


def apply(statements: Statements, edit: ReturnAfter, context: Context) -> Statements:
    """Raises TransformError for another statement."""
    *others, last = statements
    part = last.body[0] if isinstance(last, cst.SimpleStatementLine) and len(last.body) == 1 else None
    value = part.value if isinstance(part, cst.Return) else None
    if not isinstance(last, cst.SimpleStatementLine) or not isinstance(part, cst.Return) or value is None:
        raise TransformError("the statement is no `return` of a value")
    (before,) = parse_statements(edit.code, context.source)
    returned = last
    found = []
    if edit.name:
        name = cst.Name(edit.name)
        value = chained(value, edit.read, []) if edit.read else value
        found = [cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(name)], value)])]
        returned = last.with_changes(body=[part.with_changes(value=name)])
    first, *rest = [*found, before]
    first = first.with_changes(leading_lines=last.leading_lines)  # type: ignore[attr-defined]
    return [*others, first, *rest, returned.with_changes(leading_lines=[])]
