"""Keys of overrides once more, for the async twin beside a provider that stays."""

from __future__ import annotations

from dataclasses import dataclass

from awaitify_transforms.edits import InsertCode

from awaitify.analysis.target_tests.keys import OverrideKey
from awaitify.planning.draft import Draft
from awaitify.planning.splicing import spliced_code, spliced_text
from awaitify.planning.target_tests.saved import Saved
from awaitify.project.index import File, span_of, text_of


@dataclass(eq=False)
class SecondKeys:
    """saved: the names under which tests keep an override, among the keys that are added."""

    draft: Draft
    saved: Saved

    def add(self, key: OverrideKey, value: str | None, new: str) -> None:
        """The same statement, or the same pair of a dictionary, once more for the twin."""
        key_code = f"{text_of(key.node).rpartition('.')[0]}.{new}" if key.node.type == "attribute" else new
        whole = key.pair.parent if key.pair is not None else key.statement
        assert whole is not None
        splices = [(span_of(key.node), key_code), *self.saved.splices(key)]
        if key.value is not None and value is not None:
            splices.append((span_of(key.value), value))
        if key.node.type == "identifier":
            self._import_twin(key.file, text_of(key.node), new)
        if key.value is not None and value is not None and key.value.type == "identifier" and value.isidentifier():
            self._import_twin(key.file, text_of(key.value), value)
        if key.pair is None:
            self.draft.add(key.file, InsertCode(span=span_of(whole), code=spliced_code(key.file, whole, splices)))
            return
        before = key.pair.prev_sibling
        is_alone = before is not None and before.end_point[0] < key.pair.start_point[0]
        gap = "\n" + " " * key.pair.start_point[1] if is_alone else " "
        pair = f",{gap}{spliced_text(key.file, key.pair, splices)}"
        self.draft.splice(key.file, whole, [((key.pair.end_byte, key.pair.end_byte), pair)])

    def _import_twin(self, file: File, local: str, new: str) -> None:
        for item in file.imports:
            if item.local == local and item.name:
                self.draft.add_import(file, item.written, new)
