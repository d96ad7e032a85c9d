"""Many requests at once, in process and not watched: `python -m awaitify_probes.load module:app PLAN OUT`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

from . import documents
from .asgi_client import Client


async def measure(app: Any, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """For each request of the plan: {"times": seconds of each answer, "seconds": how long all took, "failed"}."""
    client = Client(app)
    await client.start()
    results = [await _one(client, item, plan["concurrency"], plan["seconds"]) for item in plan["requests"]]
    await client.stop()
    return results


async def _one(client: Client, item: Any, concurrency: int, seconds: float) -> dict[str, Any]:
    times: list[float] = []
    failed = [0]

    async def worker(until: float) -> None:
        while time.perf_counter() < until:
            started = time.perf_counter()
            failed[0] += await client.request(item) >= 400
            times.append(time.perf_counter() - started)

    await asyncio.gather(*(worker(0.2 + time.perf_counter()) for _ in range(concurrency)))  # warms up
    times.clear()
    failed[0] = 0
    started = time.perf_counter()
    await asyncio.gather(*(worker(started + seconds) for _ in range(concurrency)))
    return {"times": times, "seconds": time.perf_counter() - started, "failed": failed[0]}


def main() -> None:
    """Writes {"results"} or {"error"}."""
    target, plan, out = sys.argv[1:4]
    try:
        with open(plan) as file:
            result: dict[str, Any] = {"results": asyncio.run(measure(documents.load(target), json.load(file)))}
    except BaseException as error:
        result = {"error": documents.told(error)}
    documents.write(result, out)
    os._exit(0)  # threads that the app started must not keep this process


if __name__ == "__main__":
    main()
