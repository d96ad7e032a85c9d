"""Objects that are read, or given back, after a rollback, which expires them whatever `expire_on_commit` says."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.analysis.loading.staleness import Memo, commits
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import Call, Function, ancestors, is_within, text_of

LEAVES = {"raise_statement", "return_statement"}
LOOPS = {"for_statement", "while_statement"}


class Rollbacks:
    """Looks at each function once; a rollback that a called function swallows counts where it is called."""

    def __init__(self, types: Types):
        self.types = types
        self.memo: dict[str, bool] = {}
        self.changes = Memo()

    def reads(self, function: Function) -> Iterator[tuple[Call, Node, Node]]:
        """(the rollback, the object, the place) of what is read of loaded mapped objects that it has expired, or that
        are given back then."""
        seen: set[int] = set()
        for call in function.calls:
            if not _is_rollback(call) and not self._rolls_back(function, call):
                continue
            for start, end in _regions(call.node):
                given = self._given_back(function, start, end, call.node)
                for base, node in (*self._object_reads(function, start, end, call.node), *given):
                    if node.id not in seen:
                        seen.add(node.id)
                        yield call, base, node

    def _rolls_back(self, function: Function, call: Call) -> bool:
        """Whether a call of a project function may come back after a rollback."""
        if not self.types.is_told(function, call.node):
            return False
        called = self.types.callees(function, call.node)
        return any(self._swallows(callee) for item in called for callee in (item, *item.wrappers))

    def _swallows(self, function: Function) -> bool:
        if function.id not in self.memo:
            self.memo[function.id] = False
            self.memo[function.id] = any(
                not _raises(call.node) and (_is_rollback(call) or self._rolls_back(function, call))
                for call in function.calls
            )
        return self.memo[function.id]

    def _given_back(self, function: Function, start: int, end: int, rollback: Node) -> Iterator[tuple[Node, Node]]:
        """What a caller, or the answer of a route, reads of it later."""
        for node in function.returns:
            base = node.named_children[0] if node.named_children else node
            if base.type != "identifier" or not start <= base.start_byte < end:
                continue
            value = self.types.value(function, base)
            mapped = self.types.mapping.get(value.cls) if value is not None else None
            if value is None or mapped is None or value.shape not in ("one", "many"):
                continue
            if value.new and not self._is_committed(function, text_of(base), rollback):
                continue
            if not self._is_loaded_anew(function, text_of(base), base, rollback):
                yield base, base

    def _object_reads(self, function: Function, start: int, end: int, rollback: Node) -> Iterator[tuple[Node, Node]]:
        for node in walk_own(function.node):
            base = node.child_by_field_name("object") if node.type == "attribute" else None
            inside = start <= node.start_byte < end and base is not None and base.type == "identifier"
            if base is None or not inside or any(item.type == "lambda" for item in ancestors(node)):
                continue
            value = self.types.read(function, base)
            mapped = self.types.mapping.get(value.cls) if value and value.shape == "one" else None
            attribute = node.child_by_field_name("attribute")
            if value is None or mapped is None or text_of(attribute or node) not in mapped.attributes:
                continue
            if value.new and not self._is_committed(function, text_of(base), rollback):
                continue
            if not self._is_loaded_anew(function, text_of(base), node, rollback):
                yield base, node

    def _is_committed(self, function: Function, name: str, rollback: Node) -> bool:
        """Whether a commit may have saved a new object before the rollback, which only expires what was saved: not one
        whose own failure leads to the rollback."""
        first, done = self._made(function, name, rollback), self._commits(function, name, rollback)
        loop = _loop(rollback)
        is_again = loop is not None and first < loop.start_byte  # what an earlier round saved
        return any(is_again or not _is_last_step(node, rollback) for node in done)

    def is_surely_committed(self, function: Function, name: str, rollback: Node) -> bool:
        """Whether every way to the rollback saves the object before."""
        blocks = {item.id for item in ancestors(rollback)}
        around = (statement_of(node).parent for node in self._commits(function, name, rollback))
        return any(block is not None and block.id in blocks for block in around)

    def _commits(self, function: Function, name: str, rollback: Node) -> list[Node]:
        made = range(self._made(function, name, rollback), rollback.start_byte)
        return [call.node for call in function.calls
                if call.node.start_byte in made and commits(function, call, self.types, self.changes)]  # fmt: skip

    def _made(self, function: Function, name: str, rollback: Node) -> int:
        bound = [right.start_byte for _, right in self.types.bindings(function).get(name, [])]
        return min(bound, default=rollback.start_byte)

    def _is_loaded_anew(self, function: Function, name: str, node: Node, rollback: Node) -> bool:
        """Whether the name gets its object, or a refresh, between the rollback and the read (in a loop: before it)."""
        loop = _loop(rollback)
        around = loop is not None and loop.start_byte <= node.start_byte < rollback.start_byte
        after = loop.start_byte if around and loop is not None else rollback.end_byte
        for how, right in self.types.bindings(function).get(name, []):
            same = loop is not None and how.startswith("in") and right.parent is not None and right.parent.id == loop.id
            if same or not after < right.start_byte or not _runs_before(right, node):
                continue
            held = text_of(right) if right.type == "identifier" and text_of(right) != name else ""
            if not held or self._is_loaded_anew(function, held, right, rollback):
                return True
        return any(
            last_name(call.node) == "refresh" and after < call.node.start_byte < node.start_byte
            for call in function.calls
            if any(text_of(item) == name for item in positional(call.node))
        )


def _runs_before(right: Node, node: Node) -> bool:
    """Whether what binds a name runs before a read: it stands before it, or in the clause of its comprehension."""
    clause = right.parent
    inside = clause is not None and clause.type == "for_in_clause" and clause.parent is not None
    return right.start_byte < node.start_byte or (inside and clause.parent in ancestors(node))  # type: ignore[union-attr]


def _is_last_step(commit: Node, rollback: Node) -> bool:
    """Whether a handler rolls back what a `try` does, and nothing after the commit may fail there but a refresh."""
    handler = next((item for item in ancestors(rollback) if item.type == "except_clause"), None)
    body = handler.parent.child_by_field_name("body") if handler is not None and handler.parent is not None else None
    if body is None or not is_within(commit, body) or statement_of(commit).parent != body:
        return False
    later = [node for node in walk_own(body) if node.type == "call" and node.start_byte >= commit.end_byte]
    return all(last_name(node) == "refresh" for node in later)


def _is_rollback(call: Call) -> bool:
    return last_name(call.node) == "rollback" and not positional(call.node) and call.callee.type == "attribute"


def _raises(node: Node) -> bool:
    """Whether the block of a rollback ends by raising."""
    block = statement_of(node).parent
    return block is not None and bool(block.named_children) and block.named_children[-1].type == "raise_statement"


def _loop(node: Node) -> Node | None:
    return next((item for item in ancestors(node) if item.type in LOOPS), None)


def _regions(node: Node) -> Iterator[tuple[int, int]]:
    """The stretches of source that may run after a rollback: the rest of its block and, when the block does not leave
    the function, what follows the `try`, and the loop around it from its start."""
    statement = statement_of(node)
    block = statement.parent
    if block is None:
        return
    yield statement.end_byte, block.end_byte
    if not block.named_children or block.named_children[-1].type in LEAVES:
        return
    function = next((item for item in ancestors(node) if item.type == "function_definition"), None)
    handler = next((item for item in ancestors(node) if item.type == "except_clause"), None)
    loop = _loop(node)
    if function is None:
        return
    after = handler.parent.end_byte if handler is not None and handler.parent is not None else block.end_byte
    yield after, function.end_byte
    if loop is not None:
        yield loop.start_byte, statement.start_byte
