"""Mapped columns that hold JSON, by what they are made with: `payload = Column(JSON)`, without an annotation too."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import File, text_of

MAKERS = {
    "sqlalchemy.sql.schema.Column", "sqlalchemy.orm._orm_constructors.mapped_column",
    "sqlalchemy.orm._orm_constructors.deferred",
}  # fmt: skip
#: What the database's driver decodes, without a function of the project between. ARRAY holds what its argument says.
JSON = {
    "sqlalchemy.sql.sqltypes.JSON", "sqlalchemy.dialects.postgresql.json.JSON",
    "sqlalchemy.dialects.postgresql.json.JSONB", "sqlalchemy.dialects.postgresql.hstore.HSTORE",
    "sqlalchemy.dialects.sqlite.json.JSON", "sqlalchemy.dialects.mysql.json.JSON",
}  # fmt: skip
ARRAYS = {"sqlalchemy.sql.sqltypes.ARRAY", "sqlalchemy.dialects.postgresql.array.ARRAY"}
#: `MutableDict.as_mutable(JSON)` and `JSON().with_variant(JSONB(), "postgresql")` hold what the types in them hold.
AROUND = {"as_mutable", "with_variant"}


def is_json_column(value: Node, file: File, resolution: Resolution) -> bool:
    """Whether what stands behind `=` in a mapped class makes a column of JSON."""
    call = resolution.call_at(file, value) if value.type == "call" else None
    if call is None or not _named(value.child_by_field_name("function"), file, resolution) & MAKERS:
        return False
    given = [item for item in call.arguments if item.type != "keyword_argument"][:2]
    named = [item.child_by_field_name("value") for item in call.arguments if text_of(item).startswith("type_=")]
    return any(item is not None and _is_json(item, file, resolution) for item in (*given, *named))


def _is_json(node: Node, file: File, resolution: Resolution, depth: int = 0) -> bool:
    if depth > 4 or node.type not in ("identifier", "attribute", "call"):
        return False
    if node.type != "call":
        return bool(_named(node, file, resolution) & JSON)
    callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or arguments is None:
        return False
    first = next((item for item in arguments.named_children if item.type != "keyword_argument"), None)
    if callee.type == "attribute" and text_of(callee).rpartition(".")[2] in AROUND:
        owner = callee.child_by_field_name("object")
        inner = [first] if text_of(callee).endswith("as_mutable") else [owner, first]
        return all(item is not None and _is_json(item, file, resolution, depth + 1) for item in inner)
    if first is not None and _named(callee, file, resolution) & ARRAYS:
        return _is_json(first, file, resolution, depth + 1)
    return _is_json(callee, file, resolution, depth + 1)


def _named(node: Node | None, file: File, resolution: Resolution) -> set[str]:
    """What a name means, and the class behind an alias of it."""
    if node is None:
        return set()
    return {target.name for target in resolution.definition(file, node)}
