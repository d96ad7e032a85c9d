"""Relationships that no mapping may load early: bulk statements or raw SQL change their rows while an owner is held."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.loading.bulk_statements import bulk_changes
from awaitify.analysis.loading.requeried import held_classes
from awaitify.analysis.loading.staleness import Memo, called_changes
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.links import link_of
from awaitify.analysis.mapping.model import Relationship
from awaitify.project.index import Function


class BulkChanges:
    """Looks at every function of the project, also at those that stay sync: they load by the same mapping."""

    def __init__(self, types: Types, functions: Iterable[Function]):
        self.types, self.functions = types, [item for item in functions if not item.file.is_test]
        self.memo: Memo = {}
        self.places: list[tuple[Function, Node, str, bool]] | None = None
        self.judged: dict[Relationship, bool] = {}

    def touches(self, relationship: Relationship) -> bool:
        """Whether rows that it leads to, or that stand between, change where something may hold an object of its owner,
        which would have loaded them before: the sync service reads them afterwards, a flush among others. One that
        leads to several may lead to others then; columns alone follow a statement that the session synchronizes."""
        if relationship not in self.judged:
            related, link = self.types.mapping.related, link_of(relationship, self.types.mapping)
            self.judged[relationship] = any(
                (relationship.uselist or stale)
                and (cls in ("", link) or related(cls, relationship.target))
                and self._holds(function, node, relationship.owner)
                for function, node, cls, stale in self._all()
            )
        return self.judged[relationship]

    def _all(self) -> list[tuple[Function, Node, str, bool]]:
        """(function, statement or call, id of the class that changes, "" for any, whether loaded columns get stale)."""
        if self.places is None:
            self.places = []
            for function in self.functions:
                self.places += [(function, node, cls, stale) for node, cls, stale in bulk_changes(function, self.types)]
                for call in function.calls:
                    changes, _ = called_changes(function, call, self.types, self.memo)
                    self.places += [(function, call.node, cls, stale) for cls, stale in sorted(changes)]
        return self.places

    def _holds(self, function: Function, node: Node, owner: str) -> bool:
        """Whether a name holds an object of the class, or one that leads to such, before a statement."""
        mapping = self.types.mapping
        for cls in held_classes(function, self.types, node.start_byte):
            mapped = mapping.get(cls)
            leads = mapped is not None and any(
                mapping.related(item.target, owner) for item in mapped.relationships.values()
            )
            if leads or mapping.related(cls, owner):
                return True
        return False
