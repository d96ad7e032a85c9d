"""Does one slow chat hold up everybody else?

Run as it is, the service is expected to answer nobody while a picture is drawn.
After its conversion it is run with ``CONVERTED=1``, and has to go on answering.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from conftest import fake_claude, fake_fal, fake_s3

CONVERTED = os.environ.get("CONVERTED") == "1"
LATENCY = 0.2  # seconds, of each call to Claude, FAL and S3


def share_waited(client, say, headers) -> float:
    """How long another call takes, as a share of the slow chat that is going on."""

    def timed_chat() -> float:
        start = time.perf_counter()
        assert say("make it blue", image=b"a photo").status_code == 200
        return time.perf_counter() - start

    fake_s3.server.called.clear()
    with ThreadPoolExecutor(max_workers=1) as pool:
        chat = pool.submit(timed_chat)
        assert fake_s3.server.called.wait(10)
        start = time.perf_counter()
        assert client.get("/users/me", headers=headers).status_code == 200
        return (time.perf_counter() - start) / chat.result()


def test_a_slow_chat_does_not_hold_up_others(client, say, alice):
    for server in (fake_claude, fake_fal.server, fake_s3.server):
        server.latency = LATENCY
    shares = [share_waited(client, say, alice) for _ in range(2)]
    print("another call waits for", *(f"{value:.0%}" for value in shares), "of a chat")
    assert min(shares) < 0.5 if CONVERTED else max(shares) > 0.5
