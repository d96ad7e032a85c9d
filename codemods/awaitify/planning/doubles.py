"""Async copies of classes beside their sync originals, and who uses which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from awaitify_transforms.edits import Edit, InsertCode, RemoveImport, Rename, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.implicit import is_abstract
from awaitify.analysis.products import same_code
from awaitify.plan_model import Reason
from awaitify.planning.alias_twins import is_finished_class
from awaitify.planning.draft import Draft, NotTwinned, is_for_file
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.renaming import rename_doubles, rename_function
from awaitify.planning.twins import NotTheTwin, code_of, originals
from awaitify.project.expressions import whole_name
from awaitify.project.index import PARSER, Class, Function, is_imported, span_of, text_of
from awaitify.rewrite import RewriteError, rewrite


def plan_doubles(functions: FunctionPlanner) -> dict[Function, list[Reason]]:
    """Plans the copies; methods of a class that has no exact one are handed back. Raises NotTheTwin."""
    colouring, refused = functions.colouring, dict[Function, list[Reason]]()
    copies = colouring.effects.class_copies
    for cls in colouring.colours.doubles:
        try:
            code = _copied(cls, cls.twin, _edits(cls, functions))
        except NotTwinned as problem:
            refused |= {method: [problem.reason] for method in _methods(cls) if method in colouring.colours.asyncs}
            continue
        if cls not in copies:
            functions.draft.add(cls.file, InsertCode(span=span_of(cls.outer), code="\n\n" + code))
            continue
        _check(cls, copies[cls], code, functions)
        if not same_code(text_of(copies[cls].outer), code, {}, exactly=True):
            functions.draft.add(cls.file, ReplaceStatement(span=span_of(copies[cls].outer), code=code))
    for cls, copy in copies.items():
        if is_finished_class(cls, colouring):
            _finish(cls, copy, functions)
    return refused


def _finish(cls: Class, copy: Class, functions: FunctionPlanner) -> None:
    """The class itself is async now: its copy goes, and who used that uses the class."""
    (start, end), draft = span_of(cls.outer), functions.draft
    planned = [edit for edit in draft.edits[cls.file] if start <= edit.span[0] and edit.span[1] <= end]
    _check(
        cls, copy, _copied(cls, copy.name, [*planned, Rename(span=span_of(cls.name_node), new=copy.name)]), functions
    )
    draft.add(copy.file, ReplaceStatement(span=span_of(copy.outer)))
    colouring = functions.colouring
    copies = {item: span_of(item.outer) for item in colouring.effects.class_copies.values()}
    for file in colouring.resolution.project.files:
        around = [span for item, span in copies.items() if item.file is file]
        for node in file.named(copy.name):
            if not is_imported(node) and not any(span[0] <= node.start_byte < span[1] for span in around):
                rename_function(file, whole_name(node), cls.name, draft)
        for item in file.imports:
            if item.local == copy.name and item.name:  # what other copies that go have used
                draft.remove_import(file, item.written, item.name)


def _check(cls: Class, copy: Class, code: str, functions: FunctionPlanner) -> None:
    """Whether what every method of a copy does is what it does in the planned one."""
    planned = {_name(node): text for node, text in _definitions(code)}
    for method in copy.methods.values():
        if method.node != copy.node and not same_code(
            code_of(method), planned.get(method.name, ""), originals(functions)
        ):
            raise NotTheTwin(cls.methods[method.name])


def _definitions(code: str) -> Iterator[tuple[Node, str]]:
    """The methods in the code of a class, each with its dedented source."""
    (statement,) = PARSER.parse(code.encode()).root_node.named_children
    cls = statement.child_by_field_name("definition") or statement
    body = cls.child_by_field_name("body")
    for node in body.named_children if body is not None else ():
        inner = node.child_by_field_name("definition") or node
        prefix = " " * node.start_point[1]
        yield inner, "\n".join(line.removeprefix(prefix) for line in text_of(node).split("\n"))


def _edits(cls: Class, functions: FunctionPlanner) -> list[Edit]:
    """What changes in the copy; its imports are planned."""
    own, colours = Draft(), functions.colouring.colours
    planner = replace(functions, draft=own)
    dropped = _dropped(cls, functions.colouring)
    body = cls.node.child_by_field_name("body")
    is_empty = body is not None and len(body.named_children) == len(dropped)
    last = sorted(dropped, key=lambda item: item.line)[-1:] if is_empty else []
    for method in dict.fromkeys([*_methods(cls), *(item for item in cls.methods.values() if item.node == cls.node)]):
        if method in dropped:
            code = "pass" if method in last else ""
            own.add(cls.file, ReplaceStatement(span=span_of(method.outer), code=code))
            continue
        if method in colours.asyncs:
            planner.plan(method)
        elif method.name == "__init__" or method not in colours.effectful:
            planner.annotations.session_names(method)
        own.edits[cls.file] += functions.twin_edits[method]
    rename_doubles(cls.file, cls.outer, functions.colouring, own)
    edits: list[Edit] = [Rename(span=span_of(cls.name_node), new=cls.twin)]
    for edit in dict.fromkeys(own.edits[cls.file]):
        if is_for_file(edit, cls.file):
            functions.draft.add(cls.file, edit)
        elif not isinstance(edit, RemoveImport):
            edits.append(edit)
    return edits


def _methods(cls: Class) -> list[Function]:
    return [item for item in cls.file.functions if item.cls is cls]


def _dropped(cls: Class, colouring: Colouring) -> set[Function]:
    """The methods that do I/O, stay sync, and that nothing async calls."""
    colours = colouring.colours
    called = {callee for item in colours.asyncs for effect in colouring.effects.of(item) for callee in effect.callees}
    methods = [item for item in _methods(cls) if item.name != "__init__" and item not in colours.asyncs]
    dropped = {item for item in methods if item in colours.effectful and item not in called}
    forms = {item: _registered_with(item) for item in _methods(cls)}
    dropped |= {item for item in methods if item not in called and item.name in {forms[one] for one in dropped}}
    is_port = any(text_of(base).partition("[")[0].endswith("Protocol") for base in cls.bases)
    return dropped | {item for item in methods if (is_port or is_abstract(item)) and _is_bare(item, called, colouring)}


def _registered_with(method: Function) -> str:
    """The method that a form for one class belongs to: `delete` of `@delete.register`."""
    texts = (text_of(item).lstrip("@").partition("(")[0] for item in method.decorators)
    return next((text.removesuffix(".register") for text in texts if text.endswith(".register")), "")


def _is_bare(method: Function, called: set[Function], colouring: Colouring) -> bool:
    """Whether an abstract method would ask for what the copies of its heirs leave out."""
    colours, families = colouring.colours, [family for family in colouring.families if method in family]
    others = [item for family in families for item in family if item is not method and not is_abstract(item)]
    left = [item for item in others if item not in colours.asyncs and item in colours.effectful and item not in called]
    return method not in called and bool(left) and not colours.asyncs.intersection(others)


def _copied(cls: Class, name: str, edits: list[Edit]) -> str:
    try:
        text = rewrite(cls.file.source.text, edits)
    except RewriteError as error:
        raise NotTwinned(Reason("twin", str(error), cls.file.source.relative, cls.node.start_point[0] + 1)) from error
    for node in PARSER.parse(text).root_node.named_children:
        inner = node.child_by_field_name("definition") or node
        if inner.type == "class_definition" and _name(inner) == name:
            return re.sub(r"\A((?:@.*\n)*class [^\n]*:\n)\n+", r"\1", text_of(node)).rstrip()
    message = f"the async copy of {cls.id} was not found again"
    raise NotTwinned(Reason("twin", message, cls.file.source.relative, cls.node.start_point[0] + 1))


def _name(node: Node) -> str:
    return text_of(node.child_by_field_name("name") or node)
