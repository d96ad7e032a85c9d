"""Whether the rows of a class may change between a query and a read: then what the query loaded is not what is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from tree_sitter import Node

from awaitify.analysis.loading.autoflush import Autoflush
from awaitify.analysis.loading.endings import passed_by
from awaitify.analysis.loading.flushing import FLUSHES, Flushing
from awaitify.analysis.loading.life import refreshed_whole
from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.analysis.loading.rekeying import SETTERS, Rekeying
from awaitify.analysis.loading.requeried import held_classes, reachable_classes
from awaitify.analysis.loading.steps import Segment, Source
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.links import TABLE, link_of
from awaitify.analysis.mapping.model import Relationship
from awaitify.analysis.mapping.relationships import points_to
from awaitify.project.index import Call, Function, text_of

ANY = "*"
STATEMENTS = {"insert", "update", "delete"}
RAW = re.compile(r"\b(update|delete\s+from|insert\s+into|merge\s+into|call)\b", re.IGNORECASE)
#: What changes an attribute in place.
CHANGES = r"(?:\s*\+?=[^=]|\.(?:append|remove|extend|clear|insert|pop|add|discard|update)\()"
BULK = {"bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "merge"}
BUILT_IN = {name for kind in (list, dict, set, str) for name in dir(kind)}


class Changes:
    """Reads each function once: the classes whose rows it, or what it calls, makes, deletes or changes in bulk.

    depends: function id -> what runs before it through `Depends`, whose objects live as long."""

    def __init__(self, types: Types, depends: Mapping[str, Collection[Function]]):
        self.types, self.depends, self.flushing = types, depends, Flushing(types)
        self.autoflush, self.rekeying = Autoflush(types), Rekeying(types)
        self.memo: dict[str, frozenset[str]] = {}
        self.tables = frozenset[str]()
        self.makers: dict[str, frozenset[str]] = {}
        self.keys: dict[str, list[tuple[int, Node]]] = {}

    def between(self, source: Source, relationship: Relationship) -> bool:
        """Whether the members of a relationship may change after its owner was loaded and before it is read."""
        changed = False
        for segment in reversed((*source.segments, *source.earlier)):
            events = sorted(self._events(segment, relationship), key=lambda item: item[0])
            changed = not events[-1][1] if events else changed
        return changed

    def is_pending(self, source: Source, relationship: Relationship) -> bool:
        """Whether the members may be changed in memory when they are read: a refresh before a flush would lose that."""
        names = "|".join(re.escape(name) for name in (relationship.name, relationship.inverse) if name)
        pattern = re.compile(rf"\.(?:{names})\b{CHANGES}".encode())
        pending = False
        for segment in reversed(source.segments):
            own, text = segment.function.node, segment.function.node.text or b""
            start, end = segment.start - own.start_byte, segment.end - own.start_byte
            made = [own.start_byte + match.start() for match in pattern.finditer(text, max(start, 0), max(end, 0))]
            made += [place for place, is_refresh in self._events(segment, relationship) if not is_refresh]
            flushed = self._flushes(segment)
            if made or flushed:
                pending = max(made, default=-1) > max(flushed, default=-1)
        return pending

    def is_flushed_by_read(self, source: Source, relationship: Relationship) -> bool:
        """Whether the lazy load flushes members that were changed in memory, and reads them as the rows are ordered."""
        return self.autoflush.is_on and relationship.uselist and self.is_pending(source, relationship)

    def _flushes(self, segment: Segment) -> list[int]:
        function = segment.function
        places = [call.node for call in function.calls if segment.start <= call.node.start_byte < segment.end]
        return [node.start_byte for node in places
                if last_name(node) in FLUSHES or self.flushing.may_flush(function, node)]  # fmt: skip

    def is_unloaded_new(self, source: Source) -> bool:
        """Whether a new object is flushed before it is read, and not refreshed: nothing loads what it was not given."""
        return source.kind == "new" and self.is_flushed(source) and not self._is_refreshed(source)

    def leads_back(self, source: Source, names: Sequence[str]) -> bool:
        """Whether the last name leads back along a collection: the parent is in the identity map."""
        passed = self._passed(source, names)
        last = passed[-1] if passed else None
        mapped = self.types.mapping.get(last.target) if last is not None else None
        back = mapped.relationships.get(names[-1]) if mapped is not None else None
        return last is not None and back is not None and back.name == last.inverse and not back.uselist

    def is_new_below(self, source: Source, names: Sequence[str]) -> bool:
        """Whether the object may lead to others that are new, and were flushed: no mapping loads what they lead to."""
        targets = [item.target for item in self._passed(source, names) if item is not None]
        if not targets or not (self.is_flushed(source) or self._may_flush_itself(source)):
            return False
        made = set[str]().union(*(self._made(function) for function in self._around(source)))
        if not any(self.types.mapping.related(one, target) for one in made for target in targets):
            return False
        is_given = source.kind == "new" and not self._is_refreshed(source)
        return is_given or self._is_held(source, targets)

    def _may_flush_itself(self, source: Source) -> bool:
        """Whether a query, or a lazy load of what is not new, may flush."""
        return self.autoflush.is_on and (source.kind != "new" or self.autoflush.reaches(source))

    def _made(self, function: Function) -> frozenset[str]:
        """The mapped classes that a function, or what it calls, makes objects of."""
        if function.id not in self.makers:
            self.makers[function.id] = frozenset()
            found: set[str] = set()
            for call in function.calls:
                cls = self.types.class_called(function, call.callee)
                if cls is not None:
                    found.add(cls.id)
                elif self.types.is_told(function, call.node):
                    found = found.union(*(self._made(item) for item in self.types.callees(function, call.node)))
            self.makers[function.id] = frozenset(found)
        return self.makers[function.id]

    def moves_below(self, source: Source, names: Sequence[str], is_kept: bool) -> bool:
        """Whether other objects may join those on the way, by a change in memory or of a key, or one of them may be
        refreshed: that loads nothing by the options of this query. is_kept: whether rows that change do not show."""
        passed = [item for item in self._passed(source, names) if item is not None]
        if any(self.is_pending(source, item) or (not is_kept and self.between(source, item)) for item in passed):
            return True
        targets = {item.target for item in passed}
        return bool(targets) and any(
            self.types.mapping.related(value.cls, target)
            for function in self._around(source) for call in function.calls
            if (given := refreshed_whole(call.node)) is not None
            if (value := self.types.value(function, given)) is not None
            for target in targets
        )  # fmt: skip

    def is_expired_below(self, source: Source, names: Sequence[str]) -> bool:
        """Whether a refresh on the way expired what the names lead to: it goes on through a cascade, and loads nothing
        again below what it names, by an option or an eager mapping, where something else holds the objects."""
        passed = self._passed(source, names)
        reached = [item.target if item is not None else "" for item in passed if item is None or item.passes_on]
        return bool(reached) and self._is_refreshed(source) and self._is_held(source, reached)

    def is_reloaded_without(self, source: Source) -> bool:
        """Whether a refresh on the way may load by the options of an earlier query, which found the same object."""
        if source.kind != "query" or not self._is_refreshed(source):
            return False
        function, earlier = source.function, self.depends.get(source.function.id, ())
        held = held_classes(function, self.types, source.node.start_byte)
        held = held.union(*(held_classes(item, self.types) for item in earlier))
        held |= reachable_classes([function, *earlier], held, self.types)
        return any(self.types.mapping.related(cls, source.root) for cls in held)

    def _passed(self, source: Source, names: Sequence[str]) -> list[Relationship | None]:
        """The relationships on the way to the object that has the last name."""
        owner = self.types.mapping.get(source.root)
        passed: list[Relationship | None] = []
        for name in names[:-1]:
            relationship = owner.relationships.get(name) if owner is not None else None
            passed.append(relationship)
            owner = self.types.mapping.get(relationship.target) if relationship is not None else None
        return passed

    def _around(self, source: Source) -> list[Function]:
        """The functions that the object passes through, and what runs before them."""
        functions = {segment.function.id: segment.function for segment in source.segments}
        for one in list(functions):
            functions.update((item.id, item) for item in self.depends.get(one, ()))
        return list(functions.values())

    def _is_held(self, source: Source, classes: Sequence[str]) -> bool:
        """Whether a name may hold an object of these classes ("" for any), itself or by what its mapping loads."""
        held = set[str]().union(*(held_classes(item, self.types) for item in self._around(source)))
        held |= {item.target for cls in held - {source.root} if (mapped := self.types.mapping.get(cls))
                 for item in mapped.relationships.values() if item.eager}  # fmt: skip
        return any(not cls or self.types.mapping.related(cls, other) for cls in classes for other in held)

    def is_flushed(self, source: Source) -> bool:
        """Whether something is flushed on the way."""
        is_ended = any(passed_by(self.types.endings, source))
        return is_ended or any(self._flushes(segment) for segment in source.segments)

    def _is_refreshed(self, source: Source) -> bool:
        return any(self._refreshes(segment) for segment in source.segments if segment.name)

    def _refreshes(self, segment: Segment) -> bool:
        calls = [call for call in segment.function.calls if segment.start <= call.node.start_byte < segment.end]
        return any(_is_refreshed_whole(call, segment.name) for call in calls)

    def rekeyed(self, source: Source, attr: str) -> bool:
        """Whether a function that is given the object sets the foreign key of a relationship on the way, by its name
        (`author_id` of `author`): what it leads to is another object then."""
        changed = False
        for segment in reversed(source.segments):
            for call in segment.function.calls if segment.name else ():
                if segment.start <= call.node.start_byte < segment.end:
                    named = any(text_of(item) == segment.name for item in positional(call.node)[:1])
                    is_refreshed = last_name(call.node) == "refresh" and named
                    changed = not is_refreshed and (changed or self.rekeying.sets(segment, call, f"{attr}_id"))
        return changed

    def _events(self, segment: Segment, relationship: Relationship) -> Iterator[tuple[int, bool]]:
        """(offset, whether it refreshes the object) of all that matters in a stretch."""
        function = segment.function
        for call in function.calls:
            if not segment.start <= call.node.start_byte < segment.end:
                continue
            if segment.name and _is_refreshed_whole(call, segment.name):
                yield call.node.start_byte, last_name(call.node) == "refresh"
            elif (
                self._touches(self._of_call(function, call), relationship)
                or (last_name(call.node) in SETTERS and segment.name and segment.name in text_of(call.node))
                or (segment.name and self.rekeying.sets(segment, call, f"{relationship.name}_id"))
                or self.rekeying.by_statement(function, call, relationship)
            ):
                yield call.node.start_byte, False
        for place, base in self._key_changes(function):
            if segment.start <= place < segment.end and self._is_side(function, base, relationship):
                yield place, False

    def _touches(self, changed: frozenset[str], relationship: Relationship) -> bool:
        if not relationship.uselist and points_to(relationship, self.types.mapping):
            return False  # only its own foreign key decides what it leads to
        ends = (relationship.target, link_of(relationship, self.types.mapping))
        return ANY in changed or any(self.types.mapping.related(cls, end) for cls in changed for end in ends)

    def _key_changes(self, function: Function) -> list[tuple[int, Node]]:
        """(offset, what has the key) of `child.parent_id = 1` in a function."""
        if function.id not in self.keys:
            self.keys[function.id] = [
                (node.start_byte, base)
                for node in walk_own(function.node) if node.type == "assignment"
                if (left := node.child_by_field_name("left")) is not None and left.type == "attribute"
                if (base := left.child_by_field_name("object")) is not None and text_of(left).endswith("_id")
            ]  # fmt: skip
        return self.keys[function.id]

    def _is_side(self, function: Function, base: Node, relationship: Relationship) -> bool:
        """Whether an object may be on either side of a relationship."""
        value = self.types.value(function, base)
        sides = (relationship.target, relationship.owner)
        return value is None or any(self.types.mapping.related(value.cls, side) for side in sides)

    def _of_call(self, function: Function, call: Call) -> frozenset[str]:
        """The classes that one call changes; "*" for any."""
        node, name, arguments = call.node, last_name(call.node), positional(call.node)
        cls = self.types.class_called(function, call.callee)
        if cls is not None:
            return frozenset({cls.id}) if cls.id in self.types.mapping.classes else frozenset()
        if name in BULK:
            return frozenset({ANY})
        if name == "text" and RAW.search(text_of(node)):
            return frozenset({ANY})
        if name in STATEMENTS:
            return self._statement(function, call, name, arguments)
        if name in BUILT_IN and not self.types.is_told(function, node):
            return frozenset()
        return frozenset().union(*(self.of(callee) for callee in self.types.callees(function, node)))

    def _statement(self, function: Function, call: Call, name: str, arguments: list[Node]) -> frozenset[str]:
        """`delete(A)`, `db.delete(obj)`, `db.query(A).delete()`, `links.insert()` of a table between two classes."""
        base = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
        held = self.types.value(function, base) if base is not None else None
        if held is not None and held.shape == "query":
            return frozenset({held.cls or ANY})
        if base is not None and text_of(base).rpartition(".")[2] in self._tables():
            return frozenset({ANY})
        if base is not None and name != "delete":
            return frozenset()  # a method of something else: `data.update(...)`
        cls = self.types.mapping.names.find(function.file, text_of(arguments[0])) if arguments else None
        value = self.types.value(function, arguments[0]) if arguments else None
        known = cls.id if cls is not None else value.cls if value is not None else ""
        return frozenset({known or ANY}) if arguments else frozenset()

    def _tables(self) -> frozenset[str]:
        """What the code calls the tables of many-to-many relationships, and those of classes."""
        if not self.tables:
            named = {name.removeprefix(TABLE) for name in self.types.links if name.startswith(TABLE)}
            self.tables = frozenset({*named, "__table__"})
        return self.tables

    def of(self, function: Function) -> frozenset[str]:
        """All that a function changes, through what it calls."""
        if function.id not in self.memo:
            self.memo[function.id] = frozenset()
            parts = [self._of_call(function, call) for call in function.calls]
            self.memo[function.id] = frozenset().union(*parts)
        return self.memo[function.id]


def _is_refreshed_whole(call: Call, name: str) -> bool:
    given = refreshed_whole(call.node)
    return given is not None and text_of(given) == name
