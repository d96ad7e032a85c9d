"""`with` blocks over something that blocks (`open`, a zip): moved whole into a thread when they are closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.block_shape import (
    DECLARATIONS,
    always_leaves,
    bound_names,
    is_binding,
    is_last,
    is_variable,
    leaves_by,
    returns,
    surely_bound,
)
from awaitify.analysis.effects import Effect, Effects
from awaitify.project.expressions import COMPREHENSIONS, around, is_first_iterable
from awaitify.project.index import LANGUAGE, Call, Function, ancestors, is_within, text_of
from awaitify.project.nodes import with_of

OPENERS = {
    "builtins.open",
    "io.open",
    "_io.open",
    "codecs.open",
    "pathlib.Path.open",
    "gzip.open",
    "bz2.open",
    "lzma.open",
}
#: In a lambda, one is no Python, and the other binds another name.
_HERE = Query(LANGUAGE, "[(await) (named_expression)] @here")
NOT_MOVED = {"session", "native", "terminal", "opens", "root", "iterate", "unresolved", "refused"}


@dataclass(frozen=True, slots=True)
class Block:
    """A `with` statement that blocks. outputs: names bound inside and read outside; shared: those that are bound before
    it too; returns: the function ends with it, and gives what it returns; tail: the statement behind it, with which
    the function ends where the block does not return; problem: why it cannot move."""

    node: Node
    outputs: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    returns: bool = False
    tail: Node | None = None
    problem: str = ""


def blocking_blocks(function: Function, effects: Effects, asyncs: Collection[Function]) -> list[Block]:
    """The outermost `with` statements of a function whose item is a blocking call."""
    found: list[Node] = []
    for effect in effects.of(function):
        is_opener = effect.kind == "bridge" or _waits_at_its_end(effect, effects)
        statement = _opening(effect.call.node, effects, function) if is_opener else None
        if statement is not None and not any(is_within(statement, other) for other in found):
            found.append(statement)
    return [_judged(statement, found, function, effects, asyncs) for statement in found]


def _opening(node: Node, effects: Effects, function: Function) -> Node | None:
    """The `with` statement that enters what a call gives, or closes it (`with closing(connect(path)) as rows`)."""
    outer = node.parent.parent if node.parent is not None and node.parent.type == "argument_list" else None
    call = effects.resolution.call_at(function.file, outer) if outer is not None else None
    is_closing = call in effects.by_call and effects.by_call[call].detail == "contextlib.closing"
    return with_of(outer if is_closing and outer is not None else node)


def _waits_at_its_end(effect: Effect, effects: Effects) -> bool:
    """Whether a `with` over what a call makes blocks as it ends (a pool of threads waits for them), unless what stands
    in it awaits already."""
    statement = with_of(effect.call.node) if effect.kind == "harmless" else None
    here = QueryCursor(_HERE).captures(statement).get("here", ()) if statement is not None else ()
    if statement is None or any(node.type == "await" for node in here):
        return False
    names = {target.name for target in effects.resolution.targets.get(effect.call, ())}
    exits = (f"{name.removesuffix('.__init__').removesuffix('.__new__')}.__exit__" for name in names)
    return any(effects.knowledge.fact(name).kind == "blocks" for name in exits)


def blocking_chains(function: Function, effects: Effects) -> list[Node]:
    """The outermost expressions in which a blocking call is made on the result of another (`open(path).read()`), again
    and again (`[getsize(path) for path in paths]`), or gets a file that is opened for it (`json.load(open(path))`)."""
    known = effects.of(function)
    kinds = {effect.call.node.id: effect.kind for effect in known}
    opened = _opened(known)
    lazy = {effect.call.node.id: effect.call for effect in known if effect.kind == "lazy"}
    found: list[Node] = []
    for effect in known:
        node, inner = effect.call.node, effect.call.callee.child_by_field_name("object")
        is_chain = effect.kind == "bridge" and inner is not None and kinds.get(inner.id) == "bridge"
        reads = effect.kind in ("bridge", "harmless") and any(
            _is_opened(item, opened, lazy) for item in effect.call.arguments
        )
        whole = repeated(node) if effect.kind == "bridge" else None
        if whole is not None:
            node = whole
        elif not is_chain and not reads:
            continue
        inside = {item.kind for item in known if is_within(item.call.node, node)}
        if inside <= {"bridge", "harmless", "lazy"} and not QueryCursor(_HERE).captures(node):
            found = [other for other in found if not is_within(other, node)]
            found += [] if any(is_within(node, other) for other in found) else [node]
    return found


def repeated(node: Node) -> Node | None:
    """The outermost comprehension, or the call that reads a generator expression, that makes a call again and again."""
    found: Node | None = None
    for item in around(node):
        if item.type not in COMPREHENSIONS or is_first_iterable(node, item):
            continue
        if item.type != "generator_expression":
            found = item
            continue
        outer = item.parent.parent if item.parent is not None and item.parent.type == "argument_list" else item.parent
        found = outer if outer is not None and outer.type == "call" else found
    return found


def files_read(function: Function, effects: Effects) -> list[Node]:
    """The iterables of loops that are opened there, and block again as they are read (`for line in open(path)`)."""
    known = effects.of(function)
    opened = _opened(known)
    found = [node for node in effects.readings.get(function, ()) if node.id in opened]
    return [
        node
        for node in found
        if {item.kind for item in known if is_within(item.call.node, node)} <= {"bridge", "harmless"}
    ]


def _opened(known: list[Effect]) -> set[int]:
    """The calls that open a file, or what else blocks again as it is read (`os.scandir(path)`)."""
    opening = (effect for effect in known if effect.kind == "bridge")
    return {
        effect.call.node.id
        for effect in opening
        if effect.detail in OPENERS or (effect.fact is not None and effect.fact.is_lazy)
    }


def _is_opened(node: Node, opened: Collection[int], lazy: dict[int, Call]) -> bool:
    """Whether an argument is a file that is opened there, or reads one lazily."""
    arguments = lazy[node.id].arguments if node.id in lazy else []
    return node.id in opened or any(_is_opened(item, opened, lazy) for item in arguments)


def is_inside(node: Node, blocks: Collection[Block]) -> bool:
    """Whether a node lies in one of the blocks, or in what moves with it."""
    parts = (part for block in blocks for part in (block.node, block.tail) if part is not None)
    return any(is_within(node, part) for part in parts)


def _judged(
    statement: Node, blocks: list[Node], function: Function, effects: Effects, asyncs: Collection[Function]
) -> Block:
    if statement.children[0].type == "async":
        return Block(statement, problem="it is asynchronous already")
    leaving = leaves_by(statement)
    if leaving:
        return Block(statement, problem=leaving)
    for effect in effects.of(function):
        if is_within(effect.call.node, statement) and _must_await(effect, asyncs):
            return Block(statement, problem=f"{text_of(effect.call.callee)} inside needs the event loop")
    gives = returns(statement)
    if not gives or always_leaves(statement, _entered(function, effects)) or is_last(statement, function):
        return _with_names(Block(statement, returns=gives), blocks, function)
    tail = _tail(statement, function, effects)
    if tail is None:
        return Block(statement, problem="return leaves it on some paths only")
    return _with_names(Block(statement, returns=True, tail=tail), blocks, function)


def _tail(statement: Node, function: Function, effects: Effects) -> Node | None:
    """The `return` or `raise` behind a block, when nothing in it waits."""
    tail = statement.next_named_sibling
    if tail is None or tail.type not in ("return_statement", "raise_statement"):
        return None
    inside = {effect.kind for effect in effects.of(function) if is_within(effect.call.node, tail)}
    return tail if inside <= {"harmless"} else None


def _with_names(block: Block, blocks: list[Node], function: Function) -> Block:
    """The names that a block shares with what stands around it, other blocks that move included."""
    statement, bound = block.node, bound_names(block.node)
    names = [node for node in function.file.named(*bound) if is_variable(node)]
    names = [node for node in names if is_within(node, function.node) and not is_within(node, statement)]
    names = [node for node in names if block.tail is None or not is_within(node, block.tail)]
    if any(parent.type in DECLARATIONS for node in names for parent in ancestors(node)):
        return replace(block, problem="it rebinds a global name")
    private = {other: surely_bound(other) for other in blocks if other != statement}
    seen = [node for node in names if not _is_private(node, private)]
    shared = {
        text_of(node) for node in seen if is_binding(node) and not any(is_within(node, other) for other in blocks)
    }
    again = {text_of(node) for node in seen} - shared if not block.returns else set[str]()
    unsure = again - surely_bound(statement)
    if unsure:
        return replace(block, problem=f"it binds {min(unsure)} on some paths only, and that is read elsewhere")
    return replace(block, outputs=tuple(sorted(again)), shared=tuple(sorted(shared)))


def _is_private(node: Node, blocks: dict[Node, set[str]]) -> bool:
    """Whether a name stands in another block that binds it for itself."""
    return any(is_within(node, other) and text_of(node) in bound for other, bound in blocks.items())


def _entered(function: Function, effects: Effects) -> set[int]:
    """The calls of files and the like: entered in a `with`, they swallow no exception."""
    return {effect.call.node.id for effect in effects.of(function) if effect.kind == "bridge"}


def _must_await(effect: Effect, asyncs: Collection[Function]) -> bool:
    return effect.kind in NOT_MOVED or any(callee in asyncs for callee in effect.callees)
