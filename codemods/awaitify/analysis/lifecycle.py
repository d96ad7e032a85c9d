"""What FastAPI runs besides routes, and would run on the loop too: startup, shutdown, lifespan, background tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Function, text_of

OWNERS = ("fastapi.applications.FastAPI", "fastapi.routing.APIRouter", "starlette.applications.Starlette")
TASKS = ("starlette.background.BackgroundTasks.add_task", "fastapi.background.BackgroundTasks.add_task")
MAY_MOVE = {"native", "bridge", "project", "harmless", "async", "hands-off"}


@dataclass(eq=False)
class Lifecycle:
    """handlers: functions of startup and shutdown; lifespans: async generators; tasks: functions that run after an
    answer; places: the ids of the nodes in which they are registered."""

    handlers: set[Function] = field(default_factory=set)
    lifespans: set[Function] = field(default_factory=set)
    tasks: set[Function] = field(default_factory=set)
    places: dict[Function, set[int]] = field(default_factory=dict)

    def movable(self, kinds: dict[Function, set[str]]) -> set[Function]:
        """Those that use a client with an async form, and nothing that could not be awaited in them."""
        every = self.handlers | self.lifespans | self.tasks
        return {item for item in every if "native" in kinds[item] and kinds[item] <= MAY_MOVE}


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
            for function, node, is_task in _given(call, resolution):
                group = found.tasks if is_task else found.lifespans
                if is_task or (function.is_async and function.is_generator):
                    group.add(function)
                    found.places.setdefault(function, set()).add(node.id)
    return found


def _is_event(decorator: Node, by_node: dict[int, Call], resolution: Resolution) -> bool:
    call = by_node.get(decorator.named_children[0].id) if decorator.named_children else None
    targets = resolution.targets.get(call, ()) if call is not None else ()
    return any(target.name.startswith(OWNERS) and target.name.endswith(".on_event") for target in targets)


def _given(call: Call, resolution: Resolution) -> Iterator[tuple[Function, Node, bool]]:
    """Functions that a call receives to run them later: the function, its place, whether it is a task."""
    names = {target.name for target in resolution.targets.get(call, ())}
    nodes: list[tuple[Node, bool]] = []
    if names & set(TASKS) and call.arguments and call.arguments[0].type in ("identifier", "attribute"):
        nodes.append((call.arguments[0], True))
    if any(name.startswith(OWNERS) for name in names):
        for argument in call.arguments:
            value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else None
            if value is not None and text_of(argument.named_children[0]) == "lifespan":
                nodes.append((value, False))
    for node, is_task in nodes:
        for target in resolution.definition(call.file, node):
            function = resolution.function_of(target)
            if function is not None:
                yield function, node, is_task
