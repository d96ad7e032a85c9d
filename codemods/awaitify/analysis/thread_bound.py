"""What belongs to one thread: locks that are held over I/O, and `threading.local`.

On the event loop all requests are one thread: a lock held over an `await` stops the loop or excludes nobody, and a
local is everybody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.analysis.queries.uses import READ_WITHOUT_CALL
from awaitify.plan_model import Reason
from awaitify.project.index import LANGUAGE, Call, Function, ancestors, text_of

_YIELD = Query(LANGUAGE, "(yield) @yield")
LOCALS = ("threading.local", "_thread._local", "_threading_local.local")
_WAITING = {"session", "remove", "terminal", "opens", "native", "bridge", "lazy", "unresolved", "unclassified"}


def is_lock(cls: str, knowledge: Knowledge) -> bool:
    """Whether entering an object of a library's class waits for other threads."""
    fact = knowledge.fact(f"{cls}.__enter__")
    return fact.kind == "blocks" and fact.is_exact


def is_held(item: Implicit, function: Function, effects: Effects, effectful: Collection[Function]) -> bool:
    """Whether something in the block of a lock waits, or the block is that of whoever enters a generator."""
    if not item.lock:
        return False
    block = next(node for node in ancestors(item.node) if node.type == "with_statement")
    nodes = [*_waiting(function, effects, effectful), *_yields(block)]
    return any(block.start_byte <= node.start_byte < block.end_byte for node in nodes)


def _waiting(function: Function, effects: Effects, effectful: Collection[Function]) -> Iterator[Node]:
    """The places of a function that wait, with and without a call."""
    for effect in effects.of(function):
        if effect.kind in _WAITING or any(callee in effectful for callee in effect.callees):
            yield effect.call.node
    for other in effects.implicit.get(function, ()):
        if any(callee in effectful for callee in other.callees):
            yield other.node
    yield from (use.node for use in effects.queries[function].uses if use.consumer in READ_WITHOUT_CALL)
    for places in (effects.native_blocks, effects.loops, effects.readings):
        yield from places.get(function, ())


def _yields(block: Node) -> list[Node]:
    return QueryCursor(_YIELD).captures(block).get("yield", [])


def lock_reasons(function: Function, effects: Effects, effectful: Collection[Function]) -> Iterator[Reason]:
    """Locks that the function holds while it waits, or takes by hand."""
    path = function.file.source.relative
    for item in effects.implicit.get(function, ()):
        if is_held(item, function, effects, effectful):
            message = f"{text_of(item.node)} is a lock of threads: held over an await it stops the event loop"
            yield Reason("lock", message, path, item.node.start_point[0] + 1)
    for effect in effects.of(function):
        if _takes(effect, effects.knowledge):
            message = f"{text_of(effect.call.callee)}(...) takes a lock of threads: the event loop cannot hold it"
            yield Reason("lock", message, path, effect.call.line)


def local_reasons(function: Function, effects: Effects) -> Iterator[Reason]:
    """What the function keeps for its thread."""
    for node in effects.locals.get(function, ()):
        message = f"{text_of(node)} belongs to one thread: requests on the event loop would share it"
        yield Reason("thread-local", message, function.file.source.relative, node.start_point[0] + 1)


def find_locals(effects: Effects) -> dict[Function, list[Node]]:
    """The places where functions read or write an object of `threading.local`."""
    calls = [call for call, found in effects.resolution.targets.items() if any(t.name in LOCALS for t in found)]
    names = {name for call in calls for name in _assigned(call)}
    found: dict[Function, list[Node]] = defaultdict(list)
    for function in effects.resolution.within if names else ():
        inside = range(function.node.start_byte, function.node.end_byte)
        for node in function.file.named(*names):
            if node.parent is None or node.start_byte not in inside:
                continue
            owner = _owner(node)
            if owner is not None and effects.resolution.class_names(function.file, owner).intersection(LOCALS):
                found[function].append(owner)
    return found


def _owner(node: Node) -> Node | None:
    """The whole `self.local` or `local` of which an attribute is taken."""
    parent = node.parent
    if parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node:
        node, parent = parent, parent.parent
    is_owner = parent is not None and parent.type == "attribute" and parent.child_by_field_name("object") == node
    is_given = parent is not None and parent.type == "argument_list"  # getattr(local, ...), hasattr, setattr
    return node if is_owner or is_given else None


def _assigned(call: Call) -> Iterator[str]:
    statement = next((node for node in ancestors(call.node) if node.type == "assignment"), None)
    left = statement.child_by_field_name("left") if statement is not None else None
    if left is not None:
        yield text_of(left).rpartition(".")[2]


def _takes(effect: Effect, knowledge: Knowledge) -> bool:
    owner, _, name = effect.detail.rpartition(".")
    return effect.kind == "bridge" and name == "acquire" and is_lock(owner, knowledge)
