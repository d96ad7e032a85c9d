"""What a dependency does before it opens its session: it ran in a thread, and does so in the async copy."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.scope import called_by
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.values import SCOPED
from awaitify.project.index import Call, Function, ancestors

NESTED = ("lambda", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
SPLATS = ("list_splat", "dictionary_splat")


def runs_apart(call: Call, effect: Effect, function: Function, effects: Effects) -> bool:
    """Whether a call in a dependency can run in a thread of its own: it comes before the session, which it cannot see,
    and its arguments are values that need no work."""
    openings = [item.call.node.start_byte for item in effects.of(function) if item.kind == "opens"]
    if not function.is_generator or not openings or call.node.start_byte > min(openings):
        return False
    if effect.kind not in ("project", "bridge") or any(item.is_async or item.is_generator for item in effect.callees):
        return False
    above = [item.type for item in ancestors(call.node) if item.start_byte > function.node.start_byte]
    if any(kind in (*NESTED, "function_definition", "await") for kind in above):
        return False
    is_plain = call.callee.type in ("identifier", "attribute") and not any(map(_works, [call.callee, *call.arguments]))
    return is_plain and not _sees_sessions(call, effects) and not _is_registry_used(effect, effects)


def in_thread(call: Call, runner: str) -> Iterator[tuple[tuple[int, int], str]]:
    """The changes that make `f(x)` `await runner(f, x)`."""
    callee, first = call.callee, call.arguments[0] if call.arguments else None
    yield (callee.start_byte, callee.start_byte), f"await {runner}("
    yield (callee.end_byte, first.start_byte if first else call.node.end_byte), ", " if first else ")"


def _works(node: Node) -> bool:
    """Whether an expression calls something, or spreads what it is given."""
    return node.type in ("call", "await", *SPLATS) or any(map(_works, node.named_children))


def _sees_sessions(call: Call, effects: Effects) -> bool:
    resolution = effects.resolution
    return any(resolution.class_names(call.file, item) & set(SESSION_CLASSES) for item in call.arguments)


def _is_registry_used(effect: Effect, effects: Effects) -> bool:
    """Whether the callee may meet the session of its thread."""
    resolution = effects.resolution
    reached = called_by(effect.callees, effects)
    names = {target.name for item in reached for call in item.calls for target in resolution.targets.get(call, ())}
    return any(name.startswith(SCOPED) for name in names)
