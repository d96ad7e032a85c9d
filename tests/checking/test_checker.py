"""What the linter finds in a service with many shapes, and the chains that it shows."""

from __future__ import annotations

from awaitify.findings import Finding


def test_each_shape_is_judged_as_expected(found: list[Finding], wanted: list[tuple[str, int, str]]) -> None:
    places = [(item.file, item.line, item.rule) for item in found]
    missed, unexpected = set(wanted) - set(places), set(places) - set(wanted)
    assert (missed, unexpected) == (set(), set())
    assert len(places) == len(wanted)  # none twice
