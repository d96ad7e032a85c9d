"""`f(a for b in c)` becomes `f([a for b in c])`.

Why: with an await inside, a generator expression would be an async generator, which `f` cannot read.

Before:

    total = sum(price(item) for item in items)

After:

    total = sum([price(item) for item in items])

It will not ask whether `f` reads all items: that is the plan's question.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from awaitify_transforms.base import Context, Key, Source
from awaitify_transforms.edits import ListGenerator

NODES = (cst.GeneratorExp,)


def by_clause(node: cst.CSTNode, source: Source) -> Iterable[Key]:
    """Generator expressions are found by where their first `for` starts: their parentheses may be those of a call."""
    clause = node.for_in if isinstance(node, cst.GeneratorExp) else node
    return [(source.skip_space(source.span(clause)[0]), None)]


def apply(node: cst.GeneratorExp, edit: ListGenerator, context: Context) -> cst.ListComp:
    """Takes brackets in place of the expression's own parentheses."""
    first, last = cst.LeftSquareBracket(), cst.RightSquareBracket()
    if node.lpar:
        first = cst.LeftSquareBracket(node.lpar[-1].whitespace_after)
        last = cst.RightSquareBracket(node.rpar[0].whitespace_before)
    return cst.ListComp(node.elt, node.for_in, lbracket=first, rbracket=last, lpar=node.lpar[:-1], rpar=node.rpar[1:])
