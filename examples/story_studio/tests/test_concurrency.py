"""Fifty requests at once: how much faster than one after the other?

Run as it is, the service is expected to call Supabase for one of them at a time. After
its conversion it is run with ``CONVERTED=1``, and has to call for many at once.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from conftest import ALICE, API, fake_supabase

CONVERTED = os.environ.get("CONVERTED") == "1"
LATENCY = 0.04  # seconds, of each call to Supabase
REQUESTS = 50


def seconds(client, count: int) -> float:
    """How long it takes until that many requests are answered."""

    def stories(_: int) -> int:
        return client.get(f"{API}/stories", headers=ALICE).status_code

    with ThreadPoolExecutor(max_workers=count) as pool:
        start = time.perf_counter()
        assert set(pool.map(stories, range(count))) == {200}
        return time.perf_counter() - start


def test_fifty_requests_at_once(client, tell):
    assert tell().status_code == 201
    fake_supabase.server.latency = LATENCY
    seconds(client, 1)  # opens the connections
    one = min(seconds(client, 1) for _ in range(3))
    fake_supabase.server.load.peak = 0
    speedup = REQUESTS * one / seconds(client, REQUESTS)
    print(f"{REQUESTS} requests at once are {speedup:.1f} times faster")
    peak = fake_supabase.server.load.peak
    assert peak > 10 if CONVERTED else peak == 1
