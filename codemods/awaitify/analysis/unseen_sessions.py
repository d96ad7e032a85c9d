"""Statements that a library is handed, to run them in a session that it has of its own."""

from __future__ import annotations

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call

BUILDERS = ("sqlalchemy.sql._selectable_constructors.", "sqlalchemy.sql.selectable.", "sqlmodel.sql.")
UNSEEN = "runs a statement in a session that is not seen, and what it gives may go on loading"
STATEMENTS = {
    "sqlalchemy.sql.selectable.Select", "sqlalchemy.orm.query.Query",
    "sqlmodel.sql._expression_select_cls.SelectOfScalar",
}  # fmt: skip


def takes_statement(call: Call, resolution: Resolution) -> bool:
    """Whether a statement or a Query is handed over: what blocks on it has a session of its own, and what it gives may
    be mapped objects, which a route that becomes async would read on the event loop."""
    todo = list(call.arguments)
    while todo:
        node = todo.pop()
        value = node.child_by_field_name("value") if node.type == "keyword_argument" else node
        if value is None:
            continue
        if resolution.class_names(call.file, value) & STATEMENTS:
            return True
        made = resolution.call_at(call.file, value)
        built = resolution.targets.get(made, ()) if made is not None else ()
        if any(target.name.startswith(BUILDERS) for target in built):
            return True
        todo += made.arguments if made is not None else []
    return False
