"""What FastAPI puts in place of a parameter: the argument of the `Depends` beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.facts_of_aliases import is_depends
from awaitify.analysis.plain_values import bound_at_top
from awaitify.project.index import File, Function, Param

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution


def depended(function: Function, param: Param, resolution: Resolution) -> tuple[File, Node] | None:
    """The argument of the `Depends` of a parameter: its default, in its annotation, or in an alias that names."""
    for part in (param.default, param.annotation):
        found = _argument(function.file, part) if part is not None else None
        if found is not None:
            return function.file, found
    return _of_alias(function.file, param.annotation, resolution) if param.annotation is not None else None


def _of_alias(file: File, annotation: Node, resolution: Resolution) -> tuple[File, Node] | None:
    name = annotation.named_children[0] if annotation.type == "type" and annotation.named_children else annotation
    for target in resolution.definition(file, name) if name.type in ("identifier", "attribute") else ():
        home = resolution.project.by_path.get(target.path) if target.path is not None else None
        bound = bound_at_top(home, target.name.rpartition(".")[2]) if home is not None else []
        value = bound[0][1] if len(bound) == 1 else None
        argument = _argument(home, value) if home is not None and value is not None else None
        if home is not None and argument is not None:
            return home, argument
    return None


def _argument(file: File, node: Node) -> Node | None:
    """The argument of the only `Depends(...)` within an expression."""
    calls = [
        call for call in file.calls if node.start_byte <= call.node.start_byte < node.end_byte and is_depends(call)
    ]
    plain = [call for call in calls if call.arguments and call.arguments[0].type != "keyword_argument"]
    return plain[0].arguments[0] if len(calls) == len(plain) == 1 else None


def is_overridden(name: str, files: list[File]) -> bool:
    """Whether something may put another in the place of a dependency, as tests do."""
    return any(file.named(name) for file in files if b"dependency_overrides" in file.source.text)
