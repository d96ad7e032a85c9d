"""Listeners of the tests' own engines and connections hear the async engine beside them too."""

from __future__ import annotations

from tree_sitter import Node

from awaitify.project.index import Call, File, Project, text_of

LISTENS = ("listens_for", "listen")
STATEMENTS = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
CONNECT = """    for listener in engine.pool.dispatch.connect.listeners:
        if not listener.__module__.startswith("sqlalchemy."):
            listen(async_engine.sync_engine, "connect", listener)
"""
RELAY = '''
    def relay(event):
        """What listens to the sync session's statements hears the async one's."""
        own = getattr(async_engine.sync_engine.dispatch, event)

        def tell(*arguments):
            for listener in getattr(session.get_bind().dispatch, event):
                if listener not in [*own]:
                    listener(*arguments)

        listen(async_engine.sync_engine, event, tell)

    for event in ({events}):
        relay(event)
'''


def relayed(project: Project) -> str:
    """The code that hands on what listens to an engine of the tests; empty where nothing does."""
    calls = [(file, call) for file in project.files for call in file.calls if _listens(file, call)]
    connects = any(_event(call) == "connect" for _, call in calls)
    found = {_event(call) for file, call in calls if file.is_test}
    events = ", ".join(f'"{name}"' for name in STATEMENTS if name in found)
    return (CONNECT if connects else "") + (RELAY.format(events=f"{events},") if events else "")


def _listens(file: File, call: Call) -> bool:
    """Whether a call registers a listener of one engine: those of the class hear the async ones anyway."""
    if text_of(call.callee).rpartition(".")[2] not in LISTENS or len(call.arguments) < 2:
        return False
    target = text_of(call.arguments[0])
    return not any(item.local == target and item.module.partition(".")[0] == "sqlalchemy" for item in file.imports)


def _event(call: Call) -> str:
    literal: Node = call.arguments[1]
    return text_of(literal).strip("\"'") if literal.type == "string" else ""
