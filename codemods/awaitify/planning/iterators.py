"""The annotation of what an async generator gives: `Iterator[str]` becomes `AsyncIterator[str]`."""

from __future__ import annotations

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.planning.draft import Draft
from awaitify.project.index import Function, span_of, text_of

GIVEN = ("Iterator", "Iterable", "Generator")
TYPING = ("typing", "collections.abc")


def retype_result(function: Function, draft: Draft) -> None:
    """Plans the annotation, with the imports that it needs and needs no more."""
    file, annotation = function.file, function.node.child_by_field_name("return_type")
    if annotation is None:
        return
    name = _name(annotation)
    last = text_of(name).rpartition(".")[2]
    if last not in GIVEN:
        return
    given = _arguments(annotation)
    kept = given[:2] if last == "Generator" else given
    code = f"{text_of(name).removesuffix(last)}Async{last}"
    code += f"[{', '.join(f'{{{number}}}' for number in range(len(kept)))}]" if kept else ""
    draft.add(file, ReplaceExpression(span=span_of(annotation), code=code, holes=tuple(map(span_of, kept))))
    if "." in text_of(name):
        return
    module = next((item.module for item in file.imports if item.local == last and item.module in TYPING), TYPING[1])
    draft.add_import(file, module, f"Async{last}")
    for item in file.imports:
        if item.local == last:
            draft.remove_import(file, item.written, item.name)


def _name(annotation: Node) -> Node:
    """`typing.Iterator` in `typing.Iterator[str]`."""
    node = annotation.named_children[0] if annotation.type == "type" else annotation
    while node.type in ("generic_type", "subscript"):
        node = node.named_children[0]
    return node


def _arguments(annotation: Node) -> list[Node]:
    """What stands in the brackets."""
    node = annotation.named_children[0] if annotation.type == "type" else annotation
    if node.type == "subscript":
        return node.children_by_field_name("subscript")
    inner = next((child for child in node.named_children if child.type == "type_parameter"), None)
    return inner.named_children if inner is not None else []
