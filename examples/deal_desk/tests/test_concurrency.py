"""Three calls at once: does MongoDB see them together, or one after the other?

Run as it is, the service is expected to serve them one after the other. After its
conversion it is run with ``CONVERTED=1``, and has to serve them together.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from conftest import fake_mongo, fake_openai

CONVERTED = os.environ.get("CONVERTED") == "1"
API = "/api/hubspot/v2"
LATENCY = 0.2  # seconds, of each call to MongoDB and OpenAI


def seconds(client, urls) -> float:
    """How long it takes until all are answered."""
    with ThreadPoolExecutor(max_workers=len(urls)) as pool:
        start = time.perf_counter()
        responses = list(pool.map(client.get, urls))
        elapsed = time.perf_counter() - start
    assert [response.status_code for response in responses] == [200] * len(urls)
    return elapsed


def ratio(client, urls) -> float:
    """The time of all at once, in units of the slowest of them alone."""
    slowest = max(seconds(client, [url]) for url in urls)
    return seconds(client, urls) / slowest


def test_three_calls_at_once(client, deal):
    fake_mongo.latency = fake_openai.latency = LATENCY
    urls = [
        f"{API}/deal-info?dealName={deal}",
        f"{API}/get-concerns?dealName={deal}",
        f"{API}/company-overview?dealName={deal}&refresh=true",
    ]
    seconds(client, urls)  # opens the connections
    fake_mongo.load.peak = 0
    ratios = [ratio(client, urls) for _ in range(2)]
    print("three calls take", *(f"{value:.2f}" for value in ratios), "times one")
    assert fake_mongo.load.peak == (3 if CONVERTED else 1)
