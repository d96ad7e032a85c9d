"""A function loses a decorator.

Why: a property that waits becomes a method, whose readers await it.

Before:

    @property
    def group(self): ...

After:

    def group(self): ...

It will not drop one of several decorators, nor one that is not there. Comments at the decorator stay above the
function.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import DropDecorator

NODES = (cst.FunctionDef,)


def apply(node: cst.FunctionDef, edit: DropDecorator, context: Context) -> cst.FunctionDef:
    """Raises TransformError when it is not the only decorator."""
    wanted = cst.parse_expression(edit.code)
    if len(node.decorators) != 1 or not node.decorators[0].decorator.deep_equals(wanted):
        raise TransformError(f"@{edit.code} is not the decorator of {node.name.value}")
    comment = node.decorators[0].trailing_whitespace.comment
    kept = [cst.EmptyLine(comment=comment)] if comment is not None else []
    return node.with_changes(decorators=[], lines_after_decorators=[*kept, *node.lines_after_decorators])
