"""What every decision about lazy loads looks at, and where refusals are noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.around import Around
from awaitify.analysis.loading.life import Life, Lives
from awaitify.analysis.loading.reach import Reach
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Mapping, Relationship
from awaitify.plan_model import Reason
from awaitify.project.index import Function, text_of

RULE = "lazy-load"


@dataclass(eq=False, slots=True)
class Context:
    """refreshes: whether a refresh loads relationships that it names (since SQLAlchemy 2.0.4); refusals: function id ->
    the reasons why it cannot become async."""

    mapping: Mapping
    types: Types
    reach: Reach
    lives: Lives
    refreshes: bool = True
    refusals: dict[str, dict[Reason, None]] = field(default_factory=dict)
    around: Around = field(init=False)

    def __post_init__(self) -> None:
        self.around = Around(self.reach)

    def refuse(self, function: Function, node: Node, message: str, rule: str = RULE) -> None:
        """Keeps every converted function that would run this place as it is."""
        self.refuse_roots(self.reach.reached.get(function.id, {function.id}), function, node, message, rule)

    def refuse_roots(
        self, roots: Iterable[str], function: Function, node: Node, message: str, rule: str = RULE
    ) -> None:
        """Keeps these converted functions as they are, for a place that they run."""
        reason = Reason(rule, message, function.file.source.relative, node.start_point[0] + 1)
        for root in roots:
            self.refusals.setdefault(root, {})[reason] = None

    def is_dropped(self, read: Read) -> bool:
        """Whether all converted functions that would run this read are refused."""
        return all(root in self.refusals for root in self.reach.reached[read.function.id])

    def relationship(self, read: Read) -> Relationship | None:
        """What is read, when it is a relationship."""
        return self.mapping.classes[read.cls].relationships.get(read.attr)

    def is_left_out(self, read: Read) -> bool:
        """Whether a refresh by name leaves the relationship out, so that the lazy load itself must run."""
        return self.relationship(read) is not None and (not self.refreshes or self.is_self_referential(read))

    def is_self_referential(self, read: Read) -> bool:
        """Whether the relationship leads back to its own class."""
        relationship = self.mapping.classes[read.cls].relationships[read.attr]
        return self.mapping.related(read.cls, relationship.target)

    def life(self, read: Read) -> Life | None:
        """The life of the object, when a plain name holds it."""
        if read.receiver is None or read.receiver.type != "identifier" or read.path:
            return None
        return self.lives.of(read.function, text_of(read.receiver))

    def is_new(self, read: Read) -> bool:
        """Whether a constructor made the object, as far as the function tells."""
        value = self.types.value(read.function, read.receiver) if read.receiver is not None else None
        life = self.life(read)
        return value.new if value is not None else life is not None and life.added

    def is_transient(self, read: Read) -> bool:
        """Whether the object was made in this function and not yet flushed: its relationships need no SQL."""
        life = self.life(read)
        if life is None or not life.made or not self.is_new(read):
            return False
        return not life.flushes_between(min(life.made), read.node.start_byte)
