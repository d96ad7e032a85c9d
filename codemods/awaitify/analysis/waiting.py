"""Whether a function waits for something else than the database of the session that it is given."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from awaitify.project.index import Function

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effect, Effects

BLOCKING = {"bridge", "native", "opens", "lazy", "reads", "escapes", "unclassified"}
#: The work of sessions, its own or given ones.
OF_SESSIONS = {"session", "terminal", "root"}


def waits(function: Function, effects: Effects, others: Collection[str] = ()) -> bool:
    """Whether it, or what it calls, blocks by a client, a file, the processor or a session of its own. others: the
    kinds of effects that count as well."""
    todo, seen = [function], {function}
    while todo:
        for effect in effects.of(todo.pop()):
            if effect.kind in others or _waits(effect, effects):
                return True
            new = [callee for callee in effect.callees if callee not in seen]
            seen.update(new)
            todo += new
    return False


def _waits(effect: Effect, effects: Effects) -> bool:
    fact = effect.fact or (effects.knowledge.fact(effect.detail) if effect.kind == "unresolved" else None)
    is_known = effect.kind in BLOCKING or (fact is not None and fact.is_ruled and fact.kind in ("blocks", "cpu"))
    return is_known and not (fact is not None and fact.waits_once)
