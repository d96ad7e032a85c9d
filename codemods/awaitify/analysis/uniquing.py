"""Whether `.unique()` may do something: a legacy query drops repeated entities without a word, a result does not."""

from __future__ import annotations

from awaitify.analysis.mapping.finding import MappedClass, Mapping
from awaitify.analysis.queries.values import Query

JOINED = ("joined", "False")


def needs_unique(query: Query, mapping: Mapping) -> bool:
    """Whether rows may repeat an entity: a second thing is selected, something was joined, or a mapping joins."""
    if query.streamed or query.shape not in ("entity", "rows"):
        return False
    return query.shape == "rows" or query.multiplied or _joins_eagerly(query.entity, mapping)


def _joins_eagerly(code: str, mapping: Mapping) -> bool:
    """Whether the mapping loads a collection beside the entity by a join; any mapping, when the class is not known."""
    name = code.rpartition(".")[2]
    classes = [mapped for mapped in mapping.classes.values() if mapped.cls.name == name]
    return any(_joins_collection(mapped, mapping, frozenset()) for mapped in classes or mapping.classes.values())


def _joins_collection(mapped: MappedClass, mapping: Mapping, seen: frozenset[str]) -> bool:
    if mapped.cls.id in seen:
        return False
    for relationship in mapped.relationships.values():
        target = mapping.get(relationship.target)
        if relationship.lazy not in JOINED:
            continue
        if relationship.uselist or (target and _joins_collection(target, mapping, seen | {mapped.cls.id})):
            return True
    return False
