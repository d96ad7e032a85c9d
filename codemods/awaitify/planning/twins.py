"""Async twins: a function that sync code goes on calling keeps its original and gets an async copy beside it."""

from __future__ import annotations

from dataclasses import replace

from awaitify_transforms.edits import Edit, InsertCode, RemoveImport, Rename, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.made_twins import original_of
from awaitify.analysis.products import same_code
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned, is_for_file
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.products import remove_copy
from awaitify.planning.renaming import neighbours, twin_name
from awaitify.planning.twin_exports import unexport
from awaitify.project.expressions import outdented, string_rows
from awaitify.project.index import PARSER, Class, Function, ancestors, span_of, text_of
from awaitify.rewrite import RewriteError, rewrite


class NotTheTwin(Exception):
    """A function was taken for the twin that an earlier step left, and is another; carries its supposed original."""

    def __init__(self, function: Function):
        super().__init__(function.id)
        self.function = function


def plan_twin(function: Function, planner: FunctionPlanner) -> None:
    """Plans the async copy of a function after its original. Raises NotTwinned when there can be none."""
    original, copies = original_of(function), planner.colouring.effects.copies
    name = twin_name(original)
    if name in neighbours(original) and function not in copies:
        raise NotTwinned(_why(function, f"{name} is there already, so {original.id} can get no async twin"))
    code = _planned_copy(function, name, planner)
    if function in copies:
        _reuse(function, code, planner)
        return
    span = span_of(original.outer)
    if _reads_its_name(original):
        planner.draft.add(function.file, InsertCode(span=span, code=code, where="before"))
        return
    lead = "\n" if function.cls is not None and original is function else "\n\n"
    planner.draft.add(function.file, InsertCode(span=span, code=lead + code))


def _reads_its_name(function: Function | Class) -> bool:
    """Whether its signature means another thing by its name (`def list() -> list[Item]`): a copy of it below would read
    the function there."""
    body = function.node.child_by_field_name("body")
    start, end = function.outer.start_byte, body.start_byte if body is not None else function.outer.end_byte
    names = function.file.names_between(start, end)
    return any(text_of(node) == function.name and node != function.name_node for node in names)


def plan_in_place(function: Function, planner: FunctionPlanner) -> None:
    """Plans a function; the twin that it got earlier, and does not need any more, goes."""
    drop_twin(function, planner)
    planner.plan(function)


def drop_twin(function: Function, planner: FunctionPlanner) -> None:
    """Removes the twin that an earlier step left."""
    copy, original = planner.colouring.effects.copies.get(function), original_of(function)
    if copy is not None and (copy.cls is function.cls or function.name == "__call__"):
        copy = original_of(copy)
        start, end = span_of(original.outer)
        planned = [edit for edit in planner.draft.edits[function.file] if start <= edit.span[0] and edit.span[1] <= end]
        scratch = replace(planner, draft=Draft(), twin_edits={function: planned})
        _check(function, copy, _planned_copy(function, copy.name, scratch), planner)
        remove_copy(copy, planner.draft)
        unexport(planner.colouring.resolution, planner.draft, original, copy)


def _reuse(function: Function, code: str, planner: FunctionPlanner) -> None:
    """The twin that is there serves; what it calls by another name or way now is changed."""
    copy = original_of(planner.colouring.effects.copies[function])
    _check(function, copy, code, planner)
    if not same_code(code_of(copy), code, {}, exactly=True):
        planner.draft.add(copy.file, ReplaceStatement(span=span_of(copy.outer), code=code))


def _check(function: Function, copy: Function | Class, code: str, planner: FunctionPlanner) -> None:
    if not same_code(code_of(copy), code, originals(planner)):
        raise NotTheTwin(function)


def originals(planner: FunctionPlanner) -> dict[str, str]:
    """The names of the twins that earlier steps left, each with that of its original."""
    effects = planner.colouring.effects
    names = {original_of(other).name: original_of(one).name for one, other in effects.copies.items()}
    names |= {copy.name: one.name for one, copy in effects.class_copies.items()}
    return {**names, **planner.alias_twins}


def code_of(function: Function | Class) -> str:
    """The dedented source of a function or class; strings in it stay as they are."""
    return outdented(function.outer)


def _planned_copy(function: Function, name: str, planner: FunctionPlanner) -> str:
    """The code of the async copy; its imports are planned."""
    own = Draft()
    copy_planner = replace(planner, draft=own)
    copy_planner.plan(function)
    original = original_of(function)
    edits: list[Edit] = [Rename(span=span_of(original.name_node), new=name)]
    for edit in dict.fromkeys([*planner.twin_edits[function], *own.edits[function.file]]):
        if is_for_file(edit, function.file):
            planner.draft.add(function.file, edit)
        elif not isinstance(edit, RemoveImport):
            edits.append(edit)
    return copied(original, name, edits)


def copied(function: Function | Class, name: str, edits: list[Edit]) -> str:
    """The dedented source of the copy."""
    try:
        text = rewrite(_alone(function, edits), edits)
    except RewriteError as error:
        raise NotTwinned(_why(function, str(error))) from error
    found = _find(PARSER.parse(text).root_node, name)
    if found is None:
        raise NotTwinned(_why(function, "its async copy was not found again"))
    node = found.parent if found.parent is not None and found.parent.type == "decorated_definition" else found
    prefix, first = " " * node.start_point[1], node.start_point[0]
    kept = {row - first for row in string_rows(node)}
    lines = text_of(node).split("\n")
    return "\n".join(line if row in kept else line.removeprefix(prefix) for row, line in enumerate(lines))


def _alone(function: Function | Class, edits: list[Edit]) -> bytes:
    """The file's text with nothing but the function in it, at the same place: a rewrite parses what it is given. The
    whole text where the function stands in more than classes, or something else changes too."""
    text, start, end = function.file.source.text, function.outer.start_byte, function.outer.end_byte
    classes = [node for node in ancestors(function.outer) if node.type == "class_definition"]
    plain = {"class_definition", "decorated_definition", "block", "module"}
    inside = all(start <= edit.span[0] and edit.span[1] <= end for edit in edits)
    shared = text[end : _line_end(text, end)].strip().partition(b"#")[0]
    if not inside or shared or any(node.type not in plain for node in ancestors(function.outer)):
        return text
    kept = bytearray()
    for node in reversed(classes):
        line = _line_start(text, node.start_byte)
        kept += _blank(line - len(kept)) + text[line : node.start_byte] + b"class _:"
    line = _line_start(text, start)
    return bytes(kept + _blank(line - len(kept)) + text[line:end] + b"\n")


def _blank(size: int) -> bytes:
    """That many bytes that say nothing, the end of a line among them."""
    return b" " * (size - 1) + b"\n" if size else b""


def _line_start(text: bytes, offset: int) -> int:
    return text.rfind(b"\n", 0, offset) + 1


def _line_end(text: bytes, offset: int) -> int:
    found = text.find(b"\n", offset)
    return len(text) if found < 0 else found


def _find(node: Node, name: str) -> Node | None:
    for child in node.named_children:
        if (
            child.type in ("function_definition", "class_definition")
            and text_of(child.child_by_field_name("name") or child) == name
        ):
            return child
        found = _find(child, name)
        if found is not None:
            return found
    return None


def _why(function: Function | Class, message: str) -> Reason:
    return Reason("twin", message, function.file.source.relative, function.node.start_point[0] + 1)
