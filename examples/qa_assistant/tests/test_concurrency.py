"""Does the service go on while the agent's graph runs?

Run as it is, the service is expected to stand still until the graph is done. After
its conversion it is run with ``CONVERTED=1``, and has to go on: with a second stream,
and with everything else.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from conftest import API, fake_openai

CONVERTED = os.environ.get("CONVERTED") == "1"
LATENCY = 0.5  # seconds, of each call of the model: a graph makes two


def read_stream(url, headers, chat_id, on_first=lambda: None) -> float:
    """How long a stream takes; on_first is called when its first event is there."""
    start = time.perf_counter()
    path = f"{url}{API}/chat/sessions/{chat_id}/stream"
    body = {"content": "hello"}
    with httpx.stream("POST", path, headers=headers, json=body, timeout=30) as response:
        assert response.status_code == 200
        chunks = response.iter_text()
        assert "thinking" in next(chunks)
        on_first()
        assert "done" in "".join(chunks)
    return time.perf_counter() - start


def test_others_are_answered_while_the_graph_runs(server_url, alice, chat):
    waits: list[float] = []
    answered: list[int] = []

    def call_another() -> None:
        start = time.perf_counter()
        response = httpx.get(f"{server_url}{API}/users/me", headers=alice, timeout=30)
        assert response.status_code == 200
        waits.append(time.perf_counter() - start)
        answered.append(fake_openai.load.answered)

    fake_openai.latency = LATENCY
    fake_openai.load.answered = 0
    length = read_stream(server_url, alice, chat["id"], call_another)
    ratio = waits[0] / length
    print(f"another call waits for {ratio:.0%} of a stream")
    assert (answered == [0]) is CONVERTED, "the model was waited for"


def test_two_streams_at_once(server_url, alice, chat):
    fake_openai.latency = LATENCY
    one = read_stream(server_url, alice, chat["id"])
    fake_openai.load.peak = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        start = time.perf_counter()
        runs = [
            pool.submit(read_stream, server_url, alice, chat["id"]) for _ in range(2)
        ]
        for run in runs:
            run.result()
        ratio = (time.perf_counter() - start) / one
    print(f"two streams take {ratio:.2f} times one")
    assert fake_openai.load.peak == (2 if CONVERTED else 1)
