"""What the imports of a module are, and where a new one belongs: shared by the two transforms of imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

ImportNode = cst.Import | cst.ImportFrom


def dotted(node: cst.BaseExpression | None) -> str:
    """`a.b.c` of a name or attribute, "" of nothing."""
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def module_of(node: ImportNode) -> str:
    """The module that an import statement names (the first, of several), with its leading dots."""
    if isinstance(node, cst.ImportFrom):
        return "." * len(node.relative) + dotted(node.module)
    return dotted(node.names[0].name)


def imports_of(statement: cst.CSTNode) -> Iterator[ImportNode]:
    """The import statements of a line."""
    if isinstance(statement, cst.SimpleStatementLine):
        for small in statement.body:
            if isinstance(small, (cst.Import, cst.ImportFrom)):
                yield small


def alias_of(alias: cst.ImportAlias) -> str:
    """The name after `as`, or ""."""
    return dotted(alias.asname.name) if alias.asname is not None else ""  # type: ignore[arg-type]


def brings(node: ImportNode, module: str, name: str, alias: str) -> bool:
    """Whether the statement is the import of this name."""
    if isinstance(node, cst.Import):
        return not name and any(dotted(item.name) == module and alias_of(item) == alias for item in node.names)
    if not name or module_of(node) != module or isinstance(node.names, cst.ImportStar):
        return False
    return any(dotted(item.name) == name and alias_of(item) == alias for item in node.names)


@dataclass(frozen=True, slots=True)
class Group:
    """A run of import lines without a blank line between: the indices of its statements in the module's body."""

    indices: tuple[int, ...]
    nodes: tuple[ImportNode, ...]


def groups(body: Sequence[cst.BaseStatement]) -> list[Group]:
    """The groups of imports above the first function or class; a group ends at a blank line or another statement."""
    result: list[list[tuple[int, ImportNode]]] = []
    previous = -2
    for index, statement in enumerate(body):
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
            break
        node = next(imports_of(statement), None)
        if node is None or is_future(node):
            continue
        blank = any(line.comment is None for line in getattr(statement, "leading_lines", ()))
        if previous != index - 1 or blank or not result:
            result.append([])
        result[-1].append((index, node))
        previous = index
    return [Group(tuple(i for i, _ in group), tuple(node for _, node in group)) for group in result]


def is_future(node: ImportNode) -> bool:
    """`from __future__ import ...`."""
    return isinstance(node, cst.ImportFrom) and module_of(node) == "__future__"


def family(module: str) -> int:
    """0: standard library, 1: other packages, 2: relative."""
    if module.startswith("."):
        return 2
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


def first_place(body: Sequence[cst.BaseStatement]) -> int:
    """The index after the docstring and the `__future__` imports."""
    place = 0
    for index, statement in enumerate(body):
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        text = isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))
        if (text and index == 0) or (isinstance(small, cst.ImportFrom) and is_future(small)):
            place = index + 1
    return place


def is_renaming(item: cst.ImportFrom) -> bool:
    """Whether all names of an import get other names."""
    return not isinstance(item.names, cst.ImportStar) and all(name.asname is not None for name in item.names)


def is_one_a_line(found: Sequence[Group]) -> bool:
    """Whether names of one module stand in statements of their own, and nowhere two in one. Names imported as others
    do so in any style."""
    items = [item for group in found for item in group.nodes if isinstance(item, cst.ImportFrom)]
    modules = [module_of(item) for item in items if not is_renaming(item)]
    is_single = all(isinstance(item.names, cst.ImportStar) or len(item.names) == 1 for item in items)
    return is_single and len(set(modules)) < len(modules)
