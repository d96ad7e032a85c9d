"""A builder of a legacy query that a `select` spells otherwise.

Why: a `select` shares most builders with Query, but not all names, and `filter_by` looks at other tables.

Before:

    query.with_entities(User.id)
    query.join(Post).filter_by(title=title)
    query.populate_existing()
    query.statement
    query.union(other)

After:

    query.with_only_columns(User.id)
    query.join(Post).where(Post.title == title)
    query.execution_options(populate_existing=True)
    query
    select(aliased(User, union(query, other).subquery()))

The dot of the method keeps its line and comments. `**names` become a list of tests, by `getattr`.
"""

from __future__ import annotations

import libcst as cst

from awaitify_transforms.base import Context, TransformError
from awaitify_transforms.building import expression, fill
from awaitify_transforms.edits import BuildQuery

NODES = (cst.Call, cst.Attribute)
COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def apply(node: cst.Call | cst.Attribute, edit: BuildQuery, context: Context) -> cst.BaseExpression:
    """Raises TransformError when the node is not the call (or attribute) of a method."""
    if edit.form == "drop":
        return _dropped(node)
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        raise TransformError("not a call of a query's method")
    if edit.form == "method":
        return _named(node, edit.name)
    if edit.form == "filter_by":
        return _named(node, "where").with_changes(args=[_criterion(arg, edit.entity) for arg in node.args])
    if edit.form == "option":
        return _option(node, edit.name)
    if edit.form == "union":
        return _union(node, edit)
    raise TransformError(f"unknown form {edit.form}")


def _dropped(node: cst.Call | cst.Attribute) -> cst.BaseExpression:
    receiver = node.func.value if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) else None
    receiver = node.value if isinstance(node, cst.Attribute) else receiver
    if receiver is None:
        raise TransformError("nothing to drop")
    return receiver.with_changes(lpar=[*node.lpar, *receiver.lpar], rpar=[*receiver.rpar, *node.rpar])


def _named(node: cst.Call, name: str) -> cst.Call:
    return node.with_changes(func=node.func.with_changes(attr=cst.Name(name)))


def _criterion(arg: cst.Arg, entity: str) -> cst.Arg:
    if arg.star == "**":
        test = fill(f"[getattr({entity}, name) == value for name, value in {{names}}.items()]", {"names": arg.value})
        return arg.with_changes(value=test, star="*")
    if arg.keyword is None:
        raise TransformError("filter_by with an argument that has no name")
    test = fill(f"{entity}.{arg.keyword.value} == {{value}}", {"value": arg.value})
    return arg.with_changes(value=test, keyword=None, equal=cst.MaybeSentinel.DEFAULT)


def _option(node: cst.Call, name: str) -> cst.Call:
    value = node.args[0].value if node.args else cst.Name("True")
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return _named(node, "execution_options").with_changes(
        args=[cst.Arg(value, keyword=cst.Name(name), equal=equal)], whitespace_before_args=cst.SimpleWhitespace("")
    )


def _union(node: cst.Call, edit: BuildQuery) -> cst.BaseExpression:
    """Rows of columns are the union itself; entities come from an alias of their class over it."""
    assert isinstance(node.func, cst.Attribute)
    union = node.with_changes(
        func=expression(edit.name), args=[cst.Arg(node.func.value, comma=COMMA), *node.args], lpar=[], rpar=[]
    )
    code = "{union}"
    if edit.entity:
        code = f"{edit.aliased}({edit.entity}, {{union}}.subquery())"
        code = f"{edit.select}({edit.alias} := {code})" if edit.alias else f"{edit.select}({code})"
    return fill(code, {"union": union}).with_changes(lpar=node.lpar, rpar=node.rpar)
