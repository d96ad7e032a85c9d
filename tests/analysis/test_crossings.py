"""Which helpers change with the queries that they are given."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from awaitify.analysis.queries.crossings import Crossings
from awaitify.analysis.queries.finding import ProjectQueries
from awaitify.project.index import build_index

CODE = "".join(f"def {name}(query): ...\n" for name in ("route", "left", "inner", "outer", "alone", "first", "second"))


def test_helpers_change_where_something_that_moves_reaches_them(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(CODE)
    known = {item.name: item for item in build_index(tmp_path).functions.values()}
    queries = ProjectQueries()
    for name in ("inner", "outer", "alone", "first", "second"):
        queries.by_function[known[name]].params.add("query")
    pairs = [("route", "outer"), ("outer", "inner"), ("first", "second")]
    queries.links[known["alone"]] = set()
    for one, other in pairs:
        queries.links.setdefault(known[one], set()).add(known[other])
        queries.links.setdefault(known[other], set()).add(known[one])
    unused = cast(Any, None)
    crossings = Crossings(unused, unused, cast(Any, SimpleNamespace(crossing=queries)), set())
    found = crossings.neutral({known["route"]})
    assert {item.name for item in found} == {"inner", "outer"}
    queries.links[known["inner"]].add(known["left"])
    assert {item.name for item in crossings.neutral({known["route"]})} == {"outer"}, "what stays gives inner a query"
