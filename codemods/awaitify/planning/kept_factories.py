"""Objects that keep a maker of sessions are given the async one, wherever they are made."""

from __future__ import annotations

from awaitify_transforms.edits import Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.kept_factories import KeptFactory
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.values import FACTORY
from awaitify.plan_model import Reason
from awaitify.planning.draft import NotTwinned
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.names import SQLALCHEMY_ASYNC, async_session_module
from awaitify.planning.renaming import rename_function
from awaitify.project.index import File, Function, span_of, text_of

MANAGERS = {"AbstractContextManager": "AbstractAsyncContextManager", "ContextManager": "AsyncContextManager"}


def plan_kept(factories: list[KeptFactory], functions: FunctionPlanner) -> dict[Function, list[Reason]]:
    """Plans the constructions of objects whose methods moved; gives the methods for which that has no exact form."""
    refused: dict[Function, list[Reason]] = {}
    for factory in factories:
        moving = [item for item in factory.users if item in functions.colouring.colours.asyncs]
        if not moving:
            continue
        try:
            for file, node, opener in factory.values:
                _hand_over(file, node, opener, functions)
            for init, param in ((factory.init, factory.param), *factory.passed):
                if param.annotation is not None:
                    _retype(init.file, param.annotation, functions)
        except NotTwinned as problem:
            refused.update({item: [problem.reason] for item in moving})
    return refused


def _hand_over(file: File, node: Node, opener: Function | None, functions: FunctionPlanner) -> None:
    sessions = functions.sessions
    if opener is not None:
        rename_function(file, node, sessions.maker_twin(opener), functions.draft)
        return
    code = sessions.code(file, node) if node.type == "call" else sessions.held_twin(file, node)
    functions.draft.add(file, ReplaceExpression(span=span_of(node), code=code))


def _retype(file: File, annotation: Node, functions: FunctionPlanner) -> None:
    """`sessionmaker[Session]`, `Callable[..., AbstractContextManager[Session]]` and the like."""
    if annotation.type not in ("identifier", "attribute"):
        for child in annotation.named_children:
            _retype(file, child, functions)
        return
    targets = functions.colouring.resolution.definition(file, annotation)
    for target in targets:
        module, name = target.name.rpartition(".")[0], text_of(annotation).rpartition(".")[2]
        if target.name in SESSION_CLASSES:
            _replace(file, annotation, "AsyncSession", async_session_module(target.name), functions)
        elif target.name == FACTORY:
            _replace(file, annotation, "async_sessionmaker", SQLALCHEMY_ASYNC, functions)
        elif name in MANAGERS and module in ("contextlib", "typing"):
            _replace(file, annotation, MANAGERS[name], module, functions)
        else:
            continue
        return


def _replace(file: File, node: Node, new: str, module: str, functions: FunctionPlanner) -> None:
    functions.draft.add_import(file, module, new)
    if node.type == "attribute":
        functions.draft.add(file, ReplaceExpression(span=span_of(node), code=new))
        return
    functions.draft.add(file, Rename(span=span_of(node), new=new))
    for item in file.imports:
        if item.local == text_of(node) and item.name:
            functions.draft.remove_import(file, item.written, item.name)
