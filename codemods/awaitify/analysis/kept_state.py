"""What makers of dependencies keep from one request to the next: a copy beside them would keep half of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tree_sitter import Node, Query, QueryCursor

from awaitify.project.index import LANGUAGE, Class, Function, text_of

#: Where something changes, and where it is handed on, or asked by a method, which may change it.
_PLACES = Query(
    LANGUAGE,
    """
    (assignment left: (_) @changed) (augmented_assignment left: (_) @changed) (delete_statement (_) @changed)
    (for_statement left: (_) @changed) (as_pattern_target (_) @changed)
    (call function: (attribute object: (_) @asked)) (assignment right: (_) @given) (argument_list (_) @given)
    (keyword_argument value: (_) @given) (return_statement (_) @given) (yield (_) @given)
    """,
)
#: Values without parts that could change.
FIXED = ("string", "integer", "float", "true", "false", "none", "tuple", "unary_operator")


def keeps_state(cls: Class, makers: Iterable[Node]) -> bool:
    """Whether methods of a class change what its objects keep, or may: `self.hits[key] += 1`, `self.seen.add(user)`.
    makers: the calls that make its objects; those that make an argument too would give each copy its own."""
    init = cls.methods.get("__init__")
    is_given = not any(_makes_more(maker) for maker in makers)
    plain = _plain_attributes(init) if init is not None and is_given else set[str]()
    for method in cls.methods.values():
        own = method.params[0].name if method.params and method is not init else ""
        for kind, node in _places(method.node) if own else ():
            root, steps = _way(node)
            first = steps[0] if steps else _asked(node) if kind == "asked" else ""
            is_method = not steps and kind == "asked" and first in cls.methods
            if root == own and (kind == "changed" or not (first in plain or is_method)):
                return True
    return False


def shares_locals(factory: Function, made: Function) -> bool:
    """The same of what a factory binds beside the function that it makes: `hits = {}`."""
    names = {name for name, value in _bound(factory) if value.type not in FIXED}
    ways = ((kind, *_way(node)) for kind, node in _places(made.node))
    return any(root in names and (steps or kind != "changed") for kind, root, steps in ways)


def _places(node: Node) -> Iterator[tuple[str, Node]]:
    for kind, nodes in QueryCursor(_PLACES).captures(node).items():
        yield from ((kind, item) for item in nodes)


def _way(node: Node) -> tuple[str, list[str]]:
    """The name that an expression starts from, and what leads on from there: `self`, ["hits", ""] of
    `self.hits[key]`."""
    steps: list[str] = []
    while node.type in ("attribute", "subscript"):
        name = node.child_by_field_name("attribute")
        steps.insert(0, text_of(name) if name is not None else "")
        node = node.child_by_field_name("object") or node.child_by_field_name("value") or node.named_children[0]
    return (text_of(node) if node.type == "identifier" else "", steps)


def _asked(node: Node) -> str:
    """The method that an object is asked by."""
    name = node.parent.child_by_field_name("attribute") if node.parent is not None else None
    return text_of(name) if name is not None else ""


def _plain_attributes(init: Function) -> set[str]:
    """The attributes that are what the constructor is given, or have no parts."""
    given = {param.name for param in init.params}
    found = [(_way(left)[1], right) for left, right in _assignments(init)]
    return {
        steps[0] for steps, right in found
        if len(steps) == 1 and (right.type in FIXED or (right.type == "identifier" and text_of(right) in given))
    }  # fmt: skip


def _bound(factory: Function) -> Collection[tuple[str, Node]]:
    """The names that a factory binds itself, with their values."""
    return [(text_of(left), right) for left, right in _assignments(factory) if left.type == "identifier"]


def _assignments(function: Function) -> Iterator[tuple[Node, Node]]:
    body = function.node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        node = statement.named_children[0] if statement.named_children else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "assignment" and left is not None and right is not None:
            yield left, right


def _makes_more(maker: Node) -> bool:
    """Whether a call calls something for its arguments, or makes something that can change."""
    arguments = maker.child_by_field_name("arguments")
    todo = list(arguments.named_children) if arguments is not None else []
    while todo:
        node = todo.pop()
        if node.type in ("call", "dictionary", "lambda"):
            return True
        todo += node.named_children
    return False
