"""Legacy Query: each chain from its root `session.query(...)` to what consumes it, through local variables."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Class, Function, span_of, text_of

TERMINALS = {"first", "all", "one", "one_or_none", "scalar", "count", "get", "delete", "update"}
BUILDERS = {
    "filter", "filter_by", "where", "order_by", "limit", "offset", "join", "outerjoin", "options", "group_by", "having",
    "distinct", "select_from", "with_for_update", "execution_options", "slice", "correlate", "params",
}  # fmt: skip
ENDINGS = {"subquery", "cte", "label", "scalar_subquery", "exists"}
JOINING = {"join", "outerjoin", "options", "select_from"}
AGGREGATES = {"count", "sum", "max", "min", "avg"}
CONSUMERS_OF_ITERABLES = {"list", "set", "tuple", "sorted", "frozenset", "enumerate", "dict"}


@dataclass(eq=False, slots=True)
class QueryUse:
    """One execution of a query. node: the terminal call, or the query that is iterated; receiver: the query."""

    node: Node
    consumer: str
    receiver: Node
    roots: list[Call]
    methods: list[tuple[str, Node]]


@dataclass(eq=False, slots=True)
class Queries:
    """What a function does with legacy queries. problems: (node, why) of what cannot be rewritten exactly."""

    roots: list[Call] = field(default_factory=list)
    uses: list[QueryUse] = field(default_factory=list)
    problems: list[tuple[Node, str]] = field(default_factory=list)
    members: set[int] = field(default_factory=set)


def is_query_root(call: Call, resolution: Resolution) -> bool:
    """Whether the call is `session.query(...)` on a Session."""
    return any(
        target.name.endswith(".Session.query") and target.name.startswith(("sqlalchemy.", "sqlmodel."))
        for target in resolution.targets.get(call, ())
    )


def find_queries(function: Function, resolution: Resolution) -> Queries:
    """Follows every query of a function to its consumers."""
    queries = Queries([call for call in function.calls if is_query_root(call, resolution)])
    todo: list[tuple[Node, list[Call], list[tuple[str, Node]]]] = [(root.node, [root], []) for root in queries.roots]
    followed: set[tuple[str, int]] = set()
    while todo:
        node, roots, methods = todo.pop()
        variable = _follow(node, roots, methods, queries)
        if variable is None:
            continue
        name, methods = variable
        for use in _uses(function, name):
            if (name, use.start_byte) not in followed:
                followed.add((name, use.start_byte))
                todo.append((use, _roots_of(function, name, queries), methods))
    return queries


def _follow(
    node: Node, roots: list[Call], methods: list[tuple[str, Node]], queries: Queries
) -> tuple[str, list[tuple[str, Node]]] | None:
    """Climbs from a query expression to what becomes of it; returns the variable that it is assigned to, if any."""
    methods = list(methods)
    while True:
        queries.members.add(node.id)
        parent = node.parent
        if parent is None:
            return None
        if parent.type == "parenthesized_expression":
            node = parent
            continue
        if parent.type == "attribute" and parent.parent is not None and parent.parent.type == "call":
            call = parent.parent
            if call.child_by_field_name("function") != parent:
                return _problem(queries, parent, "a method of the query is used as a value")
            name = text_of(parent.child_by_field_name("attribute") or parent)
            queries.members.add(call.id)
            if name in TERMINALS:
                queries.uses.append(QueryUse(call, name, node, roots, methods))
                return None
            if name in ENDINGS:
                return None
            if name not in BUILDERS:
                return _problem(queries, call, f"Query.{name}() has no exact form here yet")
            methods.append((name, call))
            node = call
            continue
        return _consumed(node, parent, roots, methods, queries)


def _consumed(
    node: Node, parent: Node, roots: list[Call], methods: list[tuple[str, Node]], queries: Queries
) -> tuple[str, list[tuple[str, Node]]] | None:
    is_iterated = parent.type in ("for_statement", "for_in_clause") and parent.child_by_field_name("right") == node
    if is_iterated or _is_iterated_by_builtin(parent):
        queries.uses.append(QueryUse(node, "iterate", node, roots, methods))
        return None
    if parent.type == "assignment" and parent.child_by_field_name("right") == node:
        left = parent.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            return text_of(left), methods
    if parent.type == "return_statement":
        return _problem(queries, node, "the query is returned unexecuted")
    if parent.type == "argument_list":
        if text_of(parent.parent or parent).endswith(f".in_({text_of(node)})"):
            return None
        return _problem(queries, node, "the query is passed on to another function")
    if parent.type == "expression_statement":
        return None
    return _problem(queries, node, "the query is used in a way that has no exact async form yet")


def _is_iterated_by_builtin(parent: Node) -> bool:
    call = parent.parent if parent.type == "argument_list" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and callee.type == "identifier" and text_of(callee) in CONSUMERS_OF_ITERABLES


def _problem(queries: Queries, node: Node, why: str) -> None:
    queries.problems.append((node, why))


def _uses(function: Function, name: str) -> list[Node]:
    """Reads of a local variable: identifiers of that name that are not bound, keyword names or attributes."""
    body = function.node.child_by_field_name("body")
    return [node for node in function.file.names if _inside(node, body) and text_of(node) == name and _is_read(node)]


def _inside(node: Node, outer: Node | None) -> bool:
    return outer is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _is_read(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in ("parameters", "typed_parameter", "default_parameter"):
        return False
    if parent.type == "assignment" and parent.child_by_field_name("left") == node:
        return False
    if parent.type == "attribute" and parent.child_by_field_name("attribute") == node:
        return False
    return not (parent.type == "keyword_argument" and parent.child_by_field_name("name") == node)


def _roots_of(function: Function, name: str, queries: Queries) -> list[Call]:
    """The roots that a variable may hold: those that stand in an assignment to it."""
    found = []
    for root in queries.roots:
        node: Node | None = root.node
        while node is not None and node.type not in ("assignment", "block"):
            node = node.parent
        if node is not None and node.type == "assignment":
            left = node.child_by_field_name("left")
            if left is not None and text_of(left) == name:
                found.append(root)
    return found or queries.roots[:1]


def shape_of(root: Call, resolution: Resolution) -> tuple[str, str]:
    """(shape, entity code) of `session.query(...)`: "entity", "aggregate", "column", "rows", or "" when unknown."""
    kinds = [_element(argument, root, resolution) for argument in root.arguments]
    if not kinds or "" in kinds:
        return "", ""
    if len(kinds) == 1:
        return kinds[0], text_of(root.arguments[0]) if kinds[0] == "entity" else ""
    return ("rows" if "entity" in kinds else "column"), ""


def _element(argument: Node, root: Call, resolution: Resolution) -> str:
    if argument.type == "call":
        callee = argument.child_by_field_name("function")
        text = text_of(callee) if callee is not None else ""
        if text.startswith(("func.", "sa.func.", "sqlalchemy.func.")):
            return "aggregate" if text.rpartition(".")[2] in AGGREGATES else "column"
        if text.endswith((".exists", "exists")):
            return "aggregate"
        inner = text.partition("(")[0].split(".")[0]
        return (
            "column" if inner in ("func", "case", "cast", "literal", "label", "distinct", "text") or "." in text else ""
        )
    if argument.type not in ("identifier", "attribute"):
        return ""
    targets = resolution.definition(root.file, argument)
    for target in targets:
        found = resolution.project.definition(target.path, target.offset) if target.in_project else None
        if isinstance(found, Class):
            return "entity"
    hover = resolution.hover(root.file, argument)
    if "<class '" in hover or "type[" in hover.lower():
        return "entity"
    if argument.type == "attribute":
        owner = argument.child_by_field_name("object")
        owner_targets = resolution.definition(root.file, owner) if owner is not None else ()
        for target in owner_targets:
            found = resolution.project.definition(target.path, target.offset) if target.in_project else None
            if isinstance(found, Class):
                return "column"
        if owner is not None and "<class '" in resolution.hover(root.file, owner):
            return "column"
    return ""


def needs_unique(use: QueryUse, entity: str, class_names: set[str], joined_mapping: bool) -> bool:
    """Whether de-duplication may do something: a join, an eager option, a joined mapping, or a second entity.

    Legacy queries drop duplicates whenever a mapped entity is selected; 2.0 results never do.
    """
    if joined_mapping or any(name in JOINING for name, _ in use.methods):
        return True
    own = entity.rpartition(".")[2]
    words: set[str] = set()
    for _, call in use.methods:
        arguments = call.child_by_field_name("arguments")
        words |= set(_identifiers(arguments)) if arguments is not None else set()
    return bool((words & class_names) - {own})


def _identifiers(node: Node) -> list[str]:
    found = [text_of(node)] if node.type == "identifier" else []
    for child in node.named_children:
        found += _identifiers(child)
    return found


def criteria_of(use: QueryUse, root: Call) -> list[Node] | None:
    """The filter arguments of a bulk delete or update, or None when another builder stands in the chain."""
    found: list[Node] = []
    for name, call in use.methods:
        if name not in ("filter", "where"):
            return None
        arguments = call.child_by_field_name("arguments")
        found += [child for child in arguments.named_children if child.type != "comment"] if arguments else []
    return found


def receiver_code(root: Call) -> str:
    """The code of the session: what stands before `.query`."""
    return text_of(root.callee.child_by_field_name("object") or root.callee)


def receiver_span(use: QueryUse) -> tuple[int, int]:
    """The span of the consumed query, without parentheses around it."""
    node = use.receiver
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return span_of(node)
