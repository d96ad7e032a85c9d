"""Methods that give objects of the class that they are called on: `return self`, `return db.get(cls, key)`.

Of `Item.find(1)` that is `Item`, though a mixin has `find`: to the checker it is `Self`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from awaitify.analysis.local_bindings import bound_to
from awaitify.project.index import Function, text_of

SELF = "typing.Self"
MANY = f"builtins.list[{SELF}]"
GETS = ("get", "get_one", "merge")
ROOTS = ("query", "select")
ONE = ("first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none")
OTHER = ("with_entities", "add_columns", "with_only_columns", "mappings", "count", "exists", "from_statement")
DEPTH = 3
#: Whether an expression is certainly a session: other things have a `get` too.
IsSession = Callable[[Node], bool]


def own_result(function: Function, values: list[Node], is_session: IsSession) -> str:
    """`typing.Self` or a list of such, where all that a method returns is that; "" else."""
    own = _own_name(function)
    found = {_shape(function, own, value, is_session, DEPTH) for value in values} if own else set()
    return found.pop() if len(found) == 1 else ""


def filled(fact: str, cls: str) -> str:
    """A fact for the class that a method is called on."""
    return fact.replace(SELF, cls)


def _own_name(function: Function) -> str:
    """`self` or `cls`, in a method that has one."""
    static = any("staticmethod" in text_of(item) for item in function.decorators)
    return function.params[0].name if function.cls is not None and function.params and not static else ""


def _is_classmethod(function: Function) -> bool:
    return any("classmethod" in text_of(item) for item in function.decorators)


def _shape(function: Function, own: str, node: Node, is_session: IsSession, depth: int) -> str:
    """What one expression gives: `typing.Self`, a list of such, or "" for anything else."""
    if node.type in ("await", "parenthesized_expression") and node.named_children:
        return _shape(function, own, node.named_children[-1], is_session, depth)
    if node.type == "identifier":
        if text_of(node) == own:
            return "" if _is_classmethod(function) else SELF
        bound = list(bound_to(text_of(node), function.node)) if depth else []
        plain = [value for value, is_part in bound if value is not None and not is_part]
        is_whole = len(plain) == len(bound)
        found = {_shape(function, own, value, is_session, depth - 1) for value in plain} if is_whole else set()
        return found.pop() if len(found) == 1 else ""
    return _called(function, own, node, is_session) if node.type == "call" else ""


def _called(function: Function, own: str, node: Node, is_session: IsSession) -> str:
    names = list(_chain(node))
    last, _ = names[0]
    if last == own and _is_classmethod(function):
        return SELF
    if last in GETS and _takes(node, own):
        owner = (node.child_by_field_name("function") or node).child_by_field_name("object")
        return SELF if owner is not None and is_session(owner) else ""
    is_own = any(name in ROOTS and _takes(call, own) for name, call in names)
    if not is_own or any(name in OTHER for name, _ in names):
        return ""
    return SELF if last in ONE else MANY if last == "all" else ""


def _chain(node: Node) -> Iterator[tuple[str, Node]]:
    """(the name that is called, the call) from the last method of a chain to its root, with what the methods take."""
    while node.type == "call":
        callee = node.child_by_field_name("function")
        if callee is None:
            return
        yield text_of(callee.child_by_field_name("attribute") or callee), node
        arguments = node.child_by_field_name("arguments")
        inner = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        if inner is not None and inner.type == "call":
            yield from _chain(inner)
        node = callee.child_by_field_name("object") or callee


def _takes(call: Node, own: str) -> bool:
    """Whether the first argument is the class itself, or `type(self)`."""
    arguments = call.child_by_field_name("arguments")
    given = text_of(arguments.named_children[0]) if arguments is not None and arguments.named_children else ""
    return given in (own, f"type({own})", f"{own}.__class__")
