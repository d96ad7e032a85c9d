"""Sessions of tests that stand in a transaction until a block ends (`with SessionLocal.begin() as session:`).

The helper commits the session, so that the app's connection sees its rows; inside such a block that is an error for all
that follows. Where the fixture makes all tables anew and undoes everything at the end, the block needs no transaction
of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from awaitify_transforms.edits import ReplaceExpression

from awaitify.analysis.target_tests.trace import Origin
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, ancestors, span_of, text_of


def open_without_begin(origins: Iterable[Origin], draft: Draft) -> bool:
    """Whether no session is left in a block's transaction; plans what it takes."""
    calls = list(dict.fromkeys(call for origin in origins for call in origin.begun))
    if not all(map(_is_undone, calls)):
        return False
    for call in calls:
        receiver = call.callee.child_by_field_name("object")
        edit = ReplaceExpression(span=span_of(call.node), code=f"{text_of(receiver)}()" if receiver else "")
        if edit not in draft.edits[call.file]:
            draft.add(call.file, edit)
    return True


def _is_undone(call: Call) -> bool:
    """Whether a block `with F.begin() as session:` ends with `yield session` and `session.rollback()`, and nothing that
    is committed in it reaches the next test."""
    item = call.node.parent
    block = next((node for node in ancestors(call.node) if node.type == "with_statement"), None)
    body = block.child_by_field_name("body") if block is not None else None
    if item is None or item.type != "as_pattern" or call.arguments or body is None or call.function is None:
        return False
    if "drop_all(" not in text_of(call.function.node):
        return False
    name, last = text_of(item.named_children[1]), [node for node in body.named_children if node.type != "comment"][-2:]
    return [text_of(node) for node in last] == [f"yield {name}", f"{name}.rollback()"]
