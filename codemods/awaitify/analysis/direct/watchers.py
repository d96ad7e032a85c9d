"""What traces the calls of requests in the whole process, and its like for httpx, which can be put beside it."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.direct.model import field_of
from awaitify.project.index import File, Project, is_imported, text_of

MODULE = "opentelemetry.instrumentation.requests"
CLASS = "RequestsInstrumentor"
BESIDE = ("opentelemetry.instrumentation.httpx", "HTTPXClientInstrumentor")
PACKAGE = "opentelemetry-instrumentation-httpx"
#: Arguments that mean the same for both.
SHARED = {"tracer_provider", "meter_provider"}


@dataclass(frozen=True, slots=True)
class Watcher:
    """A statement that starts the tracing of requests, and the one for httpx that goes beside it."""

    file: File
    statement: Node
    code: str


def find_watchers(project: Project) -> list[Watcher] | None:
    """Every place that traces requests; None where one is written in a way that has no like for httpx."""
    found: list[Watcher] = []
    for file in project.files:
        for item in file.imports:
            if not f"{item.module}.{item.name}.".startswith(f"{MODULE}."):
                continue
            outer = item.statement.parent
            if file.is_test or item.name != CLASS or item.local != CLASS or outer is None or outer.type != "module":
                return None
            started = [_started(node, file) for node in file.named(CLASS) if not is_imported(node)]
            if None in started:
                return None
            found += [watcher for watcher in started if watcher is not None]
    return found


def _started(node: Node, file: File) -> Watcher | None:
    """`RequestsInstrumentor().instrument()` as a statement, perhaps with providers."""
    made = node.parent
    method = made.parent if made is not None and made.type == "call" else None
    call = method.parent if method is not None and method.type == "attribute" else None
    if made is None or method is None or call is None or call.type != "call" or call.parent is None:
        return None
    arguments, own = field_of(call, "arguments"), field_of(made, "arguments")
    is_plain = own is not None and not own.named_children and field_of(made, "function") == node
    if not is_plain or text_of(method).rpartition(".")[2] != "instrument" or arguments is None:
        return None
    for argument in arguments.named_children:
        name = field_of(argument, "name") if argument.type == "keyword_argument" else None
        if name is None or text_of(name) not in SHARED:
            return None
    if call.parent.type != "expression_statement" or field_of(call, "function") != method:
        return None
    return Watcher(file, call.parent, f"{BESIDE[1]}().instrument{text_of(arguments)}\n")
