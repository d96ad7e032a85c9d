"""What each method of Query does to it, and what it is called on a select."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from awaitify.analysis.loading.names import positional
from awaitify.analysis.mapping.finding import Mapping
from awaitify.analysis.queries.elements import Elements
from awaitify.analysis.queries.values import Element, Queries, Query, QueryChange
from awaitify.project.index import Function, ancestors, text_of

TERMINALS = {"first", "all", "one", "one_or_none", "scalar", "count", "get", "delete", "update"}
ENDINGS = {"subquery", "cte", "label", "scalar_subquery", "as_scalar", "exists"}
SAME = {
    "limit", "offset", "slice", "order_by", "group_by", "having", "distinct", "correlate", "params", "with_for_update",
    "execution_options", "prefix_with", "suffix_with", "with_hint",
}  # fmt: skip
RENAMED = {"with_entities": "with_only_columns", "add_entity": "add_columns", "add_column": "add_columns"}
OPTIONS = {"populate_existing", "autoflush", "yield_per"}
DROPPED = {"reset_joinpoint", "with_session"}
UNIONS = {"union": "union", "union_all": "union_all", "intersect": "intersect", "except_": "except_"}
NARROWING = {"limit", "offset", "slice"}
# What a Query refuses after LIMIT, where a select would say something else without a word.
BEFORE_LIMIT = {"filter", "where", "filter_by", "order_by", "group_by", "having", "join", "outerjoin"}
# Loader options that never put rows of another table beside those of the entity.
SEPARATE = {
    "selectinload", "subqueryload", "lazyload", "raiseload", "noload", "defer", "undefer", "load_only", "immediateload",
}  # fmt: skip


@dataclass(eq=False)
class Methods:
    """Carries queries through their builders. class_names: of the mapped classes."""

    elements: Elements
    mapping: Mapping

    def __post_init__(self) -> None:
        self.class_names = {mapped.cls.name for mapped in self.mapping.classes.values()}

    def apply(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query | None:
        """The query after a builder; None (with a problem noted) when it has no exact form."""
        problem = _order_problem(query, name) or self._argument_problem(query, name, call)
        if query.united and not problem and name not in NARROWING:
            query, problem = self._adapted(query, name, call, queries)
        step = self._step(name) if not problem else None
        if step is None:
            queries.problem(call, problem or f"Query.{name}() has no exact form here yet")
            return None
        after = step(query, name, call, function, queries)
        if after is None:
            return None
        if name not in ("filter", "where", "filter_by"):
            after = replace(after, criteria=None)
        if name not in ("options", "with_for_update", "populate_existing"):
            after = replace(after, locks=None)
        return after

    def _step(self, name: str) -> Callable[..., Query | None] | None:
        if name in SAME:
            return self._same
        if name in RENAMED:
            return self._renamed
        if name in DROPPED:
            return self._dropped
        if name in UNIONS:
            return self._united
        return {
            "filter": self._filter, "where": self._filter, "filter_by": self._filter_by, "join": self._join,
            "outerjoin": self._join, "options": self._options, "select_from": self._select_from,
            "add_columns": self._renamed, "from_statement": self._from_statement,
            **dict.fromkeys(OPTIONS, self._option),
        }.get(name)  # fmt: skip

    def _argument_problem(self, query: Query, name: str, call: Node) -> str:
        arguments = positional(call)
        if name in ("join", "outerjoin") and any(item.type in ("string", "concatenated_string") for item in arguments):
            return f"Query.{name}() by the name of a relationship has no form of select"
        return ""

    def _same(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        return replace(
            query,
            narrowed=query.narrowed or name in NARROWING,
            optioned=query.optioned or name == "execution_options",
            grouped=query.grouped or name == "group_by",
            **self._crossed(query, call),
        )

    def _filter(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        arguments = _arguments(call)
        return replace(
            query,
            criteria=(*query.criteria, *arguments) if query.criteria is not None else None,
            filtered=query.filtered or any(item.type != "list_splat" for item in arguments),
            **self._crossed(query, call),
        )

    def _filter_by(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query | None:
        # SQLAlchemy 2.1 looks for the names in everything that a select has, and finds them twice.
        if query.joins or query.target != self._first(query) or len(query.elements or ()) > 1:
            if not query.target or not (query.united or self._is_named(query.target, function)):
                queries.problem(call, "which class filter_by() means after a join is not known")
                return None
            queries.change(QueryChange(call, "filter_by", entity=query.target))
        return self._filter(query, name, call, function, queries)

    def _first(self, query: Query) -> str:
        return query.elements[0].code if query.elements else ""

    def _is_named(self, code: str, function: Function) -> bool:
        """Whether the code of a class can be written in a function."""
        first = code.partition(".")[0]
        known = {item.local for item in function.file.imports} | {cls.name for cls in function.file.classes}
        return first in known or first in function.file.words

    def _join(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        arguments = positional(call)
        target = self._target(arguments, function) if arguments else ""
        return replace(query, joins=True, multiplied=True, target=target)

    def _target(self, arguments: list[Node], function: Function) -> str:
        """The class that a join goes to, as it can be written in the file."""
        first = arguments[0]
        if self.elements.of(first, function.file, function).kind == "entity":
            return text_of(first)
        if first.type != "attribute":
            return ""
        owner = first.child_by_field_name("object")
        cls = self.elements.cls(owner, function.file) if owner is not None else None
        mapped = self.mapping.get(cls.id) if cls is not None else None
        relationship = mapped.relationships.get(text_of(first).rpartition(".")[2]) if mapped is not None else None
        if relationship is None:
            return ""
        name = self.mapping.classes[relationship.target].cls.name
        local = next((item.local for item in function.file.imports if item.name == name), name)
        return local if self._is_named(local, function) else ""

    def _options(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        separate = all(_loaders(item) <= SEPARATE and _loaders(item) for item in _arguments(call))
        steps = (*query.locks, name) if query.locks is not None else None
        return replace(query, multiplied=query.multiplied or not separate, locks=steps)

    def _select_from(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        arguments = positional(call)
        target = query.target if query.joins or not arguments else text_of(arguments[0])
        return replace(query, joins=True, multiplied=True, target=target)

    def _renamed(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        if name in RENAMED:
            queries.change(QueryChange(call, "method", RENAMED[name]))
        found = tuple(self.elements.of(item, function.file, function) for item in positional(call))
        kept = () if name == "with_entities" else query.elements
        elements = (
            None if kept is None or any(item.type == "list_splat" for item in _arguments(call)) else (*kept, *found)
        )
        return replace(query, elements=elements, multiplied=True)

    def _from_statement(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        return replace(query, multiplied=True)

    def _option(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        queries.change(QueryChange(call, "option", name))
        locks = (*query.locks, name) if query.locks is not None and name == "populate_existing" else None
        return replace(query, streamed=query.streamed or name == "yield_per", optioned=True, locks=locks)

    def _dropped(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query:
        queries.change(QueryChange(call, "drop"))
        if name == "with_session" and positional(call):
            return replace(query, sessions=frozenset({text_of(positional(call)[0])}))
        return replace(query, target=self._first(query))

    def _united(self, query: Query, name: str, call: Node, function: Function, queries: Queries) -> Query | None:
        is_entity = query.shape == "entity" and bool(query.entity)
        if not is_entity and query.shape != "column":
            queries.problem(call, f"Query.{name}() of entities with something else has no exact form here yet")
            return None
        queries.change(QueryChange(call, "union", UNIONS[name], query.entity if is_entity else ""))
        return replace(query, united=call.id, multiplied=True, joins=False, narrowed=False, grouped=False)

    def _adapted(self, query: Query, name: str, call: Node, queries: Queries) -> tuple[Query, str]:
        """After a union the class means its rows: it gets a name there, which stands in place of the class."""
        union = next((item for item in queries.changes if item.node.id == query.united), None)
        arguments = _arguments(call)
        if name in UNIONS or (not arguments and name != "filter_by"):
            return query, ""
        if union is None or not union.entity or not union.entity.isidentifier() or name in ("join", "outerjoin"):
            return query, f"Query.{name}() after a union means columns that have no name here"
        if any(item.type == "string" for item in arguments):
            return query, f"Query.{name}() of a text after a union has no exact form here yet"
        if any(item.type.endswith("comprehension") or item.type == "lambda" for item in ancestors(call)):
            return query, "a union inside a comprehension has no exact form here yet"
        if not _is_after(call, union.node):
            return query, f"Query.{name}() after a union that is made elsewhere"
        union.alias = f"{_snake(union.entity)}_union"
        for node in _mentions_of(union.entity, arguments):
            queries.change(QueryChange(node, "rename", union.alias))
        return replace(query, target=union.alias, joins=name == "filter_by" or query.joins), ""

    def _crossed(self, query: Query, call: Node) -> dict[str, bool]:
        """What arguments do that name another mapped class, which then stands in the FROM list."""
        crossed = self._mentions(query, call)
        return {"joins": query.joins or crossed, "multiplied": query.multiplied or crossed}

    def _mentions(self, query: Query, call: Node) -> bool:
        arguments = call.child_by_field_name("arguments")
        words = set(_identifiers(arguments)) if arguments is not None else set()
        own = {element.code.rpartition(".")[2] for element in query.elements or ()}
        return bool((words & self.class_names) - own)


def _order_problem(query: Query, name: str) -> str:
    """A Query raises when it is filtered or ordered after LIMIT; a select would not."""
    return f"Query.{name}() after limit() raises an error" if query.narrowed and name in BEFORE_LIMIT else ""


def _arguments(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    return [child for child in arguments.named_children if child.type != "comment"] if arguments is not None else []


def _loaders(node: Node) -> set[str]:
    """The functions and methods that make a loader option."""
    found: set[str] = set()
    while node.type == "call":
        callee = node.child_by_field_name("function")
        if callee is None:
            break
        found.add(text_of(callee).rpartition(".")[2] if callee.type == "attribute" else text_of(callee))
        inner = callee.child_by_field_name("object") if callee.type == "attribute" else None
        if inner is None:
            break
        node = inner
    return found


def _is_after(node: Node, union: Node) -> bool:
    """Whether a union was surely made before: in the same expression, or in a statement of a block around."""
    block = next((item for item in ancestors(union) if item.type in ("block", "module", "lambda")), None)
    return block is not None and block in list(ancestors(node))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _mentions_of(name: str, nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.type == "identifier" and text_of(node) == name:
            yield node
        yield from _mentions_of(name, node.named_children)


def _identifiers(node: Node) -> Iterator[str]:
    if node.type == "identifier":
        yield text_of(node)
    for child in node.named_children:
        yield from _identifiers(child)


__all__ = ["ENDINGS", "TERMINALS", "Element", "Methods"]
