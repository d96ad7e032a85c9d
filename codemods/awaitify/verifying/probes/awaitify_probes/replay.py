"""Sends requests to the app one after the other, watched: `python -m awaitify_probes.replay module:app PLAN OUT`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from . import documents, loop_watch, seen, watch
from .asgi_client import Client

SECONDS = 30  # for one request


async def replay(app: Any, requests: list[Any]) -> None:
    """Start-up, the requests, shut-down."""
    client = Client(app)
    await client.start()
    seen.start_test("")
    for item in requests:
        watch.patch()
        await asyncio.wait_for(client.request(item), SECONDS)
    await client.stop()


def main() -> None:
    """Writes {"error", "leaked"}; the requests themselves are written as they are handled."""
    target, plan, out = sys.argv[1:4]
    watch.install()
    result = {"error": ""}
    try:
        with open(plan) as file:
            requests = json.load(file)["requests"]
        app = documents.load(target)
        watch.patch()
        asyncio.run(replay(app, requests))
    except BaseException as error:
        result["error"] = documents.told(error)
    documents.write({**result, "leaked": loop_watch.leaked(os.environ.get("AWAITIFY_PROBE_ORIGINAL", ""))}, out)
    os._exit(0)  # threads that the app started must not keep this process


if __name__ == "__main__":
    main()
