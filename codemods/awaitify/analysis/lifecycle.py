"""What FastAPI runs besides routes and dependencies: event handlers, lifespans, and tasks after the response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.background import handed_over, scheduled
from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Function, text_of

OWNERS = ("fastapi.applications.FastAPI", "fastapi.routing.APIRouter", "starlette.applications.Starlette")
MAY_MOVE = {"native", "bridge", "project", "harmless", "async", "hands-off"}
OWN_SESSION = {"opens", "session", "stays", "terminal", "root", "query", "remove", "iterate"}


@dataclass(eq=False)
class Lifecycle:
    """handlers: functions of startup and shutdown; lifespans: async generators; tasks: functions for `add_task`.

    places: the ids of the nodes that hand lifespans and tasks over."""

    handlers: set[Function] = field(default_factory=set)
    lifespans: set[Function] = field(default_factory=set)
    tasks: set[Function] = field(default_factory=set)
    places: dict[Function, set[int]] = field(default_factory=dict)

    def movable(self, kinds: dict[Function, set[str]]) -> set[Function]:
        """Those that use a client with an async form, and nothing that could not be awaited in them."""
        every = self.handlers | self.lifespans | self.tasks
        return {item for item in every if "native" in kinds[item] and kinds[item] <= MAY_MOVE}

    def sharing(self, kinds: dict[Function, set[str]], shared: Callable[[Function], bool]) -> set[Function]:
        """What runs as the service starts and stops, on a session that it opens, and calls what routes share: methods
        of objects, which cannot be sync and async both."""
        every = {item for item in self.handlers | self.lifespans if shared(item)}
        return {
            item for item in every if "opens" in kinds[item] and kinds[item] <= MAY_MOVE | OWN_SESSION | {"refused"}
        }


def find_lifecycle(resolution: Resolution) -> Lifecycle:
    """Reads decorators, `lifespan=` and `add_task`."""
    found = Lifecycle()
    for file in resolution.project.files:
        if file.is_test:
            continue
        by_node = {call.node.id: call for call in file.calls}
        for function in file.functions:
            if any(_is_event(decorator, by_node, resolution) for decorator in function.decorators):
                found.handlers.add(function)
        for call in file.calls:
            for function, node in _lifespans(call, resolution):
                found.lifespans.add(function)
                found.places.setdefault(function, set()).add(node.id)
            for function in scheduled(call, resolution):
                node = handed_over(call)
                found.tasks.add(function)
                found.places.setdefault(function, set()).update([node.id] if node is not None else [])
    return found


def _is_event(decorator: Node, by_node: dict[int, Call], resolution: Resolution) -> bool:
    call = by_node.get(decorator.named_children[0].id) if decorator.named_children else None
    targets = resolution.targets.get(call, ()) if call is not None else ()
    return any(target.name.startswith(OWNERS) and target.name.endswith(".on_event") for target in targets)


def _lifespans(call: Call, resolution: Resolution) -> Iterator[tuple[Function, Node]]:
    """The async generator that a call makes an application's lifespan, and the node that names it."""
    if not any(target.name.startswith(OWNERS) for target in resolution.targets.get(call, ())):
        return
    for argument in call.arguments:
        value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else None
        if value is None or text_of(argument.named_children[0]) != "lifespan":
            continue
        for target in resolution.definition(call.file, value):
            function = resolution.function_of(target)
            if function is not None and function.is_async and function.is_generator:
                yield function, value
