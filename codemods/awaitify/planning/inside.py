"""Methods that an async session lacks run on the sync one inside it: `await db.run_sync(lambda session: ...)`."""

from __future__ import annotations

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.names import SQLALCHEMY_ASYNC
from awaitify.project.expressions import outdented
from awaitify.project.index import Call, span_of, text_of

NAMES = ("session", "sync_session", "own_session")


def inside_call(call: Call, colouring: Colouring) -> ReplaceExpression:
    """The edit of `db.bulk_save_objects(x)`. Raises NotTwinned when something in it waits itself."""
    owner = call.callee.child_by_field_name("object")
    names = call.file.names_in(call.node)
    inner = [node for argument in call.arguments for node in _calls(argument)]
    given = {text_of(item) for item in names if owner is None or item.start_byte >= owner.end_byte}
    session = next((name for name in NAMES if name not in given), "")
    if owner is None or not session or not all(_stays(call, node, colouring) for node in inner):
        message = f"{text_of(call.node)[:60]} cannot move into a function that runs on the session"
        raise NotTwinned(Reason("session-inside", message, call.file.source.relative, call.line))
    rest = outdented(call.node)[len(outdented(owner)) :]
    code = f"await {text_of(owner)}.run_sync(lambda {session}: {session}{rest})"
    return ReplaceExpression(span=span_of(call.node), code=code)


def attached_call(call: Call, draft: Draft) -> None:
    """`object_session(x)` finds the async session of an object."""
    draft.add(call.file, ReplaceExpression(span=span_of(call.callee), code="async_object_session"))
    draft.add_import(call.file, SQLALCHEMY_ASYNC, "async_object_session")
    for item in call.file.imports:
        if item.local == text_of(call.callee) and item.name:
            draft.remove_import(call.file, item.written, item.name)


def _stays(call: Call, node: Node, colouring: Colouring) -> bool:
    """Whether a call among the arguments is not changed itself."""
    inner = colouring.resolution.call_at(call.file, node)
    effect = colouring.effects.by_call.get(inner) if inner is not None else None
    if effect is not None and effect.kind == "project":
        return inner not in colouring.colours.bridges and not colouring.colours.asyncs & set(effect.callees)
    return effect is not None and effect.kind == "harmless"


def _calls(node: Node) -> list[Node]:
    own = [node] if node.type in ("call", "await") else []
    return own + [found for child in node.named_children for found in _calls(child)]
