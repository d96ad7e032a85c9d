"""The classes behind `get_args(self.__orig_bases__[0])[0]`: what every subclass writes in the brackets of its base."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Class, text_of

OWNERS = ("self", "cls", "type(self)", "self.__class__")


def asked_argument(value: Node) -> tuple[int, int] | None:
    """(which base, which argument of it) when that is what an expression asks for."""
    call, argument = _subscript(value)
    callee = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if call is None or argument is None or callee is None or text_of(callee).rpartition(".")[2] != "get_args":
        return None
    items = call.child_by_field_name("arguments")
    given = items.named_children if items is not None else []
    bases, base = _subscript(given[0]) if len(given) == 1 else (None, None)
    owner = bases.child_by_field_name("object") if bases is not None and bases.type == "attribute" else None
    if owner is None or bases is None or base is None or text_of(owner) not in OWNERS:
        return None
    return (base, argument) if text_of(bases).endswith(".__orig_bases__") else None


def _subscript(node: Node) -> tuple[Node | None, int | None]:
    """What is subscripted, and the number that it is by."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    value, index = node.child_by_field_name("value"), node.child_by_field_name("subscript")
    if node.type != "subscript" or value is None or index is None or index.type != "integer":
        return None, None
    return value, int(text_of(index))


def written_arguments(
    cls: Class, asked: tuple[int, int], resolution: Resolution
) -> Iterator[tuple[Node | None, Class]]:
    """(argument, the class that writes it) of every class below; None where there is no such argument."""
    for item in resolution.project.classes.values():
        lineage = resolution.lineage(item)
        if item is not cls and cls in lineage:
            home = next((one for one in lineage if any(base.type == "subscript" for base in one.bases)), None)
            yield (_argument(home, asked) if home not in (None, cls) and home is not None else None), home or item


def _argument(cls: Class, asked: tuple[int, int]) -> Node | None:
    base = cls.bases[asked[0]] if asked[0] < len(cls.bases) else None
    arguments = base.children_by_field_name("subscript") if base is not None and base.type == "subscript" else []
    return arguments[asked[1]] if asked[1] < len(arguments) else None
