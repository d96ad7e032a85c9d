"""What gives a loaded object another foreign key, apart from an assignment that names it."""

from __future__ import annotations

import re

from awaitify.analysis.loading.bindings import passed
from awaitify.analysis.loading.bulk_statements import bulk_changes
from awaitify.analysis.loading.keys import may_set_key
from awaitify.analysis.loading.staleness import Memo, called_changes
from awaitify.analysis.loading.steps import Segment
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Relationship
from awaitify.analysis.mapping.relationships import points_to
from awaitify.project.index import Call, Function, text_of

SETTERS = ("setattr", "sqlmodel_update", "update_from_dict")


class Rekeying:
    """bulk: function id -> its bulk statements, with the class of each."""

    def __init__(self, types: Types):
        self.types = types
        self.bulk: dict[str, list[tuple[int, str]]] = {}
        self.memo: Memo = {}

    def by_statement(self, function: Function, call: Call, relationship: Relationship) -> bool:
        """Whether a bulk statement may set the foreign key that the owner of a relationship has."""
        if relationship.uselist or not points_to(relationship, self.types.mapping):
            return False
        if function.id not in self.bulk:
            self.bulk[function.id] = [(node.id, cls) for node, cls, _ in bulk_changes(function, self.types)]
        own = [cls for node, cls in self.bulk[function.id] if node == call.node.id]
        own = own if may_set_key(call.node, relationship.owner, self.types.mapping) else []
        called = [cls for cls, _ in called_changes(function, call, self.types, self.memo)[0]]
        return any(not cls or self.types.mapping.related(cls, relationship.owner) for cls in (*own, *called))

    def sets(self, segment: Segment, call: Call, key: str) -> bool:
        """Whether a function that is given the object sets this key on it: `mapper.to_orm(data, row)`."""
        function = segment.function
        for callee in self.types.callees(function, call.node) if self.types.is_told(function, call.node) else ():
            for param in callee.params:
                given = passed(call, callee, param.name)
                if given is not None and text_of(given) == segment.name:
                    name = re.escape(param.name)
                    setters = rf"\b(?:{'|'.join(SETTERS)})\(\s*{name}\b|\b{name}\.(?:{'|'.join(SETTERS)})\("
                    pattern = rf"^\s*{name}\.{re.escape(key)}\s*=[^=]|{setters}"
                    return re.search(pattern, text_of(callee.node), re.MULTILINE) is not None
        return False
