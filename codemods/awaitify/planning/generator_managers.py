"""`@contextmanager def` becomes `@asynccontextmanager async def`, with the annotation of what that gives."""

from __future__ import annotations

from awaitify_transforms.edits import Rename

from awaitify.planning.draft import Draft
from awaitify.planning.iterators import retype_result
from awaitify.project.index import Function, span_of, text_of


def plan_generator_manager(function: Function, draft: Draft) -> None:
    """Plans the decorator and the annotation; the function itself is planned as others are."""
    file = function.file
    node = function.decorators[0].named_children[0]
    last = node.child_by_field_name("attribute") or node
    draft.add(file, Rename(span=span_of(last), new="asynccontextmanager"))
    if node.type == "identifier":
        draft.add_import(file, "contextlib", "asynccontextmanager")
        for item in file.imports:
            if item.local == text_of(node):
                draft.remove_import(file, item.written, item.name)
    retype_result(function, draft)
