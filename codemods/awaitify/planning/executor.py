"""Sizes the thread pool behind `asyncio.to_thread` where the application starts.

A loop's own pool has cpu + 4 threads; the one that ran `def` routes has 40, and bridged calls should not get fewer.
"""

from __future__ import annotations

import re

from awaitify_transforms.edits import BridgeCall, InsertCode, ReplaceExpression, ThreadBlock
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, ancestors, span_of, text_of

THREADS = 40
SIZED = f"asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers={THREADS}))"
HANDLERS = re.compile(rb"on_event\(|on_startup|add_event_handler\(")


def size_executor(resolution: Resolution, draft: Draft) -> list[Reason]:
    """Plans the sizing when something is bridged through `asyncio.to_thread`; a warning where no place is found."""
    files = resolution.project.files
    if not _bridges(draft) or any(b"set_default_executor" in file.source.text for file in files):
        return []
    apps = [call for file in files if not file.is_test for call in file.calls if _is_app(call, resolution)]
    placed = [call for call in apps if _place(call, resolution, draft)]
    if placed:
        return []
    place = (apps[0].file.source.relative, apps[0].line) if apps else ("", 0)
    message = f"asyncio.to_thread has cpu + 4 threads here: call {SIZED} where the loop starts"
    return [Reason("executor", message, *place)]


def _bridges(draft: Draft) -> bool:
    edits = [edit for found in draft.edits.values() for edit in found]
    texts = [edit.code for edit in edits if isinstance(edit, InsertCode)]
    direct = any(isinstance(e, (BridgeCall, ThreadBlock)) and e.runner == "asyncio.to_thread" for e in edits)
    return direct or any("asyncio.to_thread" in text for text in texts)


def _is_app(call: Call, resolution: Resolution) -> bool:
    return any(target.name == "fastapi.applications.FastAPI" for target in resolution.targets.get(call, ()))


def _place(call: Call, resolution: Resolution, draft: Draft) -> bool:
    """In the lifespan that is there, as a startup handler beside others, or in a lifespan of its own."""
    statement = _statement(call)
    lifespan = _keyword(call, "lifespan")
    if lifespan is not None:
        return _into_lifespan(call.file, lifespan, resolution, draft)
    if statement is None or statement.parent is None or statement.parent.type != "module":
        return False
    name = text_of(statement.named_children[0].child_by_field_name("left") or statement)
    if any(HANDLERS.search(file.source.text) for file in resolution.project.files):
        code = f'\n\n@{name}.on_event("startup")\nasync def size_thread_pool() -> None:\n    {SIZED}\n'
        draft.add(call.file, InsertCode(span=span_of(statement), code=code))
    elif _defines(call.file, "lifespan") or _is_edited(call, draft):
        return False
    else:
        _own_lifespan(call, statement, draft)
    _imports(call.file, draft)
    return True


def _into_lifespan(file: File, node: Node, resolution: Resolution, draft: Draft) -> bool:
    for target in resolution.definition(file, node):
        function = resolution.function_of(target)
        if function is not None and function.is_async and function.is_generator:
            first = _first_statement(function)
            draft.add(function.file, InsertCode(span=span_of(first), where="before", code=SIZED))
            _imports(function.file, draft)
            return True
    return False


def _own_lifespan(call: Call, statement: Node, draft: Draft) -> None:
    code = (
        "@asynccontextmanager\nasync def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:\n"
        f"    {SIZED}\n    yield\n\n\n"
    )
    draft.add(call.file, InsertCode(span=span_of(statement), where="before", code=code))
    text = text_of(call.node)[:-1].rstrip()
    separator = "" if text.endswith((",", "(")) else ","
    lines = "\n" in text
    closing = (
        f"{separator}\n    lifespan=lifespan,\n)" if lines else f"{separator} lifespan=lifespan)".replace("( ", "(")
    )
    draft.add(call.file, ReplaceExpression(span=span_of(call.node), code=text + closing))
    draft.add_import(call.file, "contextlib", "asynccontextmanager")
    draft.add_import(call.file, "collections.abc", "AsyncGenerator")
    draft.add_import(call.file, "fastapi", "FastAPI")


def _imports(file: File, draft: Draft) -> None:
    draft.add_import(file, "asyncio")
    draft.add_import(file, "concurrent.futures", "ThreadPoolExecutor")


def _statement(call: Call) -> Node | None:
    """The statement `app = FastAPI(...)`."""
    parent = call.node.parent
    if parent is None or parent.type != "assignment" or parent.child_by_field_name("right") != call.node:
        return None
    return next((node for node in ancestors(call.node) if node.type == "expression_statement"), None)


def _keyword(call: Call, name: str) -> Node | None:
    for argument in call.arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None


def _is_edited(call: Call, draft: Draft) -> bool:
    start, end = span_of(call.node)
    return any(start <= edit.span[0] and edit.span[1] <= end and edit.span != (0, 0) for edit in draft.edits[call.file])


def _defines(file: File, name: str) -> bool:
    return any(item.name == name for item in file.functions) or any(item.local == name for item in file.imports)


def _first_statement(function: Function) -> Node:
    body = function.node.child_by_field_name("body")
    assert body is not None
    statements = [node for node in body.named_children if node.type != "comment"]
    is_docstring = statements[0].type == "expression_statement" and statements[0].named_children[0].type == "string"
    return statements[1] if is_docstring and len(statements) > 1 else statements[0]
