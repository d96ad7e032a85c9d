"""Routes in every form: by decorator, by a call of what would be the decorator, by `add_api_route`."""

from __future__ import annotations

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.model import Entries, Route, keyword
from awaitify.project.index import Call, Function, text_of

METHODS = {"get", "post", "put", "patch", "delete", "options", "head", "trace", "api_route", "websocket", "route"}
OWNERS = ("fastapi.applications.FastAPI.", "fastapi.routing.APIRouter.", "starlette.")


def routes_of(function: Function, resolution: Resolution, by_node: dict[int, Call], entries: Entries) -> None:
    """Notes the routes that the decorators of a function make it."""
    for decorator in function.decorators:
        expression = decorator.named_children[0] if decorator.named_children else None
        call = by_node.get(expression.id) if expression is not None else None
        if call is None or not is_registration(call, resolution):
            continue
        entries.decorator_calls.add(call.node)
        attribute = text_of(call.callee).rpartition(".")[2]
        for method in _methods(call, attribute):
            entries.routes.append(
                Route(
                    method,
                    _path(call),
                    function,
                    call.node,
                    text_of(call.callee).rpartition(".")[0],
                    keyword(call, "response_model"),
                )
            )


def is_registration(call: Call, resolution: Resolution) -> bool:
    """Whether a call registers a route on an application or a router."""
    owner, _, attribute = text_of(call.callee).rpartition(".")
    if attribute not in METHODS or not owner:
        return False
    targets = resolution.targets.get(call, ())
    return any(target.name.startswith(OWNERS) for target in targets)


def _methods(call: Call, attribute: str) -> list[str]:
    if attribute in ("api_route", "route"):
        node = keyword(call, "methods")
        return [text_of(item).strip("\"'") for item in node.named_children] if node is not None else ["GET"]
    return ["WS" if attribute == "websocket" else attribute.upper()]


def _path(call: Call) -> str:
    node = keyword(call, "path") or next((arg for arg in call.arguments if arg.type != "keyword_argument"), None)
    return text_of(node).strip("\"'") if node is not None else ""


def registered_by_call(call: Call, resolution: Resolution, entries: Entries) -> None:
    """`app.add_api_route("/x", endpoint)` and `app.get("/x")(endpoint)`."""
    owner, _, attribute = text_of(call.callee).rpartition(".")
    if attribute not in ("add_api_route", "add_api_websocket_route", "add_route") or not owner:
        return
    if not any(target.name.startswith(OWNERS) for target in resolution.targets.get(call, ())):
        return
    positional = [argument for argument in call.arguments if argument.type != "keyword_argument"]
    endpoint = keyword(call, "endpoint") or (positional[1] if len(positional) > 1 else None)
    if endpoint is None or endpoint.type not in ("identifier", "attribute"):
        return
    for target in resolution.definition(call.file, endpoint):
        found = resolution.function_of(target)
        if found is not None:
            entries.decorator_calls.add(call.node)
            for method in _methods(call, "api_route"):
                entries.routes.append(
                    Route(method, _path(call), found, call.node, owner, keyword(call, "response_model"))
                )
