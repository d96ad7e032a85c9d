"""What a maker of engines does to its database, once: migrations, tables. Its async copy leaves that to the original,
which the module has called by then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.loading.names import walk
from awaitify.planning.splicing import Splice, whole_lines
from awaitify.project.index import Call, Function, is_label, is_within, span_of, text_of

#: They change a database as a whole; the last ones are those of a base that a function made, which has no class.
SETUP = ("alembic.command.", "sqlalchemy.sql.schema.MetaData.create_all", "sqlalchemy.sql.schema.MetaData.drop_all")
UNTYPED = (".metadata.create_all", ".metadata.drop_all")
#: What is handed an engine for that alone.
READS = ("sqlalchemy.inspection.inspect", *SETUP)


def setup_statements(function: Function, resolution: Resolution) -> list[Node]:
    """The statements of a maker that set its database up, and do nothing for what it makes."""
    calls = [call for call in resolution.callers.get(function, ()) if not call.file.is_test]
    if not calls or any(call.function is not None or call.in_lambda for call in calls):
        return []
    statements = _statements(function)
    found = [item for item in statements if _sets_up(item, function, resolution)]
    kept = {text_of(node) for item in statements if item not in found for node in _names(item)}
    made = {name for item in found for name in _bound(item)}
    is_apart = not made & kept and all(_leaves(item, kept, function, resolution) for item in found)
    return found if is_apart else []


def apart(splices: Iterable[Splice], left: Sequence[Node], function: Function) -> Iterator[Splice]:
    """The changes of a copy that leaves statements out, and the parameters that they alone read."""
    gone = {whole_lines(function.file, item): "" for item in left}
    params = function.node.child_by_field_name("parameters")
    if params is not None and takes_nothing(function, left):
        gone[span_of(params)] = "()"
    yield from gone.items()
    yield from (item for item in splices if not any(start <= item[0][0] < end for start, end in gone))


def takes_nothing(function: Function, left: Sequence[Node]) -> bool:
    """Whether a copy without these statements reads no parameter any more."""
    kept = [item for item in _statements(function) if item not in left]
    names = {text_of(node) for item in kept for node in _names(item)}
    return bool(left) and all(param.name not in names for param in function.params)


def _sets_up(statement: Node, function: Function, resolution: Resolution) -> bool:
    calls = [call for call in function.calls if is_within(call.node, statement)]
    return any(_is_one(call, SETUP, resolution) for call in calls)


def _is_one(call: Call, names: tuple[str, ...], resolution: Resolution) -> bool:
    targets = [target.name for target in resolution.targets.get(call, ())]
    return all(name.startswith(names) for name in targets) if targets else text_of(call.callee).endswith(UNTYPED)


def _leaves(statement: Node, kept: Collection[str], function: Function, resolution: Resolution) -> bool:
    """Whether a statement ends no function, and hands what is kept to nothing that would change it."""
    if any(item.type in ("return_statement", "global_statement", "yield", "await") for item in walk(statement)):
        return False
    given = {item.id for call in function.calls if _is_one(call, READS, resolution) for item in call.arguments}
    local = {name for item in _statements(function) for name in _bound(item)} & set(kept)
    return all(node.id in given for node in _names(statement) if text_of(node) in local)


def _statements(function: Function) -> list[Node]:
    body = function.node.child_by_field_name("body")
    return body.named_children if body is not None else []


def _names(node: Node) -> Iterator[Node]:
    return (item for item in walk(node) if item.type == "identifier" and not is_label(item))


def _bound(statement: Node) -> Iterator[str]:
    """The names that a statement assigns."""
    for item in walk(statement):
        left = item.child_by_field_name("left") if item.type in ("assignment", "for_statement") else None
        yield from (text_of(name) for name in walk(left) if name.type == "identifier") if left is not None else ()
