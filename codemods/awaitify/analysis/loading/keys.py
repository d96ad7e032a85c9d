"""Which statements may give rows another foreign key, by the columns that the mapping says are keys."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, walk
from awaitify.analysis.mapping.model import Mapping, assigned
from awaitify.project.index import text_of

KEY = re.compile(r"\bForeignKey\(|\bforeign_key\s*=")
STATEMENTS = ("update", "delete", "execute")
#: What says which columns a statement sets.
SETTING = ("update", "values")


def may_set_key(node: Node, cls: str, mapping: Mapping) -> bool:
    """Whether a bulk statement, or what a call runs, may set a foreign key of a class ("" for any): it names one, or
    what it sets is not written out."""
    if last_name(node) not in STATEMENTS:
        return True
    keys = keys_of(cls, mapping)
    return not keys or not keys.isdisjoint(re.findall(r"\w+", text_of(node))) or not _is_written_out(node)


def keys_of(cls: str, mapping: Mapping) -> set[str]:
    """The attributes that are foreign keys; none where the mapping does not show them."""
    owners = [mapping.classes[cls]] if cls in mapping.classes else list(mapping.classes.values())
    return {
        name
        for mapped in owners
        for base in mapping.names.bases(mapped.cls)
        for name, value in assigned(base).items()
        if value is not None and KEY.search(text_of(value))
    }


def _is_written_out(node: Node) -> bool:
    """Whether the columns that a statement sets stand in it; a deletion sets none."""
    setting = [item for item in walk(node) if item.type == "call" and last_name(item) in SETTING]
    deletes = any(last_name(item) == "delete" for item in walk(node) if item.type == "call")
    if deletes and not setting:
        return True
    given = [argument for call in setting for argument in _arguments(call)]
    spread = any(item.type == "dictionary_splat" for argument in given for item in walk(argument))
    return bool(given) and not spread


def _arguments(call: Node) -> list[Node]:
    """What `values(a=1)` and `update({"a": 1})` are given, where they set something: `update(A)` names a table."""
    arguments = call.child_by_field_name("arguments")
    written = ("dictionary", "keyword_argument", "dictionary_splat")
    return [item for item in arguments.named_children if item.type in written] if arguments is not None else []
