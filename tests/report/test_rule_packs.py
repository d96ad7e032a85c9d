"""`rules`: the packs as data."""

from __future__ import annotations

from typing import Any

import pytest
from awaitify.errors import AwaitifyError
from awaitify.report import rule_packs

REQUESTS: dict[str, Any] = {
    "library": "Requests",
    "packages": ["requests"],
    "verified": "2.32",
    "before": "requests.get(url)",
    "after": "await asyncio.to_thread(requests.get, url)\n",
    "rule": [
        {
            "kind": "blocks",
            "calls": ["requests.get", "requests.post"],
            "replacement": "httpx",
            "note": "a socket",
        },
        {"kind": "harmless", "calls": ["requests.Request"], "methods": {"requests.Response": ["json", "ok"]}},
    ],
}


@pytest.fixture(autouse=True)
def two_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_packs, "packs", lambda: {"http_requests": REQUESTS, "time": {"library": "time"}})


def test_the_list_counts_each_kind() -> None:
    assert rule_packs.listing() == "http_requests  2 blocks, 3 harmless\ntime           no rules\n"


@pytest.mark.parametrize("name", ["http_requests", "Requests", "requests"])
def test_one_pack_by_file_library_or_package(name: str) -> None:
    assert rule_packs.listing(name) == (
        "Requests\n"
        "  packages: requests\n"
        "  verified: 2.32\n"
        "  before:\n"
        "    requests.get(url)\n"
        "  after:\n"
        "    await asyncio.to_thread(requests.get, url)\n"
        "  blocks -> httpx\n"
        "    note: a socket\n"
        "    requests.get\n"
        "    requests.post\n"
        "  harmless\n"
        "    requests.Request\n"
        "    requests.Response: json, ok\n"
    )


def test_an_unknown_pack_gets_a_suggestion() -> None:
    with pytest.raises(AwaitifyError, match=r'no rule pack "tme"; did you mean "time"\?'):
        rule_packs.listing("tme")
