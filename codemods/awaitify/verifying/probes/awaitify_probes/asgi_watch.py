"""Marks everything that runs below an application's call as belonging to that request, and keeps what it answers."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from typing import Any

from . import seen

KEPT_HEADERS = ("content-type", "location", "www-authenticate")
done = set()


def patch() -> None:
    """Wraps `Starlette.__call__`, once it has been imported. FastAPI's own call goes through it."""
    applications = sys.modules.get("starlette.applications")
    if applications is None or "starlette" in done or not hasattr(applications, "Starlette"):
        return
    done.add("starlette")
    original = applications.Starlette.__call__

    @functools.wraps(original)
    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or seen.active.get() is not None:
            return await original(self, scope, receive, send)
        return await _watched(functools.partial(original, self), scope, receive, send)

    applications.Starlette.__call__ = call


async def _watched(app: Any, scope: Any, receive: Any, send: Any) -> None:
    request = seen.Request(scope)
    token = seen.active.set(request)

    async def keep(message: Any) -> None:
        _keep(request, message)
        await send(message)

    try:
        await app(scope, receive, keep)
    finally:
        with contextlib.suppress(ValueError):  # a server may end it in another context
            seen.active.reset(token)
        endpoint = scope.get("endpoint")
        seen.write(request, name_of(endpoint), is_async(endpoint))


def _keep(request: seen.Request, message: Any) -> None:
    if message["type"] == "http.response.start":
        request.status = message["status"]
        headers = [
            (key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in message.get("headers", [])
        ]
        request.headers = {key: value for key, value in headers if key in KEPT_HEADERS}
    elif message["type"] == "http.response.body" and len(request.body) < seen.BODY_LIMIT:
        request.body += bytes(message.get("body", b""))


def unwrapped(function: Any) -> Any:
    """The function below partials, callable objects and decorators that keep `__wrapped__`."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif not inspect.isroutine(function) and not inspect.isclass(function) and callable(function):
            function = type(function).__call__
        else:
            return function


def name_of(endpoint: Any) -> str:
    """`module.qualified_name` of an endpoint; empty for none."""
    if endpoint is None:
        return ""
    function = unwrapped(endpoint)
    return "{}.{}".format(getattr(function, "__module__", "?"), getattr(function, "__qualname__", "?"))


def is_async(endpoint: Any) -> bool:
    """Whether the framework runs the endpoint on the event loop."""
    while isinstance(endpoint, functools.partial):
        endpoint = endpoint.func
    call = type(endpoint).__call__ if callable(endpoint) else None
    return inspect.iscoroutinefunction(endpoint) or inspect.iscoroutinefunction(call)
