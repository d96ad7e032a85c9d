"""Which of the checker's words for rows say that their parts are plain: SQLAlchemy 2.0 types no part by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from awaitify.analysis.plain_rows import is_plain_rows
from awaitify.project.index import PARSER

PAIRS = "Sequence[Row[tuple[str, dict[str, Any] | None]]]"


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (PAIRS, True),
        (f"def all() -> {PAIRS}", True),
        ("bound method Result.all() -> Sequence[Row[tuple[int, datetime]]]\n---\nRow[tuple[Item]]", True),
        ("Row[tuple[UUID, list[str]]]", True),
        ("Sequence[Row[tuple[int, Any]]]", False),
        ("Sequence[Row[tuple[int, Item]]]", False),
        ("Sequence[Row[tuple[Unknown]]]", False),
        ("list[dict[str, Any]]", False),
        ("", False),
    ],
)
def test_words(words: str, plain: bool) -> None:
    node = PARSER.parse(b"rows").root_node.named_children[0].named_children[0]
    resolution, function = SimpleNamespace(hover=lambda *_: words), SimpleNamespace(file=None)
    assert is_plain_rows(node, cast(Any, function), cast(Any, resolution)) is plain
