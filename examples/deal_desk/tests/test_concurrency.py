"""Three calls at once: do they take the time of one, or of three?

Run as it is, the service is expected to serve them one after the other. After its
conversion it is run with ``CONVERTED=1``, and has to serve them together.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from conftest import fake_mongo, fake_openai

CONVERTED = os.environ.get("CONVERTED") == "1"
API = "/api/hubspot/v2"
LATENCY = 0.1  # seconds, of each call to MongoDB and OpenAI


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
    ratios = [ratio(client, urls) for _ in range(3)]  # a busy machine disturbs some
    print("three calls take", *(f"{value:.2f}" for value in ratios), "times one")
    assert min(ratios) < 1.5 if CONVERTED else max(ratios) > 1.5
