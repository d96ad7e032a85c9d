"""What tests assign in the place of a function that becomes async must be awaitable.

`service.find = MagicMock(return_value=row)` -> `service.find = AsyncMock(return_value=row)`; where the function keeps
its sync form, its async twin gets the fake too: `service.find_async = AsyncMock(side_effect=service.find)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from awaitify_transforms.edits import InsertCode, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.target_tests.keys import statement_of
from awaitify.planning.draft import Draft
from awaitify.planning.renaming import twin_name
from awaitify.planning.target_tests.replaced import assignments, awaitable, function_of_path
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, span_of, text_of


class _Bridged(Protocol):
    def __call__(self, function: Function, colouring: Colouring) -> bool: ...


def plan_assigned(colouring: Colouring, draft: Draft, is_bridged: _Bridged) -> Iterator[tuple[Function, File, Node]]:
    """Makes what is assigned awaitable; gives the functions whose twins would pass an assigned fake by."""
    colours = colouring.colours
    for file, node, path in assignments(colouring.resolution.project):
        value = node.parent.child_by_field_name("right") if node.parent is not None else None
        function = _assigned(colouring, file, node, path)
        if value is None or function is None or function not in colours.asyncs:
            continue
        is_put_back = text_of(value) in _kept(file, node)
        if function in colours.twins:
            bridged = is_put_back or is_bridged(function, colouring)
            if bridged or not _assign_twin(file, node, function, draft):
                yield function, file, node
        elif not function.is_async and not function.is_generator:
            code = None if is_put_back else awaitable(file, value)
            if code is not None:
                draft.add(file, ReplaceExpression(span=span_of(value), code=outdented(value, code)))
                draft.add_import(file, "unittest.mock", "AsyncMock")


def _assigned(colouring: Colouring, file: File, node: Node, path: str) -> Function | None:
    """The function whose name is assigned: of a module, of an object that one keeps, or of a local object."""
    function = function_of_path(colouring.resolution.project, path)
    if function is not None:
        return function
    targets = colouring.resolution.definition(file, node)
    found = [item for target in targets if (item := colouring.resolution.function_of(target)) is not None]
    return found[0] if len(found) == 1 and found[0].name == text_of(node).rpartition(".")[2] else None


def _kept(file: File, node: Node) -> set[str]:
    """The names that keep what stood there before the test: `found = service.find`."""
    found = re.findall(rf"^\s*(\w+)\s*=\s*{re.escape(text_of(node))}\s*$", file.source.text.decode(), re.MULTILINE)
    return set(found)


def _assign_twin(file: File, node: Node, function: Function, draft: Draft) -> bool:
    """The twin calls the same fake, so that what the test asks of it afterwards is true of both."""
    statement = statement_of(node)
    if statement is None or statement.type != "expression_statement" or statement.named_children[0] != node.parent:
        return False
    owner = text_of(node).rpartition(".")[0]
    code = f"{owner}.{twin_name(function)} = AsyncMock(side_effect={text_of(node)})"
    draft.add(file, InsertCode(span=span_of(statement), where="after", code=code))
    draft.add_import(file, "unittest.mock", "AsyncMock")
    return True
