"""`return f(a, b)` becomes `found = b` and `return f(a, found)`.

Why: what waits cannot stand in a lambda; a statement before it can.

Before, where `shown(...)` becomes `await db.run_sync(lambda _: shown(...))`:

    return shown(
        request,
        {
            "count": count(db),
        },
    )

After, with the name `context` for the dictionary:

    context = {
        "count": await count(db),
    }
    return await db.run_sync(lambda _: shown(
        request,
        context,
    ))

The lines of a part move to the left with it; those inside strings stay as they are.

It will not ask whether what stands before a part may be evaluated behind it: that is the plan's question.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import NameParts, Span
from awaitify_transforms.statements import Statements

NODES = (cst.SimpleStatementLine, cst.SimpleStatementSuite)


def apply(statements: Statements, edit: NameParts, context: Context) -> Statements:
    """Raises TransformError for a part that the statement does not hold any more."""
    *others, last = statements
    leading = getattr(last, "leading_lines", ())
    parts: list[cst.BaseExpression] = []
    for start, end in edit.parts:
        result = context.result((start, end))
        parts.append(cast(cst.BaseExpression, result.value if isinstance(result, cst.Arg) else result))
    namer = _Namer(dict(zip(parts, edit.names, strict=True)))
    last = cast(cst.BaseStatement, last.visit(namer))
    if namer.left:
        raise TransformError("the statement does not hold what gets a name")
    found: Statements = []
    for part, name, span in zip(parts, edit.names, edit.parts, strict=True):
        moved = cast(cst.BaseExpression, part.visit(_Outdented(_depth(span, edit.span, context))))
        found.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], moved)]))
    first, *rest = [*found, last.with_changes(leading_lines=[])]
    return [*others, first.with_changes(leading_lines=leading), *rest]


def _depth(part: Span, statement: Span, context: Context) -> int:
    """How much further than its statement the line of a part is indented."""
    margins = [_margin(context.source.text, start) for start in (part[0], statement[0])]
    return max(0, margins[0] - margins[1])


def _margin(text: bytes, place: int) -> int:
    line = text[text.rfind(b"\n", 0, place) + 1 :]
    return len(line) - len(line.lstrip(b" \t"))


class _Namer(cst.CSTTransformer):
    """Puts names in place of nodes. left: those that it did not come to."""

    def __init__(self, names: dict[cst.BaseExpression, str]) -> None:
        super().__init__()
        self.left = names

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node not in self.left

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        name = self.left.pop(original_node, None)  # type: ignore[call-overload]  # nodes compare by identity
        return updated_node if name is None else cst.Name(name)


class _Outdented(cst.CSTTransformer):
    """Takes columns from the lines of an expression."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth = depth

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        return updated_node.with_changes(whitespace=self._less(updated_node.whitespace))

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        return updated_node.with_changes(last_line=self._less(updated_node.last_line))

    def _less(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        cut = min(self.depth, len(space.value) - len(space.value.lstrip(" \t")))
        return space.with_changes(value=space.value[cut:])
