"""The OpenAPI documents before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awaitify.verify_model import EQUAL, UNMEASURED, WORSE, Step
from awaitify.verifying.differences import differences, told
from awaitify.verifying.records import App

NAME = "OpenAPI"


def compare(before: App, after: App) -> Step:
    """Equal, or each difference in a line. An app that can no longer be imported is worse; one that never could is not
    measured."""
    if before.error:
        return Step(NAME, UNMEASURED, f"because the app before cannot be imported: {before.error}")
    if after.error:
        return Step(NAME, WORSE, "the app can no longer be imported", (after.error,))
    found = tuple(told(*item) for item in differences(before.documents, after.documents))
    count = sum(_operations(document) for document in before.documents.values())
    operations = f"{count} {'operation' if count == 1 else 'operations'}"
    if not found:
        return Step(NAME, EQUAL, f"{operations}, documents equal")
    return Step(
        NAME, WORSE, f"{operations}; {len(found)} {'place differs' if len(found) == 1 else 'places differ'}", found
    )


def colours(before: App, after: App) -> tuple[int, int, int]:
    """(routes, async before, async after)"""
    counts = [sum(bool(info["async"]) for info in app.routes.values()) for app in (before, after)]
    return len(after.routes or before.routes), counts[0], counts[1]


def _operations(document: Mapping[str, Any]) -> int:
    methods = ("get", "put", "post", "delete", "patch", "options", "head", "trace")
    return sum(method in methods for item in document.get("paths", {}).values() for method in item)
