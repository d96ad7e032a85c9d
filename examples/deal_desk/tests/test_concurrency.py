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


def test_three_calls_at_once(client, deal):
    fake_mongo.latency = fake_openai.latency = LATENCY
    urls = [
        f"{API}/deal-info?dealName={deal}",
        f"{API}/get-concerns?dealName={deal}",
        f"{API}/company-overview?dealName={deal}&refresh=true",
    ]
    seconds(client, urls[:1])
    slowest = max(seconds(client, [url]) for url in urls)
    together = seconds(client, urls)
    ratio = together / slowest
    print(f"three calls take {ratio:.2f} times the slowest of them")
    assert ratio < 1.5 if CONVERTED else ratio > 1.7
