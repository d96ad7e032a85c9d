"""Dependencies that factories make, called by more than FastAPI."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.refusals import reason_at
from awaitify.plan_model import Reason
from awaitify.project.index import Function


def called_elsewhere(function: Function, entries: Entries) -> list[Reason]:
    """Why what a factory made keeps its sync form: more than FastAPI may call it."""
    if not any(function in site.made for site in entries.sites if site.is_called):
        return []
    return [reason_at("used-as-value", f"more than FastAPI may call {function.id}", function)]


def called_by_hand(test: Function, entries: Entries, resolution: Resolution) -> Iterator[Reason]:
    """A test that calls what a factory of dependencies made goes on calling the sync form."""
    start, end = test.node.start_byte, test.node.end_byte
    for site in (site for site in entries.sites if site.elsewhere or site.made):
        is_named = any(file is test.file and start <= node.start_byte < end for file, node in site.elsewhere)
        calls = (call for function in site.made for call in resolution.callers.get(function, ()))
        if is_named or any(call.function is test for call in calls):
            yield reason_at("used-as-value", "it calls what a factory makes for FastAPI", test)
            return
