"""The names of a file, by what they say and by where they stand."""

from __future__ import annotations

from pathlib import Path

from awaitify.project.index import File, build_index, text_of

CODE = """
from a import one

@one
def two(one, *, three=one):
    def inner():
        return one.three(three)
    return [one for one in two]


class Four(one):
    five = one
"""


def indexed(root: Path) -> File:
    (root / "m.py").write_text(CODE)
    return build_index(root).files[0]


def test_words_give_what_a_look_at_every_name_gives(tmp_path: Path) -> None:
    file = indexed(tmp_path)
    assert [node.start_byte for node in file.names] == sorted(node.start_byte for node in file.names)
    assert set(file.words) == {text_of(node) for node in file.names} >= {"one", "two", "three"}
    for words in (("one",), ("three", "one"), ("one", "one"), ("absent",), ()):
        assert file.named(*words) == [node for node in file.names if text_of(node) in words]


def test_places_give_what_a_look_at_every_name_gives(tmp_path: Path) -> None:
    file = indexed(tmp_path)
    (two,) = (function for function in file.functions if function.name == "two")
    inside = [node for node in file.names if two.node.start_byte <= node.start_byte < two.node.end_byte]
    assert inside
    assert file.names_in(two.node) == inside
    assert file.names_between(0, len(CODE)) == file.names
    assert file.names_between(file.names[1].start_byte, file.names[1].start_byte) == []
