"""Overrides that tests take out and put back: `before = app.dependency_overrides.pop(get_db, None)`.

What was there for the twin is kept under a name of its own."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.keys import OverrideKey
from awaitify.project.index import File, Function, is_within, owner_of, span_of, text_of

Splice = tuple[tuple[int, int], str]


class Saved:
    """Knows the names that keep an override. keys: all uses of providers as keys."""

    def __init__(self, keys: list[OverrideKey]):
        self.names: set[tuple[File, Function | None, str]] = set()
        for key in keys:
            name = kept_name(key)
            if name is not None:
                self.names.add((key.file, _outermost(key), text_of(name)))

    def splices(self, key: OverrideKey) -> list[Splice]:
        """What a statement for the twin says in place of such a name: where it is kept, or put back."""
        name, value = kept_name(key), key.value
        found = [name] if name is not None else []
        if value is not None and value.type == "identifier":
            found += [value] if (key.file, _outermost(key), text_of(value)) in self.names else []
        return [(span_of(node), async_name(text_of(node))) for node in found]


def _outermost(key: OverrideKey) -> Function | None:
    owner = owner_of(key.file, key.node)
    while owner is not None and owner.parent is not None:
        owner = owner.parent
    return owner


def kept_name(key: OverrideKey) -> Node | None:
    """The name that a statement gives what was there."""
    statement = key.statement.named_children[0] if key.statement.type == "expression_statement" else None
    left = statement.child_by_field_name("left") if statement is not None else None
    is_kept = left is not None and left.type == "identifier" and not is_within(key.node, left)
    return left if is_kept and key.pair is None else None


def names_of(key: OverrideKey, twin: OverrideKey) -> list[Splice]:
    """What gives the statement of a twin, that keeps or puts back what was there, the names of the original."""
    pairs = [(kept_name(key), kept_name(twin)), (key.value, twin.value)]
    return [
        (span_of(new), text_of(old))
        for old, new in pairs
        if old is not None and new is not None and old.type == "identifier" and text_of(new) == async_name(text_of(old))
    ]
