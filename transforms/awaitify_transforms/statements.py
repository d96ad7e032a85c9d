"""Statements beside or instead of a statement, wherever it stands: a block, a line with `;`, a one-line suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import libcst as cst

from awaitify_transforms.base import Source, TransformError

Statements = list[cst.BaseStatement]
Apply = Callable[[int, cst.BaseStatement], Statements]


def parse_statements(code: str, source: Source) -> Statements:
    """The statements of dedented code; blank lines and comments at its top stay above the first.

    Raises TransformError when code does not parse, or holds nothing but comments.
    """
    try:
        module = cst.parse_module(code, cst.PartialParserConfig(default_newline=source.module.default_newline))
    except cst.ParserSyntaxError as error:
        raise TransformError(f"not Python: {error.message}") from None
    module = cast(cst.Module, module.visit(_BareBlankLines()))
    body = [cast(cst.BaseStatement, statement) for statement in module.body]
    if not body:
        if code.strip():
            raise TransformError("code without a statement")
        return []
    body[0] = body[0].with_changes(leading_lines=[*module.header, *getattr(body[0], "leading_lines", ())])
    return body


def split_statements(original: cst.CSTNode, node: Any, source: Source, starts: Sequence[int], apply: Apply) -> Any:
    """Applies apply(start, statement) -> statements to each edited statement of a line, suite or compound statement.

    Returns a node that fits where the original was.
    """
    if not isinstance(original, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return _flat(apply(starts[0], node))
    small = [(source.span(before)[0], after) for before, after in zip(original.body, node.body, strict=True)]
    lines = _lines(node, small, set(starts))
    statements = [item for start, line in lines for item in (apply(start, line) if start in starts else [line])]
    if isinstance(original, cst.SimpleStatementLine):
        return _flat(statements)
    return cst.IndentedBlock(body=statements)


def _lines(node: Any, small: list[tuple[int, Any]], starts: set[int]) -> list[tuple[int, cst.SimpleStatementLine]]:
    """Lines of small statements, where each edited one has a line of its own."""
    groups: list[tuple[int, list[Any]]] = []
    for start, statement in small:
        if not groups or start in starts or groups[-1][0] in starts:
            groups.append((start, []))
        groups[-1][1].append(statement)
    if len(groups) == 1 and isinstance(node, cst.SimpleStatementLine):
        return [(groups[0][0], node)]
    lines = [(start, cst.SimpleStatementLine(_unterminated(body))) for start, body in groups]
    lines[-1] = (lines[-1][0], lines[-1][1].with_changes(trailing_whitespace=node.trailing_whitespace))
    if isinstance(node, cst.SimpleStatementLine):
        lines[0] = (lines[0][0], lines[0][1].with_changes(leading_lines=node.leading_lines))
    return lines


def _unterminated(body: list[Any]) -> list[Any]:
    return [*body[:-1], body[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)]


def _flat(statements: Statements) -> Any:
    if not statements:
        return cst.RemoveFromParent()
    return statements[0] if len(statements) == 1 else cst.FlattenSentinel(statements)


def blank_lines(statement: cst.BaseStatement) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """The lines above a statement: those up to the last blank one, and the comments that stand directly on it."""
    lines: list[cst.EmptyLine] = list(getattr(statement, "leading_lines", ()))
    cut = max((number + 1 for number, line in enumerate(lines) if line.comment is None), default=0)
    return lines[:cut], lines[cut:]


class _BareBlankLines(cst.CSTTransformer):
    """Blank lines without the indentation of the place."""

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        return updated_node.with_changes(indent=updated_node.comment is not None)
