"""The routes and the OpenAPI documents of an app: `python -m awaitify_probes.documents module:app OUT`."""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from .asgi_watch import is_async, name_of


def load(target: str) -> Any:
    """The app that `module:app` or `module:factory()` names."""
    module, _, attribute = target.partition(":")
    attribute = attribute or "app"
    found: Any = functools.reduce(getattr, attribute.replace("()", "").split("."), importlib.import_module(module))
    return found() if attribute.endswith("()") else found


def describe(app: Any) -> dict[str, Any]:
    """{"routes": {"GET /path": {"async", "function"}}, "documents": {mount's prefix: OpenAPI document}}"""
    documents: dict[str, Any] = {}
    routes = dict(_routes(app, "", documents))
    return {"routes": routes, "documents": documents}


def _routes(node: Any, prefix: str, documents: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if callable(getattr(node, "openapi", None)):
        documents[prefix] = json.loads(json.dumps(node.openapi(), default=str))
    for context in _contexts(getattr(node, "routes", None) or []):
        route = getattr(context, "original_route", context)
        path = getattr(context, "path", None)
        if path is None:
            path = getattr(getattr(context, "starlette_route", None), "path", "")
        if type(route).__name__ == "Mount":
            yield from _routes(route.app, prefix + path, documents)
            continue
        endpoint = getattr(context, "endpoint", None) or getattr(route, "endpoint", None)
        if endpoint is None or name_of(endpoint).startswith(("fastapi.", "starlette.")):
            continue
        methods = getattr(context, "methods", None) or getattr(route, "methods", None) or {"WEBSOCKET"}
        for method in sorted(set(methods) - ({"HEAD"} if "GET" in methods else set())):
            yield f"{method} {prefix}{path}", {"async": is_async(endpoint), "function": name_of(endpoint)}


def _contexts(routes: Any) -> Any:
    """Routes with their full paths; FastAPI versions that nest routers have an iterator for it."""
    found = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    return list(found(routes) if found else routes)


def write(result: Any, out: str) -> None:
    """Saves a result as JSON."""
    with open(out, "w") as file:
        json.dump(result, file)


def told(error: BaseException) -> str:
    """An error in one line."""
    lines = (str(error).strip() or "no message").splitlines()
    return ("{}: {}".format(type(error).__name__, " ".join(lines)))[:300]


def main() -> None:
    """Imports the app and writes what it has, or {"error"}."""
    target, out = sys.argv[1:3]
    try:
        result = describe(load(target))
    except BaseException as error:  # SystemExit too: some settings modules exit
        result = {"error": told(error)}
    write(result, out)
    os._exit(0)  # threads that the app started must not keep this process


if __name__ == "__main__":
    main()
