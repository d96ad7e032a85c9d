"""Functions that block, handed to something which calls them at once: `sorted(rows, key=slow)`, `map(slow, rows)`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effects
from awaitify.plan_model import Reason
from awaitify.project.index import Function, text_of

# They run what they are given elsewhere, or are FastAPI's own; whether that still fits is judged apart.
ELSEWHERE = {
    "add_task", "to_thread", "run_in_threadpool", "run_in_executor", "run_sync", "submit", "Depends", "Security",
    "Thread", "Timer", "Process", "add_event_handler", "add_exception_handler", "add_api_route", "add_job",
    "isinstance", "issubclass", "super", "getattr", "hasattr", "setattr", "callable", "cast",
}  # fmt: skip


def callback_reasons(function: Function, effects: Effects, effectful: Collection[Function]) -> Iterator[Reason]:
    """A reason for each working function of the project that a call outside of the project receives here."""
    resolution = effects.resolution
    names = {item.name for item in effectful}
    names |= {item.local for item in function.file.imports if item.name in names}
    for effect in effects.of(function):
        called = text_of(effect.call.callee).rpartition(".")[2]
        if effect.kind not in ("harmless", "hands-off", "async") or called in ELSEWHERE:
            continue
        if effect.detail in resolution.project.classes:
            continue  # a constructor without code of its own: it keeps the function; who calls it there is looked at
        for node in effect.call.arguments:
            value = node.child_by_field_name("value") if node.type == "keyword_argument" else node
            if value is None or _last_name(value) not in names:
                continue
            for target in resolution.definition(function.file, value):
                given = resolution.function_of(target)
                if given in effectful and given is not None and not given.is_async and given not in effects.properties:
                    message = f"{text_of(value)} is given to {called}, which calls it, and does I/O"
                    where = (function.file.source.relative, value.start_point[0] + 1)
                    yield Reason("used-as-value", message, *where, (function.id, given.id))
                    break


def _last_name(node: Node) -> str:
    attribute = node.child_by_field_name("attribute") if node.type == "attribute" else node
    return text_of(attribute) if attribute is not None and attribute.type == "identifier" else ""
