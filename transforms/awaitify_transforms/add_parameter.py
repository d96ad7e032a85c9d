"""A function gets one more parameter, before its others (after `self` or `cls`).

Why: a helper that executes the query it is given needs the session, which the query no longer carries.

Before:

    async def paginate(query, page):

After, with the name `db`:

    async def paginate(db, query, page):

It will not touch the body, nor a function that has a parameter of that name.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import expression
from awaitify_transforms.edits import AddParameter

NODES = (cst.FunctionDef,)
COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def apply(node: cst.FunctionDef, edit: AddParameter, context: Context) -> cst.FunctionDef:
    """Raises TransformError when the name is taken."""
    parameters = node.params
    named = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    if any(item.name.value == edit.name for item in named):
        raise TransformError(f"a parameter {edit.name} is there already")
    annotation = cst.Annotation(expression(edit.annotation)) if edit.annotation else None
    new = cst.Param(cst.Name(edit.name), annotation, comma=_comma(node))
    which = "posonly_params" if parameters.posonly_params else "params"
    before: list[cst.Param] = list(getattr(parameters, which))
    place = int(_is_method(context) and not _is_static(node))
    if place and before and isinstance(before[0].comma, cst.MaybeSentinel):
        before[0] = before[0].with_changes(comma=COMMA)
        new = new.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return node.with_changes(params=parameters.with_changes(**{which: [*before[:place], new, *before[place:]]}))


def _comma(node: cst.FunctionDef) -> cst.Comma | cst.MaybeSentinel:
    """A comma that keeps parameters on lines of their own, where the first one stands on one."""
    space = node.whitespace_before_params
    return (
        cst.Comma(whitespace_after=space)
        if isinstance(space, cst.ParenthesizedWhitespace)
        else cst.MaybeSentinel.DEFAULT
    )


def _is_method(context: Context) -> bool:
    kinds = [type(item) for item in reversed(context.ancestors) if isinstance(item, (cst.ClassDef, cst.FunctionDef))]
    return bool(kinds) and kinds[0] is cst.ClassDef


def _is_static(node: cst.FunctionDef) -> bool:
    names = [item.decorator for item in node.decorators]
    return any(isinstance(item, cst.Name) and item.value == "staticmethod" for item in names)
