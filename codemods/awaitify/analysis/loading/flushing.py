"""Which calls flush: `commit` and `flush` of a session, and functions of the project that get there."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function

FLUSHES = {"commit", "flush"}


class Flushing:
    """Follows calls by type, each function once."""

    def __init__(self, types: Types):
        self.types = types
        self.memo: dict[str, bool] = {}

    def is_told(self, function: Function, node: Node) -> bool:
        """Whether a call certainly means functions of the project."""
        return self.types.is_told(function, node)

    def may_flush(self, function: Function, node: Node) -> bool:
        """Whether a call of the project flushes, itself or through what it calls."""
        if not self.is_told(function, node):
            return False
        for callee in self.types.callees(function, node):
            if callee.id not in self.memo:
                self.memo[callee.id] = any(last_name(call.node) in FLUSHES for call in callee.calls)
                self.memo[callee.id] |= callee.id in self.types.endings
                self.memo[callee.id] |= any(self.may_flush(callee, call.node) for call in callee.calls)
            if self.memo[callee.id]:
                return True
        return False
