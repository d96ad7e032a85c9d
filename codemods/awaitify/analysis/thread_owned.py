"""Objects that work only in the thread that made them (a connection of `sqlite3`).

Calls that go to threads one by one meet in no thread, so the second one raises. What uses such an object stays whole,
and runs in one thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.effects import Effect, Effects
from awaitify.plan_model import Reason
from awaitify.project.index import LANGUAGE, Call, Function, text_of

_TOGETHER = {"tuple", "list", "expression_list", "dictionary"}
_GIVEN = Query(LANGUAGE, "(return_statement (_) @given) (yield (_) @given)")


def owner_reasons(function: Function, effects: Effects, moved: Callable[[Node], bool]) -> Iterator[Reason]:
    """The first call on such an object outside of what moves to one thread as a whole."""
    for call in effects.owned.get(function, ()):
        if not moved(call.node):
            message = f"{text_of(call.callee)}(...) works only in the thread that made what it uses"
            yield Reason("one-thread", message, function.file.source.relative, call.line)
            return


def find_owned(effects: Effects) -> dict[Function, list[Call]]:
    """The calls of each function that need, make or hand on what belongs to a thread; none where all that makes such
    frees it (`check_same_thread=False`)."""
    owned = [effect for effect in effects.by_call.values() if effect.fact is not None and effect.fact.one_thread]
    makers = [effect for effect in owned if effect.fact is not None and effect.fact.shared_by]
    if not owned or (makers and all(_is_shared(effect) for effect in makers)):
        return {}
    found: dict[Function, list[Call]] = defaultdict(list)
    for function in effects.resolution.within:
        for effect in effects.of(function):
            works = effect.kind == "bridge" and effect.fact is not None and effect.fact.one_thread
            if works or (effect.kind in ("bridge", "project") and _holds(effect.call, effects)):
                found[function].append(effect.call)
    _add_calls_of_givers(found, effects)
    return found


def _add_calls_of_givers(found: dict[Function, list[Call]], effects: Effects) -> None:
    """Calls of functions that give such an object to their callers, through any number of layers."""
    made = {call for calls in found.values() for call in calls if _makes(call, effects)}
    waiting = list(made)
    while waiting:
        call = waiting.pop()
        function = call.function
        if function is None or not _is_given(call.node, function.node):
            continue
        for other in effects.resolution.callers.get(function, ()):
            if other.function is not None and other not in made:
                made.add(other)
                waiting.append(other)
                found[other.function].append(other)


def _makes(call: Call, effects: Effects) -> bool:
    """Whether what a library's call gives belongs to its thread too, as the checker words it (`-> Cursor`)."""
    effect = effects.by_call[call]
    if effect.fact is None or effect.fact.shared_by:
        return effect.fact is not None
    result = effects.resolution.hover(call.file, call.callee).rpartition("-> ")[2].strip("` \n").rpartition(".")[2]
    return result.isidentifier() and _is_owned([f"{effect.detail.partition('.')[0]}.{result}"], effects)


def _is_given(made: Node, function: Node) -> bool:
    """Whether a function returns or yields a value, as it is or by its name."""
    given = QueryCursor(_GIVEN).captures(function).get("given", [])
    parts = [part for node in given for part in ([node, *node.named_children] if node.type in _TOGETHER else [node])]
    parent = made.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return any(part == made or (left is not None and text_of(part) == text_of(left)) for part in parts)


def _is_shared(effect: Effect) -> bool:
    fact = effect.fact
    return fact is not None and any(
        node.type == "keyword_argument"
        and text_of(node.named_children[0]) == fact.shared_by
        and text_of(node.named_children[-1]) == "False"
        for node in effect.call.arguments
    )


def _holds(call: Call, effects: Effects) -> bool:
    """Whether a call gets such an object or gives one."""
    return any(_is_owned(effects.resolution.class_names(call.file, node), effects) for node in _values(call))


def _values(call: Call) -> Iterator[Node]:
    yield from call.arguments
    yield call.node
    parent = call.node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    if left is not None and left.type == "identifier":
        yield left


def _is_owned(names: Iterable[str], effects: Effects) -> bool:
    return any(effects.knowledge.fact(f"{name}.close").one_thread for name in names)
