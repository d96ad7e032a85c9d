"""`@contextmanager def` becomes `@asynccontextmanager async def`, with the annotation of what that gives."""

from __future__ import annotations

from awaitify_transforms.edits import Rename, ReplaceExpression

from awaitify.planning.draft import Draft
from awaitify.project.index import Function, span_of, text_of

GIVEN = ("Iterator", "Iterable", "Generator")
TYPING = ("typing", "collections.abc")


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
    result = function.node.child_by_field_name("return_type")
    if result is None:
        return
    name, _, rest = text_of(result).partition("[")
    last_part = name.rpartition(".")[2]
    if last_part not in GIVEN:
        return
    parts = [part.strip() for part in rest.rstrip("]").split(",")]
    given = ", ".join(parts[:2]) if last_part == "Generator" else rest.rstrip("]")
    module = next((item.module for item in file.imports if item.local == name and item.module in TYPING), TYPING[1])
    prefix = name.removesuffix(last_part)
    draft.add(file, ReplaceExpression(span=span_of(result), code=f"{prefix}Async{last_part}[{given}]"))
    if not prefix:
        draft.add_import(file, module, f"Async{last_part}")
        for item in file.imports:
            if item.local == name:
                draft.remove_import(file, item.written, item.name)
