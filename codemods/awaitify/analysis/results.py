"""The classes of what calls give back, by the annotation of the function that is called.

The checker answers for the function where a call stands, not for its result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.project.index import PARSER, Call, ancestors, text_of
from awaitify.resolve.model import Point, Target, VirtualFile

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

MAX_BYTES = 2_000_000
ITERATORS = ("Iterator", "Generator", "Iterable")


def returned_classes(calls: Sequence[Call], resolution: Resolution) -> dict[Call, set[Target]]:
    """What each of these calls returns; nothing where the function is not annotated, or with no plain class."""
    points: dict[Call, list[Point]] = {}
    for call in calls:
        found = [_annotation(target, resolution) for target in resolution.targets.get(call, ())]
        points[call] = [point for point in found if point is not None]
    wanted = list(dict.fromkeys(point for found in points.values() for point in found))
    outside = sorted({point.path for point in wanted} - resolution.project.by_path.keys())
    resolution.oracle.open([VirtualFile(path, path.read_bytes()) for path in outside])
    answers = dict(zip(wanted, resolution.oracle.definitions(wanted), strict=True))
    return {call: {target for point in found for target in answers[point]} for call, found in points.items()}


def _annotation(target: Target, resolution: Resolution) -> Point | None:
    """Where the class that a function returns is named."""
    if target.kind != "function" or target.path is None:
        return None
    function = resolution.function_of(target)
    node = function.node if function is not None else _function_at(target.path, target.offset)
    if node is None or node.children[0].type == "async":
        return None
    annotation = node.child_by_field_name("return_type")
    name = _class_name(annotation.named_children[0]) if annotation is not None and annotation.named_children else None
    return Point(target.path, name.start_byte) if name is not None else None


def _function_at(path: Path, offset: int) -> Node | None:
    root = _parsed(path)
    name = root.descendant_for_byte_range(offset, offset + 1) if root is not None else None
    parent = next((node for node in ancestors(name) if node.type == "function_definition"), None) if name else None
    return parent if parent is not None and parent.child_by_field_name("name") == name else None


@lru_cache(maxsize=64)
def _parsed(path: Path) -> Node | None:
    if path.suffix not in (".py", ".pyi") or path.stat().st_size > MAX_BYTES:
        return None
    text = path.read_bytes()
    try:
        text.decode()
    except UnicodeDecodeError:
        return None
    return PARSER.parse(text).root_node


def _class_name(node: Node) -> Node | None:
    """The name of a class in an annotation: `X`, `m.X`, `X[T]`, `X | None`; `Self` and unions have none."""
    if node.type == "binary_operator":
        sides = [side for side in node.named_children if text_of(side) != "None"]
        return _class_name(sides[0]) if len(sides) == 1 else None
    if node.type in ("generic_type", "subscript", "type") and node.named_children:
        return _class_name(node.named_children[0])
    if node.type == "attribute":
        return node.child_by_field_name("attribute")
    return node if node.type == "identifier" and text_of(node) != "Self" else None


def gives_iterator(call: Call, resolution: Resolution) -> bool:
    """Whether a library function is a generator, or annotated as one: it does its work when the result is read."""
    for node in _sources(call, resolution):
        annotation = node.child_by_field_name("return_type")
        text = text_of(annotation).rpartition("typing.")[2] if annotation is not None else ""
        if text.partition("[")[0] in ITERATORS:
            return True
        if not _is_decorated(node) and (_yields(node) or _returns_generator(node)):
            return True
    return False


def _sources(call: Call, resolution: Resolution) -> Iterator[Node]:
    """The functions of libraries that a call may mean, as far as their source is there."""
    for target in resolution.targets.get(call, ()):
        if not target.in_project and target.kind == "function" and target.path is not None:
            node = _function_at(target.path, target.offset)
            if node is not None and node.children[0].type != "async":
                yield node


def _returns_generator(node: Node) -> bool:
    """Whether a function gives a generator expression."""
    inner = [child for child in node.named_children if child.type not in ("function_definition", "lambda")]
    is_given = node.type == "return_statement" and any(child.type == "generator_expression" for child in inner)
    return is_given or any(_returns_generator(child) for child in inner)


def _is_decorated(function: Node) -> bool:
    return function.parent is not None and function.parent.type == "decorated_definition"


def _yields(node: Node) -> bool:
    inner = [child for child in node.named_children if child.type not in ("function_definition", "lambda")]
    return any(child.type == "yield" or _yields(child) for child in inner)
