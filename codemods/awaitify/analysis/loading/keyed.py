"""Relationships that no mapping may load early: code that stays sync makes their rows by a key, and reads them then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from awaitify.analysis.loading.keys import keys_of
from awaitify.analysis.loading.names import keyword, last_name, positional
from awaitify.analysis.loading.reach import Reach
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.links import link_of
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Call, Function, text_of

#: What reads, or changes by a statement, which other rules follow: no row is made of a class that these are given.
QUERIES = {
    "get", "get_one", "query", "select", "exists", "join", "outerjoin", "delete", "update", "insert", "filter", "cast",
    "where", "options", "aliased", "with_entities", "isinstance", "count", "select_from", "relationship", "scalar",
}  # fmt: skip
NAMES, NOTHING = ("identifier", "attribute"), frozenset[str]()
SPREAD = "**"
KEEPS = re.compile(rb"expire_on_commit\s*=\s*False")
NAMED = re.compile(rb"([\w\])]+)\s*\.\s*(\w+)\b(?!\s*\()")
KEYED = re.compile(rb"\.\s*(\w+)_id\s*=(?!=)")


class KeyedChanges:
    """Looks at what stays sync and goes on loading by the same mapping; at tests where their sessions keep what was
    loaded when they commit. What moves is followed object by object."""

    def __init__(self, types: Types, reach: Reach):
        self.types, self.reach = types, reach
        self.judged: dict[Relationship, bool] = {}
        self.staying: list[Function] | None = None
        self.read: set[bytes] = set()
        self.keyed: set[bytes] = set()
        self.made: set[tuple[str, frozenset[str]]] = set()

    def touches(self, relationship: Relationship) -> bool:
        """Whether the relationship is read in code that stays, and led to other objects there before: a row was made,
        or deleted, that leads back by its key, or the key of the owner was set."""
        if self.staying is None:
            self._look()
        if relationship not in self.judged:
            name = relationship.name.encode()
            to_one = not relationship.uselist and keyword(relationship.node, "uselist") is None
            changes = name in self.keyed if to_one else any(self._changes(relationship, *item) for item in self.made)
            self.judged[relationship] = changes and name in self.read
        return self.judged[relationship]

    def _changes(self, relationship: Relationship, cls: str, told: frozenset[str]) -> bool:
        """Whether a row of the class may lead to the owner, of whom nobody is told. told: the keywords that are set."""
        mapping = self.types.mapping
        if not mapping.related(cls, relationship.target) or link_of(relationship, mapping):
            return False
        keys = keys_of(cls, mapping)
        is_keyed = not told or SPREAD in told or not keys or not keys.isdisjoint(told)
        return is_keyed and not (relationship.inverse and relationship.inverse in told)

    def _look(self) -> None:
        """Notes what the functions that stay read, and what they make."""
        self.staying = self._staying()
        mapped = {mapped.cls.name.encode() for mapped in self.types.mapping.classes.values()}
        for function in self.staying:
            text = function.node.text or b""
            self.read |= {name for owner, name in NAMED.findall(text) if owner not in mapped}
            self.keyed |= set(KEYED.findall(text))
            self.made.update(cls for call in function.calls for cls in self._makes(function, call))

    def _staying(self) -> list[Function]:
        every = self.reach.project.functions.values()
        keeps = any(KEEPS.search(file.source.text) for file in self.reach.project.files if file.is_test)
        helpers = [item for item in every if item.id in self.reach.functions and item.id not in self.reach.converted]
        found = [item for item in every if item.id not in self.reach.functions and (keeps or not item.file.is_test)]
        words = {word for item in found for _, word in NAMED.findall(item.node.text or b"")}
        words |= {last_name(call.callee).encode() for item in found for call in item.calls}
        return [*found, *(item for item in helpers if item.name.encode() in words)]

    def _makes(self, function: Function, call: Call) -> Iterator[tuple[str, frozenset[str]]]:
        """(class, the keywords that are set) for what a call makes, deletes, or has a function of the project make."""
        names, name = self.types.mapping.names, last_name(call.callee)
        arguments = call.node.child_by_field_name("arguments")
        given = [item for item in arguments.named_children if item.type != "comment"] if arguments is not None else []
        cls = names.find(function.file, text_of(call.callee))
        if cls is not None and cls.id in self.types.mapping.classes:
            keys = [item.child_by_field_name("name") for item in given]
            spread = {SPREAD for item in given if item.type == "dictionary_splat"}
            if given:
                yield cls.id, frozenset({text_of(key) for key in keys if key is not None} | spread)
        elif name == "delete" and positional(call.node):
            value = self.types.value(function, positional(call.node)[0])
            yield from [(value.cls, NOTHING)] if value is not None and value.cls else []
        elif name not in QUERIES and name in self.reach.names:
            values = [item.child_by_field_name("value") or item for item in given]
            found = [names.find(function.file, text_of(item)) for item in values if item.type in NAMES]
            yield from (
                (item.id, NOTHING) for item in found if item is not None and item.id in self.types.mapping.classes
            )
