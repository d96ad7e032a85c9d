"""A name is imported: into the import of its module that is there, or in a line of its own, in the order of its group.

Why: new code has new names (`select`, `AsyncSession`).

Before:

    from sqlalchemy import Column
    from sqlalchemy.orm import Session

After adding `sqlalchemy.select` and `sqlalchemy.ext.asyncio.AsyncSession`:

    from sqlalchemy import Column, select
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

Where a file imports one name a line (`force_single_line`), the new one gets a line of its own as well, and so it does
beside `from module import name as other`.

It will not go above a docstring or `from __future__`, count an import under `if TYPE_CHECKING` as one, import a name
twice, or sort what is not sorted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from awaitify_transforms.base import Context
from awaitify_transforms.edits import AddImport
from awaitify_transforms.imports import (
    Group,
    ImportNode,
    brings,
    dotted,
    family,
    first_place,
    groups,
    imports_of,
    is_one_a_line,
    is_renaming,
    module_of,
)
from awaitify_transforms.statements import blank_lines, parse_statements

NODES = (cst.Module,)


def apply(node: cst.Module, edit: AddImport, context: Context) -> cst.Module:
    """The module with the import; the same module if it has it already."""
    if _is_there(node.body, edit):
        return node
    found = groups(node.body)
    merged = _merge(node, found, edit) if edit.name and not is_one_a_line(found) else None
    if merged is not None:
        return merged
    (line,) = parse_statements(_code(edit), context.source)
    group = _group_for(found, edit.module)
    if group is None:
        return _in_own_group(node, found, line, family(edit.module))
    return _in_group(node, group, line, edit)


def _code(edit: AddImport) -> str:
    tail = f" as {edit.alias}" if edit.alias else ""
    return f"from {edit.module} import {edit.name}{tail}" if edit.name else f"import {edit.module}{tail}"


def _is_there(body: Sequence[Any], edit: AddImport) -> bool:
    """At the top level, or in a top-level `try`; not under `if TYPE_CHECKING`."""
    for statement in body:
        if any(brings(item, edit.module, edit.name, edit.alias) for item in imports_of(statement)):
            return True
        if isinstance(statement, cst.Try) and _is_there(statement.body.body, edit):
            return True
    return False


def _merge(node: cst.Module, found: Sequence[Group], edit: AddImport) -> cst.Module | None:
    for group in found:
        for index, item in zip(group.indices, group.nodes, strict=True):
            if isinstance(item, cst.ImportFrom) and module_of(item) == edit.module:
                if isinstance(item.names, cst.ImportStar) or len(node.body[index].body) != 1:  # type: ignore[arg-type]
                    continue
                if is_renaming(item) and not edit.alias:
                    continue  # isort gives `import a as b` a line of its own
                return _with_statement(node, index, item.with_changes(names=_with_name(item.names, edit)))
    return None


def _with_statement(node: cst.Module, index: int, item: cst.ImportFrom) -> cst.Module:
    body: list[Any] = list(node.body)
    body[index] = body[index].with_changes(body=[item.with_changes(semicolon=body[index].body[0].semicolon)])
    return node.with_changes(body=body)


def _with_name(names: Sequence[cst.ImportAlias], edit: AddImport) -> list[cst.ImportAlias]:
    """The names with one more, at its place if they are sorted, else last; commas as they were."""
    new = cst.ImportAlias(cst.Name(edit.name))
    if edit.alias:
        new = new.with_changes(asname=cst.AsName(cst.Name(edit.alias)))
    texts = [str(alias.name.value) for alias in names]
    place = len(names)
    keys: tuple[Callable[[str], Any], ...] = (_by_case, str.lower, str)
    for key in keys:
        if texts == sorted(texts, key=key):
            place = bisect_right(texts, key(edit.name), key=key)
            break
    between = next(
        (alias.comma for alias in names[:-1] if isinstance(alias.comma, cst.Comma)),
        cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")),
    )
    if isinstance(between.whitespace_after, cst.ParenthesizedWhitespace):
        plain = between.whitespace_after.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
        between = between.with_changes(whitespace_after=plain)
    result = list(names)
    if place == len(names):
        last = result[-1]
        result[-1] = last.with_changes(comma=between)
        return [*result, new.with_changes(comma=last.comma)]
    return [*result[:place], new.with_changes(comma=between), *result[place:]]


def _by_case(text: str) -> tuple[int, str]:
    """isort's default: CONSTANTS, Classes, functions."""
    return (0 if text.isupper() and len(text) > 1 else 1 if text[:1].isupper() else 2), text


def _group_for(found: Sequence[Group], module: str) -> Group | None:
    """The group with an import of the same module, else of the same package, else the first of the same family."""
    for group in found:
        if any(module_of(item) == module for item in group.nodes):
            return group
    top = module.partition(".")[0]
    for group in found:
        if top and any(module_of(item).partition(".")[0] == top for item in group.nodes):
            return group
    alike = [group for group in found if any(family(module_of(item)) == family(module) for item in group.nodes)]
    return alike[0] if alike else None


def _in_group(node: cst.Module, group: Group, line: Any, edit: AddImport) -> cst.Module:
    """The line at its place among the imports of its form: `import x` before `from x import`."""
    plain = not edit.name
    own = family(edit.module)
    same = [
        (index, _order(item))
        for index, item in zip(group.indices, group.nodes, strict=True)
        if isinstance(item, cst.Import) == plain and family(module_of(item)) == own
    ]
    same = [item for item in same if item[1][0] == edit.module.lower()] or same
    before = [index for index, order in same if order <= (edit.module.lower(), edit.name.lower())]
    place = group.indices[0] if plain else group.indices[-1] + 1
    if same:
        place = before[-1] + 1 if before else same[0][0]
    body: list[Any] = list(node.body)
    if place == group.indices[0]:
        blank, attached = blank_lines(body[place])
        body[place] = body[place].with_changes(leading_lines=attached)
        line = line.with_changes(leading_lines=blank)
    return node.with_changes(body=[*body[:place], line, *body[place:]])


def _order(item: ImportNode) -> tuple[str, str]:
    """The place of an import: by its module; several of one module by their name."""
    is_single = isinstance(item, cst.ImportFrom) and not isinstance(item.names, cst.ImportStar) and len(item.names) == 1
    name = dotted(item.names[0].name) if is_single else ""  # type: ignore[index]
    return module_of(item).lower(), name.lower()


def _in_own_group(node: cst.Module, found: Sequence[Group], line: Any, own: int) -> cst.Module:
    """A group of its own: after the last group of an earlier family, else before the first, else at the top."""
    body: list[Any] = list(node.body)
    earlier = [group for group in found if all(family(module_of(item)) < own for item in group.nodes)]
    place = earlier[-1].indices[-1] + 1 if earlier else found[0].indices[0] if found else first_place(body)
    if place == 0 and body:
        body[0] = _spaced(body[0], len(found))
    elif place < len(body):
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        body[place] = _spaced(body[place], len(found))
    elif place:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return node.with_changes(body=[*body[:place], line, *body[place:]], has_trailing_newline=True)


def _spaced(statement: Any, imports: int) -> Any:
    """The statement with at least one blank line above it, two for a definition."""
    wanted = 2 if isinstance(statement, (cst.FunctionDef, cst.ClassDef)) else 1
    blank = sum(item.comment is None for item in statement.leading_lines)
    more = [cst.EmptyLine(indent=False)] * max(0, wanted - blank)
    return statement.with_changes(leading_lines=[*more, *statement.leading_lines])
