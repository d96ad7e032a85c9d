"""Listeners of SQLAlchemy's events, and the calls of a session that run them.

What they do with the session or the connection that they are given is right inside an awaited call; what else waits
there stops the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.loading.names import keyword, last_name, string_value
from awaitify.analysis.waiting import waits
from awaitify.project.index import Call, File, Function, text_of
from awaitify.project.nodes import with_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution
    from awaitify.analysis.effects import Effects

LISTENS = ("listens_for", "listen")
#: Events of attributes, which assignments run, and of the database's connections, which are made once.
ELSEWHERE = {"set", "append", "remove", "bulk_replace", "init", "modified"}
CONNECTING = {"connect", "first_connect", "do_connect", "close", "checkin", "checkout", "invalidate", "engine_connect"}
#: Events of tables that are made or dropped, which no session does.
DEFINING = {
    "before_create", "after_create", "before_drop", "after_drop", "before_parent_attach", "after_parent_attach",
    "column_reflect",
}  # fmt: skip
#: Events of every statement, not of flushes alone.
STATEMENTS = {
    "load", "refresh", "do_orm_execute", "before_execute", "after_execute", "before_cursor_execute",
    "after_cursor_execute", "handle_error",
}  # fmt: skip
#: Events of legacy queries: no select runs them.
OF_QUERIES = {"before_compile", "before_compile_update", "before_compile_delete"}
FLUSHES = {"commit", "flush"}
#: Blocks that commit as they end.
BLOCKS = {"begin", "begin_nested"}
#: Columns, their functions, and types that change the values.
COLUMNS, DEFAULTS = {"Column", "mapped_column"}, ("default", "onupdate", "insert_default")
TYPES = {"TypeDecorator", "UserDefinedType"}
PROCESSORS = (
    "process_bind_param",
    "process_result_value",
    "process_literal_param",
    "bind_processor",
    "result_processor",
)
SESSION_KINDS = {"session", "terminal", "async"}


@dataclass(frozen=True, slots=True)
class Listener:
    """call: what registers it; target: what it listens to."""

    call: Call
    target: Node
    event: str
    function: Function


def listeners(resolution: Resolution) -> Iterator[Listener]:
    """The project's functions that listen to events."""
    for file in resolution.project.files:
        for call in file.calls if not file.is_test else ():
            if text_of(call.callee).rpartition(".")[2] not in LISTENS or len(call.arguments) < 2:
                continue
            name = string_value(call.arguments[1]) or ""
            for function in heard_by(file, call, resolution):
                yield Listener(call, call.arguments[0], name, function)


def heard_by(file: File, call: Call, resolution: Resolution) -> list[Function]:
    """The functions that a call registers: the one below, of a decorator, or the one that it gets."""
    decorated = call.node.parent.parent if call.node.parent is not None else None
    if decorated is not None and decorated.type == "decorated_definition":
        return [item for item in file.functions if item.node.parent == decorated]
    given = call.arguments[2:3]
    targets = [target for node in given for target in resolution.definition(file, node)]
    return [found for target in targets if (found := resolution.function_of(target)) is not None]


def changed_by(resolution: Resolution) -> str:
    """Where the project listens to its legacy queries, most often to add a filter to each; "" where nothing does."""
    for file in resolution.project.files:
        for call in file.calls if not file.is_test else ():
            is_heard = text_of(call.callee).rpartition(".")[2] in LISTENS and len(call.arguments) > 1
            if is_heard and string_value(call.arguments[1]) in OF_QUERIES:
                return f"{file.source.relative}:{call.line}"
    return ""


def find_listening(effects: Effects) -> dict[File, list[tuple[Node, Function]]]:
    """Where a session's calls run what waits for anything but the database, by file."""
    heard = [(item.event in STATEMENTS, item.function) for item in listeners(effects.resolution)
             if item.event not in ELSEWHERE | CONNECTING | DEFINING]  # fmt: skip
    slow = [item for item in (*heard, *_of_columns(effects.resolution)) if waits(item[1], effects)]
    found: dict[File, list[tuple[Node, Function]]] = {}
    for call, effect in effects.by_call.items() if slow else ():
        name = text_of(call.callee).rpartition(".")[2]
        ends = effect.kind in ("stays", "opens") and name in BLOCKS and with_of(call.node) is not None
        if ends or effect.kind in (*SESSION_KINDS, "root"):
            flushes = ends or name in FLUSHES
            run = dict.fromkeys(function for always, function in slow if flushes or always)
            found.setdefault(call.file, []).extend((call.node, function) for function in run)
    return found


def _of_columns(resolution: Resolution) -> Iterator[tuple[bool, Function]]:
    """(whether every statement runs it, function): defaults of columns, and what types do with their values."""
    for file in (file for file in resolution.project.files if not file.is_test):
        for call in (item for item in file.calls if last_name(item.callee) in COLUMNS):
            given = [node for name in DEFAULTS if (node := keyword(call.node, name)) is not None]
            asked = [node for node in given if node.type in ("identifier", "attribute")]
            for target in (target for answer in resolution.definitions(file, asked) for target in answer):
                function = resolution.function_of(target) if target.kind != "class" else None
                yield from [(False, function)] if function is not None else []
        for cls in file.classes:
            bases = {last_name(base) for item in resolution.lineage(cls) for base in item.bases}
            if bases & TYPES:
                yield from ((True, cls.methods[name]) for name in PROCESSORS if name in cls.methods)
