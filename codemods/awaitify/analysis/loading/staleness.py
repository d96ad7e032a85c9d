"""Objects that the sync service read anew after a commit, and that an async session keeps as they were.

The async factory says `expire_on_commit=False`, so what a bulk statement, raw SQL or a new child changed behind the
back of a loaded object stays unseen; and a column that was given an SQL expression is not loaded after a flush.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.loading.bulk_statements import bulk_changes
from awaitify.analysis.loading.endings import comes_after, ending_after
from awaitify.analysis.loading.flushing import FLUSHES
from awaitify.analysis.loading.keys import may_set_key
from awaitify.analysis.loading.names import last_name, positional, walk
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.requeried import queried_again
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.links import link_of
from awaitify.analysis.mapping.model import MappedClass
from awaitify.project.index import Call, Function, text_of

COMMITS = {"commit"}
Memo = dict[str, tuple[frozenset[tuple[str, bool]], bool]]


@dataclass(frozen=True, slots=True)
class Change:
    """A bulk statement, or a call that runs one. cls: id of the class that it changes, "" for any; columns: whether
    the columns of loaded objects get stale."""

    node: Node
    commit: Node
    cls: str
    columns: bool


def stale_reads(function: Function, types: Types, memo: Memo) -> Iterator[tuple[Node, str]]:
    """(the place, why) of what would be read stale, or not at all, in a function that becomes async.

    memo: what called functions change, kept from one function to the next."""
    yield from _expressions(function, types)
    for node, cls, columns in bulk_changes(function, types):
        if columns and not types.keeps:
            yield from queried_again(function, types, node, cls)
    for change in committed_changes(function, types, memo):
        yield from _reads_of(function, types, change)


def committed_changes(function: Function, types: Types, memo: Memo) -> Iterator[Change]:
    """What the function, or one that it calls, changes by a bulk statement and then commits, which expires objects."""
    if types.keeps:
        return
    for node, cls, columns in bulk_changes(function, types):
        commit = _first(function, COMMITS, node.end_byte, types)
        if commit is not None:
            yield Change(node, commit, cls, columns)
    for call in function.calls:
        changes, commits = called_changes(function, call, types, memo)
        commit = call.node if commits else _first(function, COMMITS, call.node.end_byte, types)
        for cls, columns in sorted(changes):
            if commit is not None:
                yield Change(call.node, commit, cls, columns)


def called_changes(
    function: Function, call: Call, types: Types, memo: Memo
) -> tuple[frozenset[tuple[str, bool]], bool]:
    """(the bulk changes of the project functions that a call means, as (class, columns); whether one commits)."""
    changes, commits = set[tuple[str, bool]](), False
    called = types.callees(function, call.node) if types.is_told(function, call.node) else ()
    for callee in (one for item in called for one in (item, *item.wrappers)):
        if callee.id not in memo:
            memo[callee.id] = (frozenset(), False)
            inner = [called_changes(callee, item, types, memo) for item in callee.calls]
            own = {(cls, columns) for _, cls, columns in bulk_changes(callee, types)}
            memo[callee.id] = (
                frozenset(own.union(*(found for found, _ in inner))),
                callee.id in types.endings
                or any(done for _, done in inner)
                or any(last_name(item.node) in COMMITS for item in callee.calls),
            )
        found, done = memo[callee.id]
        changes |= found
        commits = commits or done
    return frozenset(changes), commits


def commits(function: Function, call: Call, types: Types, memo: Memo) -> bool:
    """Whether a call commits, itself or through functions of the project."""
    return last_name(call.node) in COMMITS or called_changes(function, call, types, memo)[1]


def stale_collections(reads: list[Read], types: Types) -> Iterator[tuple[Read, str]]:
    """Reads of collections that were loaded before a commit which gave them another member by its foreign key."""
    for read in reads if not types.keeps else ():
        mapped = types.mapping.get(read.cls)
        relationship = mapped.relationships.get(read.attr) if mapped else None
        if relationship is None or not relationship.uselist or read.receiver is None or read.path:
            continue
        value, name = types.value(read.function, read.receiver), text_of(read.receiver)
        if value is not None and value.new:
            continue  # never loaded: the cures of new objects serve it
        start = bound_before(read.function, types, name, read.node.start_byte)
        if start is None:
            continue
        for change in _members(read.function, types, relationship.target, start):
            commit = _first(read.function, COMMITS, change.end_byte, types)
            between = commit is not None and comes_after(read.node, commit)
            if between and not refreshed(read.function, name, change.end_byte, read.node.start_byte):
                yield read, f"{text_of(read.node)} is read after a commit that gave it a member by its foreign key"
                break


def _expressions(function: Function, types: Types) -> Iterator[tuple[Node, str]]:
    """`row.count = Row.count + 1`: the database computes it, and only a refresh shows the result."""
    for node in walk(function.node):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type != "assignment" or left is None or right is None or left.type != "attribute":
            continue
        base = left.child_by_field_name("object")
        if base is None or base.type != "identifier" or not _is_sql(function, right, types):
            continue
        flush = _first(function, FLUSHES, node.end_byte, types)
        name = text_of(base)
        uses = uses_after(function, name, node.end_byte) if flush is not None else []
        later = [use for use in uses if flush is not None and comes_after(use, flush)]
        if later and flush is not None and not refreshed(function, name, flush.start_byte, later[0].start_byte):
            yield later[0], f"{name} is read after a flush of {text_of(left)}, which an SQL expression computes"


def _reads_of(function: Function, types: Types, change: Change) -> Iterator[tuple[Node, str]]:
    """Uses after the commit of objects that were bound before the change and that it may have changed."""
    for node in walk(function.node):
        if node.type != "identifier" or not comes_after(node, change.commit) or not _is_use(node):
            continue
        name = text_of(node)
        if bound_before(function, types, name, change.node.start_byte) is None:
            continue
        value = types.value(function, node)
        mapped = types.mapping.get(value.cls) if value is not None and value.shape != "query" else None
        if value is None or mapped is None or refreshed(function, name, change.node.end_byte, node.start_byte):
            continue
        if not _is_touched(node, mapped, value.cls, types, change):
            continue
        yield node, f"{name} is read after a commit; a bulk statement changed the table behind it"
        return


def _is_touched(node: Node, mapped: MappedClass, own: str, types: Types, change: Change) -> bool:
    """Whether this use reads what the statement changed: a column of its class, a relationship to its class, or one
    whose foreign key its class has."""
    parent = node.parent
    attribute = parent.child_by_field_name("attribute") if parent is not None and parent.type == "attribute" else None
    relationship = mapped.relationships.get(text_of(attribute)) if attribute is not None else None
    is_own = not change.cls or types.mapping.related(own, change.cls)
    if relationship is not None:
        if change.cls and change.cls == link_of(relationship, types.mapping):
            return True
        is_rekeyed = is_own and not relationship.uselist and may_set_key(change.node, own, types.mapping)
        return is_rekeyed or not change.cls or types.mapping.related(relationship.target, change.cls)
    is_key = attribute is not None and text_of(attribute) == "id"
    return change.columns and not is_key and is_own


def _members(function: Function, types: Types, target: str, start: int) -> Iterator[Node]:
    """Calls that make or delete an object of a class."""
    for call in function.calls:
        if call.node.start_byte < start:
            continue
        cls = types.class_called(function, call.callee)
        if cls is not None and types.mapping.related(cls.id, target) and not _joins_in_memory(call.node):
            yield call.node
        elif last_name(call.node) == "delete" and positional(call.node):
            value = types.value(function, positional(call.node)[0])
            if value is not None and types.mapping.related(value.cls, target):
                yield call.node


def _joins_in_memory(node: Node) -> bool:
    """Whether a new object is put into a collection itself (`parent.children.append(Child())`), which then knows it."""
    outer = node.parent.parent if node.parent is not None and node.parent.type == "argument_list" else None
    callee = outer.child_by_field_name("function") if outer is not None else None
    if outer is None or callee is None or last_name(outer) not in ("append", "insert"):
        return False
    owner = callee.child_by_field_name("object")
    return owner is not None and owner.type == "attribute"


def _is_sql(function: Function, node: Node, types: Types) -> bool:
    """Whether an expression is one for the database: it names a column of a mapped class, or `func`."""
    if node.type == "call" and text_of(node).startswith(("func.", "text(")):
        return True
    if node.type in ("binary_operator", "parenthesized_expression", "unary_operator"):
        return any(_is_sql(function, child, types) for child in node.named_children)
    base = node.child_by_field_name("object") if node.type == "attribute" else None
    cls = types.mapping.names.find(function.file, text_of(base)) if base is not None else None
    return cls is not None and cls.id in types.mapping.classes


def _first(function: Function, names: set[str], after: int, types: Types) -> Node | None:
    """The first call of these names after an offset, or the `with` statement that flushes as it ends before that."""
    found = [call.node for call in function.calls if call.node.start_byte >= after and last_name(call.node) in names]
    first = min(found, key=lambda node: node.start_byte, default=None)
    ending = ending_after(types.endings, function, after)
    is_sooner = ending is not None and (first is None or ending.end_byte < first.start_byte)
    return ending if is_sooner else first


def bound_before(function: Function, types: Types, name: str, before: int) -> int | None:
    """Where a name first gets a value before an offset; a parameter has one from the start."""
    if function.param(name) is not None:
        return function.node.start_byte
    starts = [right.start_byte for _, right in types.bindings(function).get(name, []) if right.start_byte < before]
    return min(starts, default=None)


def refreshed(function: Function, name: str, after: int, before: int, *how: str) -> bool:
    """Whether a name is handed to `refresh` or `expire` between two offsets."""
    for call in function.calls:
        is_between = after <= call.node.start_byte <= before and last_name(call.node) in (how or ("refresh", "expire"))
        if is_between and any(text_of(item) == name for item in positional(call.node)):
            return True
    return False


def uses_after(function: Function, name: str, after: int) -> list[Node]:
    """The places after an offset that read what a name holds."""
    nodes = [node for node in walk(function.node) if node.type == "identifier" and node.start_byte >= after]
    return [node for node in nodes if text_of(node) == name and _is_use(node)]


def _is_use(node: Node) -> bool:
    """Whether an object is read here, not bound, and not merely handed to the session."""
    parent = node.parent
    if parent is None or (parent.type == "attribute" and parent.child_by_field_name("attribute") == node):
        return False
    if parent.type == "assignment" and parent.child_by_field_name("left") == node:
        return False
    if parent.type == "keyword_argument" and parent.child_by_field_name("name") == node:
        return False
    if parent.type == "argument_list" and parent.parent is not None:
        return last_name(parent.parent) not in ("refresh", "expire", "expunge", "add", "delete")
    return True
