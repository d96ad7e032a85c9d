"""A baseline: made once, counted as a multiset by everything but the line, and only ever smaller."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from awaitify.checking.baseline import compare, load, save, updated
from awaitify.errors import AwaitifyError
from awaitify.findings import Finding

ONE = Finding("blocking-call", "a.py", 3, 5, "a.f", "time.sleep(...) blocks the event loop (time.sleep)")
TWO = replace(ONE, line=4)
OTHER = replace(ONE, function="a.g")


def test_a_finding_that_moves_stays_known() -> None:
    compared = compare([replace(ONE, line=90, column=1)], updated([ONE], None))
    assert (compared.new, compared.known, compared.gone) == ((), 1, 0)


def test_equal_findings_are_counted() -> None:
    compared = compare([ONE, TWO], updated([ONE], None))
    assert (compared.new, compared.known) == ((TWO,), 1)


def test_an_update_drops_what_is_repaired_and_adds_nothing() -> None:
    before = updated([ONE, TWO, OTHER], None)
    after = updated([ONE, replace(ONE, function="a.new")], before)
    assert after == Counter({ONE.key: 1})
    assert compare([ONE], before).gone == 2


def test_it_is_kept_in_a_file_of_one_line_an_entry(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    entries = updated([OTHER, ONE, TWO], None)
    save(file, entries)
    assert load(file) == entries
    assert [line.count('"count": ') for line in file.read_text().splitlines() if "rule" in line] == [1, 1]
    save(file, Counter())
    assert load(file) == Counter()


@pytest.mark.parametrize("text", ["", "[]", '{"findings": [{}]}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(AwaitifyError, match="is not a baseline of awaitify"):
        load(file)


def test_a_missing_file_is_refused_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(AwaitifyError, match="--update-baseline"):
        load(tmp_path / "none.json")
