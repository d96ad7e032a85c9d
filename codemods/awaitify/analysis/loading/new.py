"""New and changed objects: what a flush leaves unloaded is refreshed right after it, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.computed import COMPUTED, Computed
from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.cures import insert_load, insert_refresh
from awaitify.analysis.loading.graph import Edge
from awaitify.analysis.loading.life import Life, block_of, dominates
from awaitify.analysis.loading.names import keyword
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source
from awaitify.project.index import File, Function, text_of


class NewObjects:
    """edges: the relationships that the mapping loads, so that a whole refresh loads them too. fresh: reads that are
    known to be of new objects; carry: lets what reads run on the session, where it can. judged: (function, attribute)
    of each object whose life was looked at."""

    def __init__(
        self, context: Context, edges: set[Edge], fresh: Collection[Read], carry: Callable[[Read], bool],
        computed: Computed,
    ):  # fmt: skip
        self.context, self.edges, self.fresh, self.carry, self.computed = context, edges, fresh, carry, computed
        self.judged: set[tuple[str, str]] = set()
        self.refreshes: dict[tuple[str, str, int], tuple[Function, Node, set[str]]] = {}
        self.loads: dict[tuple[str, str, int, str], tuple[Function, InsertCode]] = {}

    def refresh(self, read: Read) -> None:
        """Plans the refresh that a new or changed object needs before this read; refuses where there is no place."""
        context = self.context
        life = context.life(read)
        late = context.mapping.classes[read.cls].late.get(read.attr)
        if life is None or not (late or context.relationship(read)):
            return
        if self._is_given(read, life):
            self.judged.add((read.function.id, read.attr))
            return
        value = context.types.value(read.function, read.receiver) if read.receiver is not None else None
        if value is not None and not context.mapping.related(value.cls, read.cls):
            return  # several functions of one name: not the one that made this object
        start = self._stale_from(read, life, late)
        if start is None:
            return
        self.judged.add((read.function.id, read.attr))
        whole = not self._stays_lazy(read)
        for anchor in self._anchors(read, life, start, whole):
            if life.is_refreshed(anchor, read.node, read.attr, whole):
                continue
            if late != COMPUTED or self.computed.is_renewed_by(read, life, anchor):
                self._plan(read, life, anchor)
            else:
                self._run(read)

    def has_judged(self, source: Source, attr: str) -> bool:
        """Whether the object that a constructor makes was looked at, there or where a name gets it."""
        holding = {source.function.id, *(use.function.id for use in source.uses if not use.path)}
        return any((holder, attr) in self.judged for holder in holding)

    def edits(self) -> list[tuple[File, InsertCode]]:
        """The refreshes of functions that are not refused."""
        found = []
        for (owner, name, _), (function, anchor, attributes) in sorted(
            self.refreshes.items(), key=lambda item: item[0]
        ):
            edit = insert_refresh(function, anchor, name, sorted(attributes), self.context.mapping.names)
            if owner not in self.context.refusals and edit is not None:
                found.append((function.file, edit))
        loads = [item for key, item in sorted(self.loads.items()) if key[0] not in self.context.refusals]
        return [*found, *((function.file, edit) for function, edit in loads)]

    def _stays_lazy(self, read: Read) -> bool:
        """Whether a refresh of the whole object leaves the attribute out."""
        relationship = self.context.relationship(read)
        return relationship is not None and not relationship.eager and (read.cls, read.attr) not in self.edges

    def _anchors(self, read: Read, life: Life, start: int, whole: bool) -> list[Node]:
        """The last flush of each block; a refresh of the whole object after it takes its place."""
        before = read.node.start_byte
        if whole:
            return life.flushes_between(start, before)
        refreshed = [node for node, names in life.refreshes if not names and start < node.start_byte < before]
        flushes = [node for node in life.flushes if start < node.start_byte < before]
        last = {block_of(node): node for node in sorted([*flushes, *refreshed], key=lambda item: item.start_byte)}
        return list(last.values())

    def _is_given(self, read: Read, life: Life) -> bool:
        """Whether the relationship of a new object was set by hand, which counts as loaded: until the whole object is
        refreshed, where the mapping does not load it again."""
        bindings = self.context.types.bindings(read.function).get(life.name, [])
        made = [right.start_byte for _, right in bindings if right.type == "call" and keyword(right, read.attr)]
        given = [place for place in (*life.given.get(read.attr, ()), *made) if place < read.node.start_byte]
        return bool(given) and not (self._stays_lazy(read) and life.is_unloaded(max(given), read.node.start_byte))

    def _stale_from(self, read: Read, life: Life, late: str | None) -> int | None:
        """The offset after which a flush leaves the attribute unloaded; None when none does."""
        before = read.node.start_byte
        if late == "onupdate":
            changed = [offset for offset in life.changed if offset < before]
            flushed = [node.start_byte for node in life.flushes if node.start_byte < before]
            stale = [offset for offset in changed if any(offset <= item for item in flushed)]
            # A change of a new object before its first flush belongs to the INSERT.
            if self.context.is_new(read) and flushed:
                stale = [offset for offset in stale if offset > min(flushed)]
            return min(stale) if stale else None
        if late == COMPUTED:
            return self.computed.stale_from(read, life)
        made = [offset for offset in life.made if offset < before]
        is_new = read in self.fresh or self.context.is_new(read)
        return min(made) if made and is_new else None

    def _plan(self, read: Read, life: Life, anchor: Node) -> None:
        context, function = self.context, read.function
        made = context.types.bindings(function).get(life.name, [])
        is_left_out = context.is_left_out(read)
        insert = insert_load(function, anchor, life.name, read.attr, context.mapping.names)
        edit = (
            insert if is_left_out else insert_refresh(function, anchor, life.name, [read.attr], context.mapping.names)
        )
        certain = dominates(anchor, read.node) or any(block_of(right) == block_of(anchor) for _, right in made)
        if edit is None or not certain or function.id not in context.reach.converted:
            self._run(read)
            return
        key = (function.id, life.name, anchor.start_byte)
        if is_left_out:
            self.loads[*key, read.attr] = (function, edit)
            return
        known = read.receiver is not None and context.types.value(function, read.receiver) is not None
        self.refreshes.setdefault(key, (function, anchor, set()))[2].add(read.attr if known else "")

    def _run(self, read: Read) -> None:
        """Lets what reads run on the session, where that gives the same."""
        if not self.carry(read):
            message = (
                f"{text_of(read.receiver or read.node)}.{read.attr} is read after a commit and nothing refreshes it"
            )
            self.context.refuse(read.function, read.node, message)
