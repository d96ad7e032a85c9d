"""Calls an ASGI app in process, its lifespan included: no server, no port, no other package."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import unquote

BASE = {"http_version": "1.1", "scheme": "http", "server": ("testserver", 80), "client": ("127.0.0.1", 50000)}


class Client:
    """`await start()`, then `await request(...)`, then `await stop()`, all on one loop."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.state: dict[str, Any] = {}
        self._to_app: asyncio.Queue[Any] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()
        self._lifespan: Any = None

    async def start(self) -> None:
        """Runs the app's start-up. Raises RuntimeError when it says that it failed."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        self._lifespan = asyncio.ensure_future(self.app(scope, self._to_app.get, self._from_app.put))
        await self._tell("startup")

    async def stop(self) -> None:
        """Runs the app's shut-down."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._tell("shutdown"), 10)

    async def _tell(self, what: str) -> None:
        if self._lifespan.done():
            return
        await self._to_app.put({"type": "lifespan." + what})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait({answer, self._lifespan}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():  # the app knows no lifespan
            answer.cancel()
        elif answer.result()["type"] == f"lifespan.{what}.failed":
            raise RuntimeError(answer.result().get("message", "") or f"the app's {what} failed")

    async def request(self, item: dict[str, Any]) -> int:
        """item: method, path with its query, headers, body. Gives the status; 599 when there was no answer."""
        path, _, query = item["path"].partition("?")
        headers = {"host": "testserver", **{key.lower(): value for key, value in item.get("headers", {}).items()}}
        body = item.get("body", "").encode()
        if body:
            headers["content-length"] = str(len(body))
        scope = {
            **BASE,
            "type": "http",
            "asgi": {"version": "3.0"},
            "method": item["method"],
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(key.encode("latin-1"), value.encode("latin-1", "replace")) for key, value in headers.items()],
            "state": dict(self.state),
        }
        return await self._answered(scope, body)

    async def _answered(self, scope: dict[str, Any], body: bytes) -> int:
        status = [599]
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        finished = asyncio.Event()

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await finished.wait()  # a client that waits for its answer does not disconnect before
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                finished.set()

        # what a handler raises has been answered with 500 by then
        with contextlib.suppress(Exception):
            await self.app(scope, receive, send)
        return status[0]
