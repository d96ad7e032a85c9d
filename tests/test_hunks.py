"""The ranges in which two texts differ."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from awaitify.formatting.hunks import hunks_of


def test_what_differs_between_lines_that_are_there_once() -> None:
    old = ["import a", "", "def f():", "    g()", "", "def h():", "    g()"]
    new = ["import a", "import b", "", "async def f():", "    g()", "", "def h():", "    await g()"]
    assert hunks_of(old, new) == [(1, 1, 1, 2), (2, 3, 3, 4), (6, 7, 7, 8)]
    assert hunks_of(old, old) == hunks_of([], []) == []
    assert hunks_of([], ["x"]) == [(0, 0, 0, 1)]
    assert hunks_of(["a", "b"], ["b", "a"]) in ([(0, 1, 0, 0), (2, 2, 1, 2)], [(0, 0, 0, 1), (1, 2, 2, 2)])


@pytest.mark.parametrize("letters", ["ab", "abcdefgh", "abcdefghijklmnopqrstuvwxyz"])
def test_what_is_outside_is_the_same(letters: str) -> None:
    draw = random.Random(len(letters))
    for _ in range(300):
        old, new = (draw.choices(letters, k=draw.randint(0, 20)) for _ in range(2))
        hunks = hunks_of(old, new)
        made, at = [], 0
        for first, end, new_first, new_end in hunks:
            made += old[at:first] + new[new_first:new_end]
            at = end
        assert made + old[at:] == new
        assert all(a[1] < b[0] and a[3] < b[2] for a, b in pairwise(hunks))


def test_many_empty_lines_take_no_quadratic_time() -> None:
    """Without the lines that stand for themselves, these took a minute."""
    old = [line for number in range(9000) for line in (f"def f{number}():", f"    return {number}", "", "")]
    new = [line.replace("def", "async def") if index % 3 == 0 else line for index, line in enumerate(old)]
    assert len(hunks_of(old, new)) == 3000
