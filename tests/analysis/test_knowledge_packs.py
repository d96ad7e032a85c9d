"""Every rule pack says of known functions what they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.knowledge.library_facts import Knowledge, packaged_rules

KNOWLEDGE = Knowledge(packaged_rules(), [])
_LINES = (Path(__file__).parent / "knowledge_examples.txt").read_text(encoding="utf-8").splitlines()
EXAMPLES = [tuple(line.split()) for line in _LINES if line and not line.startswith("#")]


@pytest.mark.parametrize(("pack", "kind", "name"), EXAMPLES)
def test_example(pack: str, kind: str, name: str) -> None:
    assert KNOWLEDGE.fact(name).kind == kind


def test_every_kind_of_every_pack_has_an_example() -> None:
    shown = {(pack, kind) for pack, kind, _ in EXAMPLES}
    written = {
        (library.file.stem, rule.kind) for library in KNOWLEDGE.libraries() if library.file for rule in library.rules
    }
    assert written == shown


def test_packs_say_what_they_were_checked_against() -> None:
    assert [library.name for library in KNOWLEDGE.libraries() if not library.verified] == []
