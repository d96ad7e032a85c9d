"""Does one slow chat hold up everybody else?

Run as it is, the service is expected to answer nobody while a picture is drawn.
After its conversion it is run with ``CONVERTED=1``, and has to go on answering.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from conftest import fake_claude, fake_fal, fake_s3

CONVERTED = os.environ.get("CONVERTED") == "1"
LATENCY = 0.3  # seconds, of each call to Claude, FAL and S3


FAKES = (fake_claude, fake_fal.server, fake_s3.server)


def share_waited(client, say, headers) -> float:
    """How many of a slow chat's calls are over when another request is answered, as a
    share of all."""
    before = sum(server.load.answered for server in FAKES)
    fake_s3.server.called.clear()
    with ThreadPoolExecutor(max_workers=1) as pool:
        chat = pool.submit(say, "make it blue", image=b"a photo")
        assert fake_s3.server.called.wait(10)
        assert client.get("/users/me", headers=headers).status_code == 200
        until = sum(server.load.answered for server in FAKES) - before
        assert chat.result().status_code == 200
    return until / (sum(server.load.answered for server in FAKES) - before)


def test_a_slow_chat_does_not_hold_up_others(client, say, alice):
    for server in FAKES:
        server.latency = LATENCY
    share = share_waited(client, say, alice)
    print(f"another call waits for {share:.0%} of a chat's calls")
    assert (share < 1) is CONVERTED
