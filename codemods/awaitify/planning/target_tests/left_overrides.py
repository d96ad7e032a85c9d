"""Overrides in the tests that an earlier step left for async twins, beside those of the originals."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify_transforms.edits import ReplaceStatement

from awaitify.analysis.calls import Resolution
from awaitify.analysis.naming import async_name
from awaitify.analysis.target_tests.keys import OverrideKey, find_keys
from awaitify.planning.draft import Draft
from awaitify.planning.splicing import spliced_code
from awaitify.planning.target_tests.override_values import OverrideValues
from awaitify.planning.target_tests.saved import kept_name, names_of
from awaitify.project.index import span_of, text_of


@dataclass(eq=False)
class LeftOverrides:
    """Finds and finishes them."""

    resolution: Resolution
    draft: Draft
    values: OverrideValues

    def twin_of(self, key: OverrideKey, name: str) -> OverrideKey | None:
        """The same use of the twin, in the same block or the same dictionary; name: that of the twin."""
        own = text_of(key.node)
        code = own[: len(own) - len(key.provider.name)] + name
        for other in find_keys(self.resolution, {key.provider}, name):
            is_beside = other.statement.parent == key.statement.parent and (other.pair is None) == (key.pair is None)
            if other.file is key.file and is_beside and text_of(other.node) == code and _is_alike(key, other):
                return other
        return None

    def finish(self, key: OverrideKey, twin: OverrideKey) -> None:
        """The twin's override takes the place of the original's, and the plain name of its function where it can."""
        one, other = self.values.of(key), self.values.of(twin)
        splices: list[tuple[tuple[int, int], str]] = []
        if len(one) == len(other) == 1 and one != other and one[0].file is key.file and not self.values.is_used(one[0]):
            new = other[0].name
            if new == async_name(one[0].name) and not self.values.is_used(other[0]) and twin.value is not None:
                new = one[0].name
                splices.append((span_of(twin.value), new))
            code = spliced_code(key.file, other[0].outer, [(span_of(other[0].name_node), new)])
            self.draft.add(key.file, ReplaceStatement(span=span_of(one[0].outer), code=code))
            self.draft.add(key.file, ReplaceStatement(span=span_of(other[0].outer)))
        if key.pair is None:
            splices += [] if one or other else names_of(key, twin)
            code = spliced_code(key.file, twin.statement, splices)
            self.draft.add(key.file, ReplaceStatement(span=span_of(key.statement), code=code))
            self.draft.add(key.file, ReplaceStatement(span=span_of(twin.statement)))
        else:
            self._drop_pair(key, splices)
        self._drop_import(key)

    def unname(self, twin: OverrideKey) -> None:
        """The override of a twin that goes, whose original keeps its own, goes too."""
        if twin.pair is None:
            self.draft.add(twin.file, ReplaceStatement(span=span_of(twin.statement)))
        else:
            self._drop_pair(twin, [])
        self._drop_import(twin)

    def _drop_import(self, key: OverrideKey) -> None:
        for item in key.file.imports:
            if item.name and item.local == text_of(key.node):
                self.draft.remove_import(key.file, item.written, item.name)

    def _drop_pair(self, key: OverrideKey, splices: list[tuple[tuple[int, int], str]]) -> None:
        """Takes a pair out of its dictionary. splices: other changes there."""
        assert key.pair is not None and key.pair.parent is not None
        before, following = key.pair.prev_named_sibling, key.pair.next_named_sibling
        start = before.end_byte if before is not None and following is None else key.pair.start_byte
        end = following.start_byte if following is not None else key.pair.end_byte
        self.draft.splice(key.file, key.pair.parent, [*splices, ((start, end), "")])


def _is_alike(key: OverrideKey, other: OverrideKey) -> bool:
    """Whether both are set, or both are not, by statements of one kind."""
    is_same = (key.value is None) == (other.value is None) and (kept_name(key) is None) == (kept_name(other) is None)
    return is_same and key.statement.type == other.statement.type
