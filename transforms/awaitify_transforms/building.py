"""Small makers of expressions that transforms share: parentheses, awaits, code with holes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import libcst as cst

from awaitify_transforms.base import Context, TransformError

_TIGHT = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.BaseString,
    cst.BaseNumber,
    cst.BaseList,
    cst.BaseSet,
    cst.BaseDict,
    cst.Ellipsis,
)
_LOOSE = (cst.Tuple, cst.GeneratorExp, cst.NamedExpr, cst.Yield)
_HOLE = "__awaitify_hole_{}__"


def parenthesized(node: cst.BaseExpression) -> cst.BaseExpression:
    """The node in one more pair of parentheses."""
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def is_postfix_base(node: cst.CSTNode | None, child: cst.CSTNode) -> bool:
    """Whether child stands where a further `.x`, `[x]` or `(x)` binds tighter than `await` would."""
    if isinstance(node, (cst.Attribute, cst.Subscript)):
        return node.value is child
    if isinstance(node, cst.Call):
        return node.func is child
    return isinstance(node, cst.Await)


def needs_parentheses(context: Context) -> bool:
    """Whether an `await` in place of the original node must be put in parentheses."""
    if is_postfix_base(context.parent, context.original):
        return True
    start, end = context.source.span(context.original)
    # `return"a".f()` and `1if f()else 2` touch a keyword.
    return any(_is_word(context.source.text[at : at + 1]) for at in (start - 1, end) if at >= 0)


def _is_word(byte: bytes) -> bool:
    return byte.isalnum() or byte == b"_" or byte > b"\x7f"


def awaited(call: cst.BaseExpression, context: Context) -> cst.BaseExpression:
    """`await call` for the place of the original node. The parentheses of call become those of the await.

    Raises TransformError where Python has no `await`, or where it would change a text that is printed.
    """
    refuse_await(context)
    left, right = call.lpar, call.rpar
    node = cst.Await(call.with_changes(lpar=[], rpar=[]), lpar=left, rpar=right)
    return parenthesized(node) if not left and needs_parentheses(context) else node


def refuse_await(context: Context) -> None:
    """Raises TransformError where Python has no `await`, or where it would change a text that is printed."""
    child = context.original
    for ancestor in reversed(context.ancestors):
        if isinstance(ancestor, cst.Decorator):
            raise TransformError("a decorator cannot await")
        if isinstance(ancestor, cst.Lambda) and ancestor.body is child:
            raise TransformError("a lambda cannot await")
        if isinstance(ancestor, cst.FormattedStringExpression) and ancestor.equal is not None:
            raise TransformError("an f-string with `=` prints its own code")
        if isinstance(ancestor, cst.ClassDef) or (isinstance(ancestor, cst.FunctionDef) and ancestor.body is child):
            return
        child = ancestor


def replaced(node: cst.BaseExpression, context: Context) -> cst.BaseExpression:
    """A new expression for the place of the original: it keeps the original's parentheses, and gets new ones if it
    binds looser than the place or would end at a line break."""
    original = cast(cst.BaseExpression, context.original)
    if original.lpar and not node.lpar and not isinstance(original, cst.Tuple):  # a tuple's own are no grouping
        return node.with_changes(lpar=original.lpar, rpar=original.rpar)
    if node.lpar or isinstance(node, _TIGHT):
        return node if is_closed(node) else parenthesized(node)
    loose = not isinstance(
        context.parent,
        (
            cst.Arg, cst.Expr, cst.Assign, cst.Return, cst.AnnAssign, cst.Annotation, cst.Index, cst.Element,
            cst.DictElement, cst.If, cst.While,
        ),
    )  # fmt: skip
    awaits = isinstance(node, cst.Await) and not needs_parentheses(context)
    if (loose and not awaits and not _joins(node, context)) or isinstance(node, _LOOSE) or not is_closed(node):
        return parenthesized(node)
    return node


def _joins(node: cst.BaseExpression, context: Context) -> bool:
    """Whether a union stands at the left of another one, where it means the same without parentheses."""
    outer = context.parent
    unions = [item for item in (node, outer) if isinstance(item, cst.BinaryOperation)]
    is_left = isinstance(outer, cst.BinaryOperation) and outer.left is context.original
    return is_left and len(unions) == 2 and all(isinstance(item.operator, cst.BitOr) for item in unions)


def is_closed(node: cst.CSTNode) -> bool:
    """Whether the node can stand on its own: no line break outside brackets."""
    code = cst.Module([]).code_for_node(node)
    if "\n" not in code:
        return True
    try:
        cst.parse_expression(code.strip())
    except cst.ParserSyntaxError:
        return False
    return True


def expression(code: str) -> cst.BaseExpression:
    """The expression that code says. Raises TransformError when it is not one."""
    try:
        return cst.parse_expression(code)
    except cst.ParserSyntaxError:
        raise TransformError(f"not an expression: {code}") from None


def fill(code: str, holes: Mapping[str, cst.CSTNode]) -> cst.BaseExpression:
    """The expression of code, with `{name}` standing for holes["name"] (a node, put in parentheses where it must be).

    `{{` and `}}` are not needed: only the names of holes are looked for.
    """
    for name in holes:
        code = code.replace("{" + name + "}", _HOLE.format(name))
    filler = _Filler({_HOLE.format(name): node for name, node in holes.items()})
    result = expression(code).visit(filler)
    if filler.left:
        raise TransformError(
            "the code has no place for " + ", ".join(n for n in holes if _HOLE.format(n) in filler.left)
        )
    return cast(cst.BaseExpression, result)


class _Filler(cst.CSTTransformer):
    """Puts nodes in place of names. A node that is used twice is copied."""

    def __init__(self, nodes: Mapping[str, cst.CSTNode]) -> None:
        super().__init__()
        self.nodes = nodes
        self.left = set(nodes)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        node = self.nodes.get(updated_node.value)
        if node is None:
            return updated_node
        node = cast(cst.BaseExpression, node if updated_node.value in self.left else node.deep_clone())
        self.left.discard(updated_node.value)
        if updated_node.lpar and not node.lpar:
            return node.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)
        return node if node.lpar or isinstance(node, _TIGHT) else parenthesized(node)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """A whole argument needs no parentheses of its own, unless they were there or it is loose."""
        value = original_node.value
        node = self.nodes.get(value.value) if isinstance(value, cst.Name) else None
        if node is None or original_node.star or isinstance(node, _LOOSE):
            return updated_node
        return updated_node.with_changes(value=cast(cst.BaseExpression, node))
