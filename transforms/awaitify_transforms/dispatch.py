"""Brings edits and nodes together: one look at all positions, then one traversal, innermost first."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst as cst

from awaitify_transforms.base import Context, Source, Transform, TransformError, by_start
from awaitify_transforms.edits import Edit, ExecuteQuery, InsertCode, NameParts, ReplaceExpression, Span
from awaitify_transforms.statements import split_statements

Planned = tuple[Transform, Edit]


class EditError(TransformError):
    """A TransformError with the edit that it is about."""

    def __init__(self, edit: Edit, reason: str) -> None:
        super().__init__(reason)
        self.edit = edit


def inner_spans(edit: Edit) -> tuple[Span, ...]:
    """The spans whose rewritten nodes an edit needs."""
    if isinstance(edit, ReplaceExpression):
        return tuple(tuple(hole) for hole in edit.holes)  # type: ignore[misc]  # JSON gives lists
    if isinstance(edit, NameParts):
        return tuple(tuple(part) for part in edit.parts)  # type: ignore[misc]
    if isinstance(edit, ExecuteQuery):
        return (tuple(edit.query), *(tuple(criterion) for criterion in edit.criteria))  # type: ignore[return-value]
    return ()


class Dispatcher(cst.CSTTransformer):
    """Applies edits in the given order of transforms. Raises EditError for one that has no node, or that fails."""

    def __init__(self, source: Source, edits: Sequence[Edit], order: Sequence[Transform]) -> None:
        super().__init__()
        self.source = source
        self.planned = _match(source, edits, order)
        self.kept = _find(source, {span for edit in edits for span in inner_spans(edit)})
        self.results: dict[Span, cst.CSTNode] = {}
        self.ancestors: list[cst.CSTNode] = []
        self.done = 0
        touched = [*self.planned, *self.kept]
        self.starts = sorted(source.span(node)[0] for node in touched if node in source.positions)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Goes down only into statements and expressions that hold an edit."""
        self.ancestors.append(node)
        found = self.source.positions.get(node)
        # The spans of other nodes may leave out a part: a block its first decorator, a parameter its annotation.
        if found is None or not isinstance(node, (cst.SimpleStatementLine, cst.BaseExpression)):
            return True
        place = bisect_left(self.starts, found.start)
        return place < len(self.starts) and self.starts[place] <= found.start + found.length

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        self.ancestors.pop()
        planned = self.planned.get(original_node, ())
        result = self._apply(original_node, updated_node, [item for item in planned if item[0].keys is not by_start])
        beside = [item for item in planned if item[0].keys is by_start]
        if beside:
            result = self._statements(original_node, result, beside)
        for span in self.kept.get(original_node, ()):
            self.results[span] = result
        return result

    def _apply(self, original: cst.CSTNode, node: Any, planned: Iterable[Planned]) -> Any:
        for transform, edit in planned:
            self.done += 1
            results = {span: self.results[span] for span in inner_spans(edit) if span in self.results}
            context = Context(self.source, original, tuple(self.ancestors), results)
            node = _guarded(edit, lambda t=transform, n=node, e=edit, c=context: t.apply(n, e, c))
        return node

    def _statements(self, original: cst.CSTNode, node: Any, planned: Sequence[Planned]) -> Any:
        def apply(start: int, statement: cst.BaseStatement) -> list[cst.BaseStatement]:
            return self._apply(original, [statement], [item for item in planned if item[1].span[0] == start])

        return split_statements(original, node, self.source, [edit.span[0] for _, edit in planned], apply)


def _guarded(edit: Edit, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except EditError:
        raise
    except (TransformError, cst.CSTValidationError) as error:
        raise EditError(edit, str(error)) from error


def _find(source: Source, wanted: set[Span]) -> dict[cst.CSTNode, list[Span]]:
    """The expressions and arguments at the wanted spans; an argument only where no expression has the span."""
    found: dict[Span, cst.CSTNode] = {}
    if not wanted:
        return {}
    for node in source.positions:
        if isinstance(node, (cst.BaseExpression, cst.Arg)):
            for span in wanted.intersection(source.spans(node)):
                if span not in found or isinstance(found[span], cst.Arg):
                    found[span] = node
    result: dict[cst.CSTNode, list[Span]] = defaultdict(list)
    for span, node in found.items():
        result[node].append(span)
    return dict(result)


def _match(source: Source, edits: Sequence[Edit], order: Sequence[Transform]) -> dict[cst.CSTNode, list[Planned]]:
    """The planned edits of each node, in the order in which they apply."""
    waiting: dict[tuple[Transform, Any], list[Edit]] = defaultdict(list)
    transforms = {transform.edit: transform for transform in order}
    for edit in edits:
        transform = transforms.get(type(edit))
        if transform is None:
            raise EditError(edit, "no transform for it")
        waiting[transform, transform.key(edit)].append(edit)
    used = [transform for transform in order if any(found is transform for found, _ in waiting)]
    result: dict[cst.CSTNode, list[Planned]] = {}
    for node in (source.module, *source.positions):
        mine = [transform for transform in used if isinstance(node, transform.nodes)]
        planned = [item for transform in mine for item in _take(waiting, transform, node, source)]
        if planned:
            result[node] = result.get(node, []) + planned
    _check(result, waiting)
    return result


def _take(waiting: dict[Any, list[Edit]], transform: Transform, node: cst.CSTNode, source: Source) -> list[Planned]:
    taken: list[Edit] = []
    for key in transform.keys(node, source):
        taken += waiting.pop((transform, key), [])
    # Each insertion goes next to the statement, so the first "before" of several is the last to be made.
    before = [edit for edit in taken if isinstance(edit, InsertCode) and edit.where == "before"]
    after = [edit for edit in taken if edit not in before]
    return [(transform, edit) for edit in (*before[::-1], *after)]


def _check(result: dict[cst.CSTNode, list[Planned]], waiting: dict[Any, list[Edit]]) -> None:
    for edits in waiting.values():
        for edit in edits:
            raise EditError(edit, f"nothing to change at bytes {edit.span[0]}-{edit.span[1]}")
    for planned in result.values():
        places: dict[int, list[Edit]] = defaultdict(list)
        for transform, edit in planned:
            # A line may hold several statements, each with a change of its own.
            if transform.exclusive:
                places[edit.span[0] if transform.keys is by_start else -1].append(edit)
        for exclusive in (edits for edits in places.values() if len(edits) > 1):
            raise EditError(exclusive[-1], f"a second change of one place, after {type(exclusive[0]).__name__}")
