"""A function or a class gets one more decorator.

Why: an async test is run by a plugin that knows it by its mark.

Before:

    @pytest.mark.slow
    def test_read(): ...

After:

    @pytest.mark.anyio
    @pytest.mark.slow
    def test_read(): ...

It will not add a decorator that is there already. Comments above it stay above all decorators.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.edits import AddDecorator

NODES = (cst.FunctionDef, cst.ClassDef)


def apply(node: cst.FunctionDef | cst.ClassDef, edit: AddDecorator, context: Context) -> cst.FunctionDef | cst.ClassDef:
    """Raises TransformError for code that is no expression, and when the decorator is there."""
    try:
        decorator = cst.Decorator(cst.parse_expression(edit.code))
    except cst.ParserSyntaxError as error:
        raise TransformError(f"not an expression: {edit.code}") from error
    if any(item.decorator.deep_equals(decorator.decorator) for item in node.decorators):
        raise TransformError(f"{node.name.value} has @{edit.code} already")
    return node.with_changes(decorators=[decorator, *node.decorators])
