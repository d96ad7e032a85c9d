"""What runs on the event loop around the routes: middlewares and exception handlers that are async functions."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Class, Function, text_of

DECORATORS = {"middleware", "exception_handler"}
OWNERS = ("fastapi.applications.FastAPI.", "fastapi.routing.APIRouter.", "starlette.")
METHODS = ("dispatch", "__call__")


def handles_on_loop(function: Function, resolution: Resolution, by_node: dict[int, Call]) -> bool:
    """Whether a decorator makes an async function a middleware or an exception handler."""
    for decorator in function.decorators if function.is_async else ():
        call = by_node.get(decorator.named_children[0].id) if decorator.named_children else None
        if call is not None and text_of(call.callee).rpartition(".")[2] in DECORATORS:
            return any(target.name.startswith(OWNERS) for target in resolution.targets.get(call, ()))
    return False


def on_loop(call: Call, resolution: Resolution) -> Iterator[Function]:
    """The async methods of a middleware class that `add_middleware(Class)` or `Middleware(Class)` adds."""
    if text_of(call.callee).rpartition(".")[2] not in ("add_middleware", "Middleware") or not call.arguments:
        return
    if call.arguments[0].type not in ("identifier", "attribute"):
        return
    for target in resolution.definition(call.file, call.arguments[0]):
        found = resolution.project.definition(target.path, target.offset) if target.in_project else None
        for name in METHODS if isinstance(found, Class) else ():
            method = found.methods.get(name) if isinstance(found, Class) else None
            if method is not None and method.is_async:
                yield method
