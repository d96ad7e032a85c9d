"""Relationships that no mapping may load early: bulk statements or raw SQL change their rows while an owner is held."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.loading.requeried import held_classes
from awaitify.analysis.loading.staleness import Memo, bulk_changes, called_changes
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function


class BulkChanges:
    """Looks at every function of the project, also at those that stay sync: they load by the same mapping."""

    def __init__(self, types: Types, functions: Iterable[Function]):
        self.types, self.functions = types, [item for item in functions if not item.file.is_test]
        self.memo: Memo = {}
        self.places: list[tuple[Function, Node, str, bool]] | None = None
        self.judged: dict[tuple[str, str, bool], bool] = {}

    def touches(self, owner: str, target: str, uselist: bool) -> bool:
        """Whether rows of the target's class change where something may hold an object of the owner's class, which
        would have loaded them before; the sync service reads them afterwards. uselist: whether it leads to several,
        which may be others then; columns alone follow a statement that the session synchronizes."""
        key = (owner, target, uselist)
        if key not in self.judged:
            related = self.types.mapping.related
            self.judged[key] = any(
                (uselist or stale) and (not cls or related(cls, target)) and self._holds(function, node, owner)
                for function, node, cls, stale in self._all()
            )
        return self.judged[key]

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
