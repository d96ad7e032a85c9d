"""Async twins: a function that sync code goes on calling keeps its original and gets an async copy beside it."""

from __future__ import annotations

from dataclasses import replace

from awaitify_transforms.edits import AddImport, Edit, InsertCode, RemoveImport, Rename
from tree_sitter import Node

from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.functions import FunctionPlanner, neighbours, twin_name
from awaitify.planning.sessions import NotTwinned
from awaitify.project.index import PARSER, Function, span_of, text_of
from awaitify.rewrite import RewriteError, rewrite


def plan_twin(function: Function, planner: FunctionPlanner) -> None:
    """Plans the async copy of a function after its original. Raises NotTwinned when there can be none."""
    name = twin_name(function)
    if name in neighbours(function):
        raise NotTwinned(_why(function, f"{name} is there already, so {function.id} can get no async twin"))
    own = Draft()
    copy_planner = replace(planner, draft=own)
    copy_planner.plan(function)
    edits: list[Edit] = [Rename(span=span_of(function.name_node), new=name)]
    for edit in [*planner.twin_edits[function], *own.edits[function.file]]:
        if isinstance(edit, AddImport):
            planner.draft.add(function.file, edit)
        elif not isinstance(edit, RemoveImport):
            edits.append(edit)
    code = _copied(function, name, edits)
    lead = "\n" if function.cls else "\n\n"
    planner.draft.add(function.file, InsertCode(span=span_of(function.outer), code=lead + code))


def _copied(function: Function, name: str, edits: list[Edit]) -> str:
    """The dedented source of the copy."""
    try:
        text = rewrite(function.file.source.text, edits)
    except RewriteError as error:
        raise NotTwinned(_why(function, str(error))) from error
    found = _find(PARSER.parse(text).root_node, name)
    if found is None:
        raise NotTwinned(_why(function, "its async copy was not found again"))
    node = found.parent if found.parent is not None and found.parent.type == "decorated_definition" else found
    prefix = " " * node.start_point[1]
    return "\n".join(line.removeprefix(prefix) for line in text_of(node).split("\n"))


def _find(node: Node, name: str) -> Node | None:
    for child in node.named_children:
        if child.type == "function_definition" and text_of(child.child_by_field_name("name") or child) == name:
            return child
        found = _find(child, name)
        if found is not None:
            return found
    return None


def _why(function: Function, message: str) -> Reason:
    return Reason("twin", message, function.file.source.relative, function.line)
