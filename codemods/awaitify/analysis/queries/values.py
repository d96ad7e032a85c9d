"""What is known of a legacy query at one place: what it selects, what was done to it, and whose session runs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from awaitify.project.index import Call

GIVEN = "?"  # the session of a query that a function is given without one: its caller has it


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a query selects. kind: "entity", "column", "aggregate", or "" (not known); code: the mapped class
    that it is or belongs to, as written; "" when it is not known, or differs."""

    kind: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that may stand in a place.

    roots: the `session.query(...)` that it comes from; sessions: what the session is called here; elements: what it
    selects, None when that differs; target: the class that filter_by means, "" when that is not known; joins: it has
    some; multiplied: joins, options or the like may repeat an entity; narrowed: limit or offset; streamed: yield_per;
    united: the id of the union that it is, -1 when that is elsewhere; inline: its root stands in the same expression;
    filtered: it surely has a filter; optioned: it has execution options; criteria: the arguments of its filters, None
    after anything else; locks: builders that `get` can take; problem: why it has no exact form."""

    roots: frozenset[Call]
    sessions: frozenset[str]
    elements: tuple[Element, ...] | None
    target: str = ""
    joins: bool = False
    multiplied: bool = False
    narrowed: bool = False
    grouped: bool = False
    streamed: bool = False
    united: int = 0
    inline: bool = True
    filtered: bool = False
    optioned: bool = False
    criteria: tuple[Node, ...] | None = ()
    locks: tuple[str, ...] | None = ()
    problem: str = ""

    @property
    def shape(self) -> str:
        """ "entity", "aggregate", "column" (rows without an entity), "rows" (with one), "" when it is not known."""
        kinds = [element.kind for element in self.elements or ()]
        if not kinds or "" in kinds:
            return ""
        if len(kinds) == 1:
            return "column" if kinds[0] == "aggregate" and self.grouped else kinds[0]
        return "rows" if "entity" in kinds else "column"

    @property
    def entity(self) -> str:
        """The code of the only mapped class that it selects; "" otherwise."""
        return self.elements[0].code if self.elements is not None and self.shape == "entity" else ""

    def stored(self) -> Query:
        """The query after it was put in a variable."""
        return replace(self, inline=False)

    def crossed(self, sessions: Iterable[str]) -> Query:
        """The query in another function, which calls its session otherwise."""
        return replace(self, inline=False, sessions=frozenset(sessions), united=-1 if self.united else 0)


@dataclass(frozen=True, slots=True)
class Group:
    """A list, tuple or dictionary that holds queries. items: by position, for a tuple of known length; others: what any
    other element may be."""

    items: tuple[Value, ...] | None = None
    others: Value = None

    @property
    def any(self) -> Value:
        """What an element may be."""
        return merge([self.others, *(self.items or ())])


Value = Query | Group | None


def merge(values: Iterable[Value]) -> Value:
    """What may be any of the values; what is no query (None) adds nothing."""
    result: Value = None
    for value in values:
        result = _both(result, value)
    return result


def stored(value: Value) -> Value:
    return value.stored() if isinstance(value, Query) else value


def _both(first: Value, second: Value) -> Value:
    if first is None or second is None or first == second:
        return first if second is None else second
    if isinstance(first, Group) and isinstance(second, Group):
        if first.items is not None and second.items is not None and len(first.items) == len(second.items):
            items = tuple(_both(a, b) for a, b in zip(first.items, second.items, strict=True))
            return Group(items, _both(first.others, second.others))
        return Group(None, _both(first.any, second.any))
    if isinstance(first, Query) and isinstance(second, Query):
        return _either(first, second)
    query = first if isinstance(first, Query) else second
    assert isinstance(query, Query)
    return replace(query, problem="a query or a list of queries")


def _either(first: Query, second: Query) -> Query:
    return Query(
        first.roots | second.roots,
        first.sessions | second.sessions,
        _elements(first.elements, second.elements),
        first.target if first.target == second.target else "",
        first.joins or second.joins,
        first.multiplied or second.multiplied,
        first.narrowed or second.narrowed,
        first.grouped or second.grouped,
        first.streamed or second.streamed,
        first.united
        if first.united == second.united
        else -1
        if first.united and second.united
        else first.united or second.united,
        first.inline and second.inline and first.criteria == second.criteria,
        first.filtered and second.filtered,
        first.optioned or second.optioned,
        _criteria(first.criteria, second.criteria),
        first.locks if first.locks == second.locks else None,
        first.problem or second.problem or _conflict(first, second),
    )


def _criteria(first: tuple[Node, ...] | None, second: tuple[Node, ...] | None) -> tuple[Node, ...] | None:
    """Different filters cannot be written out; that there are some still counts."""
    if first == second or first is None or second is None:
        return first if first == second else None
    return tuple(dict.fromkeys((*first, *second)))  # each once: else branches in a loop double them at every turn


def _conflict(first: Query, second: Query) -> str:
    return "its yield_per depends on the way there" if first.streamed != second.streamed else ""


def _elements(first: tuple[Element, ...] | None, second: tuple[Element, ...] | None) -> tuple[Element, ...] | None:
    if first is None or second is None:
        return None
    if [item.kind for item in first] != [item.kind for item in second]:
        return (Element("column"), Element("column")) if _is_plain(first) and _is_plain(second) else None
    pairs = zip(first, second, strict=True)
    return tuple(a if a == b else Element(a.kind) for a, b in pairs)


def _is_plain(elements: tuple[Element, ...]) -> bool:
    """Whether rows of columns are selected, however many: they are read in the same way."""
    kinds = {element.kind for element in elements}
    return kinds <= {"column", "aggregate"} and elements != () and (len(elements) > 1 or kinds == {"column"})


@dataclass(eq=False, slots=True)
class QueryUse:
    """One execution of a query. node: the terminal call, the subscript, or the query that is iterated; receiver: the
    query itself; consumer as in ExecuteQuery; value: what the query is."""

    node: Node
    consumer: str
    receiver: Node
    value: Query


@dataclass(eq=False, slots=True)
class QueryChange:
    """A builder that a select spells otherwise. node: the call, attribute or name; form: "method" (another name),
    "filter_by", "option" (`execution_options(name=value)`), "drop" (goes, its receiver stays), "not-none" (`query` as a
    condition), "rename" (of the class after a union), "union" (alias: the name of the class over it, once needed)."""

    node: Node
    form: str
    name: str = ""
    entity: str = ""
    alias: str = ""


@dataclass(eq=False, slots=True)
class Queries:
    """What a function does with legacy queries. problems: (node, why) of what cannot be rewritten exactly; members: ids
    of the nodes that are queries or calls on them; given: it executes a query for which it has no session; passes: the
    session of a query that is passed on, by call; returned: a query is returned."""

    roots: list[Call] = field(default_factory=list)
    uses: list[QueryUse] = field(default_factory=list)
    changes: list[QueryChange] = field(default_factory=list)
    problems: list[tuple[Node, str]] = field(default_factory=list)
    members: set[int] = field(default_factory=set)
    passes: dict[int, str] = field(default_factory=dict)
    params: set[str] = field(default_factory=set)
    given: bool = False
    returned: bool = False

    def problem(self, node: Node, why: str) -> None:
        """Notes what has no exact form; one problem a place."""
        if all(item.id != node.id for item, _ in self.problems):
            self.problems.append((node, why))

    def change(self, change: QueryChange) -> None:
        """Notes a builder to rewrite; two ways of rewriting one place are a problem."""
        same = [item for item in self.changes if item.node.id == change.node.id]
        if any((item.form, item.name, item.entity) != (change.form, change.name, change.entity) for item in same):
            self.problem(change.node, "what this means depends on the way to it")
        if not same:
            self.changes.append(change)
