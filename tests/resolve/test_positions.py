"""Original offsets against positions of the virtual text."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.resolve.model import Insertion, VirtualFile
from awaitify.resolve.positions import Lines, VirtualText, word_at

TEXT = "def f(a, b):\r\n    é = a\n    return b\n".encode()


def virtual() -> VirtualText:
    insertions = (Insertion(10, ': "B"'), Insertion(7, ': "A"'), Insertion(11, " -> int"))
    return VirtualText(VirtualFile(Path("x.py"), TEXT, insertions, "import B"))


def test_text_has_insertions_by_offset_and_the_appended_end() -> None:
    assert virtual().text == 'def f(a: "A", b: "B") -> int:\r\n    é = a\n    return b\n\nimport B'.encode()


def test_every_offset_comes_back() -> None:
    text = virtual()
    assert [text.offset(*text.position(offset)) for offset in range(len(TEXT))] == list(range(len(TEXT)))


@pytest.mark.parametrize("offset", [4, 6, 9, 18, 23])
def test_position_is_at_the_same_character(offset: int) -> None:
    text = virtual()
    line, column = text.position(offset)
    assert text.text.splitlines()[line][column:][:1] == TEXT[offset : offset + 1]


def test_inside_an_insertion_is_its_place_and_the_appended_part_is_nothing() -> None:
    text = virtual()
    assert text.offset(0, text.text.index(b'"A"')) == 7
    assert text.offset(4, 3) is None and text.line(4, 3) is None
    assert text.line(0, 28) == 1 and text.line(2, 4) == 3


def test_without_insertions_nothing_moves() -> None:
    text = VirtualText(VirtualFile(Path("x.py"), TEXT))
    assert text.text == TEXT and text.position(15) == (1, 1) and text.offset(1, 1) == 15


def test_lines_end_at_any_newline() -> None:
    lines = Lines(b"a\rb\r\nc\nd")
    assert [lines.position(offset) for offset in (0, 2, 5, 7)] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert lines.offset(9, 0) == 8


def test_word_at_reads_a_whole_name() -> None:
    assert word_at("x = éa1.b".encode(), 4) == "éa1"
    assert word_at(b"x = 1", 1) == ""
