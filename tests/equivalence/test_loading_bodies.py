"""Random routes over loaded, new and changed objects answer the same before and after, also those that stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252
from . import wide_bodies
from .loading_bodies import MODELS, service

#: They found wrong answers, or a second run that changed more, while the rules were made.
SEEDS = (108, 206, 503)
WIDE = (17, 102)
COUNT = 14


@pytest.mark.parametrize("seed", SEEDS)
def test_routes_answer_the_same(tmp_path: Path, seed: int) -> None:
    check(tmp_path, {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": service(seed, COUNT)})


@pytest.mark.parametrize("seed", WIDE)
def test_routes_over_all_kinds_of_attributes_answer_the_same(tmp_path: Path, seed: int) -> None:
    check(tmp_path, wide_bodies.files(seed, COUNT))


def check(folder: Path, files: dict[str, str | bytes]) -> None:
    """Each route on fresh data, before and after; and once more, which changes nothing."""
    root = write_service(folder, files, basic=False)
    requests = [item for number in range(COUNT) for item in (("POST", "/seed", None), ("GET", f"/r{number}", None))]
    before = answers(root, requests)["answers"]
    assert [status for status, _ in before].count(200) > 1.7 * COUNT
    assert list(outcomes(converted(root)).values()).count("native") > 1
    assert answers(root, requests)["answers"] == before
    assert converted(root).after == {}
