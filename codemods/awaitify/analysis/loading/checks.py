"""Reads that can be judged one by one: those that no eager mapping cures, and those that need none."""

from __future__ import annotations

from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.options import is_loaded_by_option
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import Mapping
from awaitify.plan_model import Reason
from awaitify.project.index import text_of


def judge(read: Read, types: Types, mapping: Mapping) -> str | None:
    """Why a read is refused; "" when it needs no cure; None when it is still to be decided."""
    if not read.cls:
        return f"`{text_of(read.node)}` may be a lazy load: its class is not known"
    mapped = mapping.classes[read.cls]
    name = f"{mapped.cls.name}.{read.attr}"
    if read.attr in mapped.proxies:
        return f"{name} reads {mapped.proxies[read.attr][0] or 'a relationship'}"
    relationship = mapped.relationships.get(read.attr)
    if relationship is None:
        late_and_merged = mapped.late.get(read.attr) == "onupdate" and _is_merged(read, types)
        return f"{name} is read from a merged object" if late_and_merged else None
    if relationship.lazy == "write_only":
        return ""  # gives statements, and nothing else
    if relationship.lazy == "dynamic":
        return f"{name} is lazy={relationship.lazy!r}"
    if relationship.lazy in ("raise", "raise_on_sql", "noload"):
        return ""  # no lazy load in the sync service either
    if _is_merged(read, types):
        return f"{name} is read from a merged object"
    return "" if is_loaded_by_option(read, types, mapping) else None


def may_run(read: Read, mapping: Mapping) -> bool:
    """Whether a refused read loads whole where it runs on the session: what is dynamic, or a proxy, loads later."""
    found = [item for key, item in mapping.classes.items() if read.cls in ("", key)]
    named = [item.relationships[read.attr] for item in found if read.attr in item.relationships]
    later = any(item.lazy in ("dynamic", "write_only") for item in named)
    return bool(named) and not later and not any(read.attr in item.proxies for item in found)


def imperative_classes(mapping: Mapping) -> list[Reason]:
    """A warning for each imperatively mapped class: its relationships are not known, so neither are reads of them."""
    message = "is mapped imperatively: reads of its relationships are not found"
    return [Reason("imperative-mapping", f"{cls} {message}") for cls in sorted(mapping.imperative)]


def joined_collections(mapping: Mapping) -> list[Reason]:
    """A warning for each collection that the mapping loads by a join: its rows must be made unique."""
    found = []
    for mapped in mapping.classes.values():
        for item in mapped.relationships.values():
            if item.lazy in ("joined", "False") and item.uselist:
                message = f"{mapped.cls.name}.{item.name} is joined: every query for {mapped.cls.name} needs unique()"
                line = item.node.start_point[0] + 1
                found.append(Reason("joined-collection", message, item.file.source.relative, line))
    return found


def _is_merged(read: Read, types: Types) -> bool:
    """Whether `merge` gave the object: it leaves eager relationships unloaded."""
    if read.receiver is None or read.receiver.type != "identifier":
        return False
    for _, right in types.bindings(read.function).get(text_of(read.receiver), []):
        while right.type in ("await", "parenthesized_expression"):
            right = right.named_children[-1]
        if right.type == "call" and last_name(right) == "merge":
            return True
    return False
