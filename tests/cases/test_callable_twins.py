"""A class whose objects are dependencies gets an async copy beside it where sync routes go on using it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252
from .test_made_twins import (
    AUTH,
    FILES,
    KEPT,
    KEPT_REQUESTS,
    OVERRIDDEN,
    REQUESTS,
    suite,
    text,
)

CHECKER = """
class Require:
    def __init__(self, price: int, kind: str = "auto"):
        self.price = price

    def __call__(self, item: Item = Depends(current())) -> Item:
        if self.is_poor(item):
            raise HTTPException(403)
        return item

    def is_poor(self, item: Item) -> bool:
        return item.price < self.price


rich = Require(10)
"""
OF_FUNCTION = AUTH[AUTH.index("\ndef require") : AUTH.index("Known =")]
CLASSES: dict[str, str | bytes] = {
    name: str(code).replace(OF_FUNCTION, CHECKER).replace("require", "Require").replace("@router.Require", "@router")
    for name, code in FILES.items()
}
KEEPS = {**CLASSES, "app/prices.py": str(CLASSES["app/prices.py"]) + KEPT}


def test_classes_are_copied_for_the_async_users(tmp_path: Path) -> None:
    root = write_service(tmp_path, {**KEEPS, "tests/test_rich.py": OVERRIDDEN})
    before = answers(root, KEPT_REQUESTS)
    assert [status for status, _ in before["answers"]][2:5] == [403, 200, 404]
    found = outcomes(converted(root))
    assert {name for name, outcome in found.items() if outcome != "native"} == {"GET /kept"}
    auth = text(root, "app/auth.py")
    assert "class Require:" in auth and "class AsyncRequire:" in auth
    assert "    async def __call__(self, item: Item = Depends(current_async()))" in auth
    assert "rich = Require(10)\nrich_async = AsyncRequire(10)" in auth
    assert "Depends(AsyncRequire(5))" in text(root, "app/items.py")
    assert answers(root, KEPT_REQUESTS) == before
    suite(root)
    assert not converted(root).after


def test_one_that_queries_itself_and_stands_behind_an_alias(tmp_path: Path) -> None:
    queries = "= Depends(current()), db: Session = Depends(get_db)) -> Item:\n        seen = db.query(Item).count()"
    auth = str(KEEPS["app/auth.py"]).replace("= Depends(current())) -> Item:", f"{queries}\n        assert seen")
    auth = auth.replace('Depends(current("auto"))]', "Depends(rich)]")
    root = write_service(tmp_path, {**KEEPS, "app/auth.py": auth})
    before = answers(root, KEPT_REQUESTS)
    found = outcomes(converted(root))
    assert {name for name, outcome in found.items() if outcome != "native"} == {"GET /kept"}
    assert "AsyncKnown = Annotated[Item, Depends(rich_async)]" in text(root, "app/auth.py")
    assert "seen = await db.scalar(" in text(root, "app/auth.py")
    assert answers(root, KEPT_REQUESTS) == before
    assert not converted(root).after


@pytest.mark.parametrize("order", [("items", "prices"), ("prices", "items")])
def test_router_by_router_the_copies_come_and_go(tmp_path: Path, order: tuple[str, str]) -> None:
    root, whole = write_service(tmp_path / "steps", CLASSES), write_service(tmp_path / "whole", CLASSES)
    before = answers(root, REQUESTS)
    converted(root, routers=order[:1])
    assert "class AsyncRequire:" in text(root, "app/auth.py")
    assert answers(root, REQUESTS) == before
    assert not converted(root, routers=order[:1]).after
    converted(root, routers=order[1:])
    assert answers(root, REQUESTS) == before
    converted(whole)
    for name in CLASSES:
        assert text(root, name) == text(whole, name)
    assert "AsyncRequire" not in text(root, "app/auth.py")


@pytest.mark.parametrize(
    "more",
    [
        "class Stricter(Require):\n    def is_poor(self, item):\n        return item.price < 100\n",
        "def first(item: Item):\n    return rich(item)\n",
    ],
)
def test_classes_with_heirs_or_other_callers_are_not_copied(tmp_path: Path, more: str) -> None:
    auth = str(CLASSES["app/auth.py"]) + "\n\n" + more
    root = write_service(tmp_path, {**KEEPS, "app/auth.py": auth})
    before = answers(root, KEPT_REQUESTS)
    result = converted(root)
    assert {"shared-session", "used-as-value"} & rules(route(result, "GET", "/items"))
    assert "AsyncRequire" not in text(root, "app/auth.py")
    assert answers(root, KEPT_REQUESTS) == before


STATES = {
    "a counter": ("self.price = price\n        self.hits = 0", "self.hits += 1\n        item.name"),
    "a container": ("self.price = price\n        self.hits = []", "self.hits.append(item.name)"),
    "an alias": ("self.price = price\n        self.hits = {}", "hits = self.hits\n        hits[item.name] = 1"),
    "handed on": ("self.price = price\n        self.hits = set()", "print(self.hits)"),
}


@pytest.mark.parametrize("state", STATES)
def test_objects_that_keep_something_are_not_copied(tmp_path: Path, state: str) -> None:
    """Two objects would count the half of the requests each."""
    first, then = STATES[state]
    auth = str(KEEPS["app/auth.py"]).replace("self.price = price", first)
    auth = auth.replace("        if self.is_poor(item):", f"        {then}\n        if self.is_poor(item):")
    root = write_service(tmp_path, {**KEEPS, "app/auth.py": auth})
    result = converted(root)
    assert "shared-session" in rules(route(result, "GET", "/items"))
    assert "AsyncRequire" not in text(root, "app/auth.py")


def test_a_factory_that_keeps_something_is_not_copied(tmp_path: Path) -> None:
    kept = 'def require(price: int, kind: str = "auto"):\n    hits = {}\n'
    auth = AUTH.replace('def require(price: int, kind: str = "auto"):\n', kept)
    auth = auth.replace("        if item.price < price:", "        hits[item.name] = 1\n        if item.price < price:")
    root = write_service(tmp_path, {**FILES, "app/auth.py": auth, "app/prices.py": str(FILES["app/prices.py"]) + KEPT})
    result = converted(root)
    assert "shared-session" in rules(route(result, "GET", "/items"))
    assert "require_async" not in text(root, "app/auth.py")
