"""Methods of classes in the tests that stand in for methods of the app: they become async together with those.

`class FakeUsers(Users): def get(self, key): ...` -> `async def get(self, key): ...`
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.effects import Effects
from awaitify.analysis.idle import is_hooked, read_or_named
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.target_tests.suites import FIXED
from awaitify.plan_model import Reason
from awaitify.project.index import Function, text_of

PLAIN = re.compile(r"@(\w+\.)*(abstractmethod|override)$")
NAMED = re.compile(rb"(?:(?:[gs]et|has|del)attr|\.object|caller|getter)\([^)\n]*[\"'](\w+)[\"']")


def stand_ins(
    families: list[list[Function]],
    followers: Mapping[Function, set[Function]],
    moving: Collection[Function],
    effects: Effects,
) -> set[Function]:
    """The methods of the tests that belong together with what moves, or may follow it."""
    groups = [*families, *([item, *others] for item, others in followers.items())]
    found = {
        item
        for group in groups
        if any(item in moving for item in group)
        for item in group
        if item.file.is_test and not item.is_async and item.cls is not None and not item.name.startswith("test")
    }
    files = [file for file in effects.resolution.project.files if file.is_test]
    return found - read_or_named(files, found, effects, NAMED) if found else found


def without_work(
    families: list[list[Function]], moving: Collection[Function], kinds: Mapping[Function, set[str]]
) -> set[Function]:
    """Methods of the app that work on no session and move with others that do: of a repository in memory."""
    found = set[Function]()
    for family in families:
        members = {item for item in family if item in moving}
        idle = {item for item in members if not kinds[item] & SESSION_KINDS}
        found |= idle if idle != members else set()
    return found


def shape_of(method: Function, effects: Effects) -> Iterator[Reason]:
    """What stands against a method's becoming async in its place."""
    assert method.cls is not None
    if method.is_generator or any(inner.parent is method for inner in method.file.functions):
        yield reason_at("test-shape", f"{method.id} is a generator, or has functions inside", method)
    for decorator in method.decorators:
        if PLAIN.match(text_of(decorator)) is None:
            yield reason_at("decorator", f"{text_of(decorator)[:60]} may not know coroutines", method)
    if method.name in FIXED or is_hooked(method.cls, effects):
        yield reason_at("test-shape", f"a library may call {method.id}", method)
