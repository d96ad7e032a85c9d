"""What runs on the event loop, and through which entry: a route, a dependency, a middleware, the lifespan, a task."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.analysis.entries.model import Entries
from awaitify.checking.validators import of_requests
from awaitify.findings import Step
from awaitify.project.index import Call, File, Function, text_of

_ARGUMENTS = re.compile(r"\((?!…\))(?!\))[^()]*(?:\(…?\)[^()]*)*\)")
ONCE = ("startup", "shutdown", "lifespan")
_TASKS = {"create_task", "ensure_future", "run_coroutine_threadsafe", "start_soon"}
_SCHEDULED = {"call_soon", "call_later", "call_at", "call_soon_threadsafe", "add_done_callback", "add_signal_handler"}
_ASGI = ("scope", "receive", "send")


@dataclass(frozen=True, slots=True)
class Entry:
    """How the loop comes to a function. label: as a reader knows it (`GET /items`); rank: which label wins, 0 first."""

    function: Function
    label: str
    rank: int

    @property
    def is_once(self) -> bool:
        """Whether it runs only while the server starts or stops."""
        return self.label.partition(" ")[0] in ONCE


@dataclass(eq=False)
class Loop:
    """functions: all that the loop itself runs: every async function, and the plain handlers that it calls."""

    effects: Effects
    entries: Entries
    functions: list[Function] = field(default_factory=list)
    _from: dict[Function, tuple[Function | None, Node | None, Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = sorted(self._entries(), key=lambda entry: (entry.rank, entry.label, entry.function.id))
        plain = [
            entry.function
            for entry in found
            if entry.rank in (_STARTS, _CALLED, _VALIDATORS) and not entry.function.is_async
        ]
        within = [function for function in self.effects.resolution.within if function.is_async]
        self.functions = list(dict.fromkeys([*within, *plain]))
        self._spread([entry for entry in found if entry.function.is_async or entry.function in plain])

    def entry(self, function: Function) -> Entry | None:
        """Through which entry the loop comes to a function; None when nothing is known to lead there."""
        return self._from[function][2] if function in self._from else None

    def path(self, function: Function) -> list[Step]:
        """From the entry to the function: the entry's definition, then the calls."""
        steps: list[Step] = []
        current: Function | None = function
        while current is not None:
            before, node, entry = self._from.get(current, (None, None, None))
            if before is not None and node is not None:
                steps.append(step(before, node, current.id))
            else:
                name = current.name_node
                label = entry.label if entry is not None else f"async def {current.name}"
                steps.append(Step(current.file.source.relative, *place(current.file, name), label, current.id))
            current = before
        return steps[::-1]

    def _spread(self, found: list[Entry]) -> None:
        """Breadth first over calls, so that every function gets its shortest path; better entries go first."""
        queue: deque[Function] = deque()
        for entry in found:
            if entry.function not in self._from:
                self._from[entry.function] = (None, None, entry)
                queue.append(entry.function)
        while queue:
            function = queue.popleft()
            for node, callee in self._called(function):
                if callee not in self._from:
                    self._from[callee] = (function, node, self._from[function][2])
                    queue.append(callee)

    def _called(self, function: Function) -> Iterator[tuple[Node, Function]]:
        for effect in self.effects.of(function):
            for callee in effect.callees if effect.kind != "threaded" else ():
                yield effect.call.node, callee
        for item in self.effects.implicit.get(function, ()):
            for callee in item.callees:
                yield item.node, callee
        for nested in function.file.functions:
            if nested.parent is function and nested.is_async:
                yield nested.name_node, nested

    def _entries(self) -> Iterator[Entry]:
        for route in self.entries.routes:
            yield Entry(route.function, f"{route.method} {route.path}", _ROUTES)
        for owner, needed in self.entries.depends_on.items():
            for function in needed:
                yield Entry(function, f"dependency of {owner.name}", _DEPENDENCIES)
        for label, function in of_requests(self.entries, self.effects.resolution):
            yield Entry(function, f"request validation of {label}", _VALIDATORS)
        for function in self.entries.shared:
            yield Entry(function, "dependency of a router", _DEPENDENCIES)
        for function in self.effects.resolution.within:
            yield from _by_shape(function)
        for call in self.effects.resolution.targets:
            yield from self._handed_over(call)

    def _handed_over(self, call: Call) -> Iterator[Entry]:
        name = text_of(call.callee).rpartition(".")[2]
        arguments = call.arguments
        if name in _TASKS and arguments and arguments[0].type == "call":
            yield from self._named(call, arguments[0].child_by_field_name("function"), "background task", _BACKGROUND)
        elif name == "add_task" and arguments:
            yield from self._named(call, arguments[0], "background task", _BACKGROUND)
        elif name in _SCHEDULED:
            for argument in arguments:
                yield from self._named(call, argument, f"callback of {name}", _CALLED)
        elif name == "add_event_handler" and len(arguments) > 1:
            event = text_of(arguments[0]).strip("\"'")
            yield from self._named(call, arguments[1], f"{event} handler", _STARTS)
        elif name in ("FastAPI", "Starlette", "APIRouter"):
            yield from self._lifespans(call)

    def _lifespans(self, call: Call) -> Iterator[Entry]:
        for argument in call.arguments:
            key, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
            if argument.type != "keyword_argument" or key is None or value is None:
                continue
            if text_of(key) == "lifespan":
                yield from self._named(call, value, "lifespan", _STARTS)
            elif text_of(key) in ("on_startup", "on_shutdown") and value.type == "list":
                for item in value.named_children:
                    yield from self._named(call, item, f"{text_of(key).removeprefix('on_')} handler", _STARTS)

    def _named(self, call: Call, node: Node | None, label: str, rank: int) -> Iterator[Entry]:
        if node is None or node.type not in ("identifier", "attribute"):
            return
        resolution = self.effects.resolution
        for target in resolution.definition(call.file, node):
            function = resolution.function_of(target)
            if function is not None and function.name != "__init__":
                yield Entry(function, label, rank)


_ROUTES, _DEPENDENCIES, _MIDDLEWARE, _VALIDATORS, _BACKGROUND, _CALLED, _STARTS = range(7)


def _by_shape(function: Function) -> Iterator[Entry]:
    """Middlewares and handlers, by their decorators and by the signatures that frameworks prescribe."""
    for decorator in function.decorators:
        text = text_of(decorator)
        if ".middleware(" in text:
            yield Entry(function, "middleware", _MIDDLEWARE)
        elif ".exception_handler(" in text:
            yield Entry(function, "exception handler", _MIDDLEWARE)
        elif ".on_event(" in text:
            yield Entry(function, f"{'shutdown' if 'shutdown' in text else 'startup'} handler", _STARTS)
    if function.cls is None or not function.is_async:
        return
    bases = " ".join(text_of(base) for base in function.cls.bases)
    names = tuple(param.name for param in function.params[1:4])
    if (function.name == "dispatch" and "Middleware" in bases) or (function.name == "__call__" and names == _ASGI):
        yield Entry(function, f"middleware {function.cls.name}", _MIDDLEWARE)


def step(function: Function, node: Node, target: str) -> Step:
    """The link from a place in a function to what it runs."""
    callee = node.child_by_field_name("function") if node.type == "call" else None
    shown = _short(text_of(callee or node))
    return Step(function.file.source.relative, *place(function.file, node), shown, target)


def _short(text: str) -> str:
    """Code on one line, its arguments left out."""
    short, before = " ".join(text.split()), ""
    while short != before:
        short, before = _ARGUMENTS.sub("(…)", short), short
    return short[:80]


def place(file: File, node: Node) -> tuple[int, int]:
    """Line and column of a node, both from 1; the column counts characters."""
    row, column = node.start_point
    before = file.source.text[node.start_byte - column : node.start_byte]
    return row + 1, len(before.decode("utf-8", "replace")) + 1
