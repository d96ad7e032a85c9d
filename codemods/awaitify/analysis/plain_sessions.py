"""What works on a plain session or on an engine only: it cannot run on the session inside an async one either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.loading.backrefs import cascaded
from awaitify.analysis.loading.expiry import expirations
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.staleness import COMMITS, stale_reads
from awaitify.analysis.loading.types import Types
from awaitify.analysis.sessions.calls import legacy_effect
from awaitify.project.index import Function

TYPED = "sqlalchemy 2.0"
#: The session's own connection is the one of the async engine; everything else here asks a sync engine for one.
ON_CONNECTION = ("sqlalchemy.engine.base.Connection.", "sqlalchemy.engine.base.Transaction.")


def find_plain(effects: Effects) -> dict[Function, list[tuple[Node, str]]]:
    """Function -> (place, what stands against it; "" where the effect of the call says so itself)."""
    found: dict[Function, list[tuple[Node, str]]] = defaultdict(list)
    is_legacy = effects.knowledge.is_before(TYPED)
    for call, effect in effects.by_call.items():
        if call.function is None or effect.kind != "refused":
            continue
        targets = effects.resolution.targets.get(call, ()) if is_legacy else ()
        if _asks_an_engine(effect) or any(legacy_effect(call, target) for target in targets):
            found[call.function].append((call.node, ""))
    types = Types(effects.resolution.project, effects.mapping, effects.resolution.oracle)
    for function in effects.resolution.within if effects.mapping.classes else ():
        if function.file.is_test:
            continue
        if is_legacy:
            found[function] += cascaded(function, types)
        if any(last_name(call.node) in COMMITS for call in function.calls):
            found[function] += [(node, "") for node in _expired(function, types)]
    return found


def _expired(function: Function, types: Types) -> Iterator[Node]:
    """What the commit of a plain session reads anew, where async code gets a cure."""
    yield from (node for node, _ in stale_reads(function, types, {}))
    yield from (node for node, _ in expirations(function, types, {}))


def _asks_an_engine(effect: Effect) -> bool:
    is_connection = effect.fact is not None and effect.fact.kind == "connection"
    return is_connection and not effect.detail.startswith(ON_CONNECTION)
