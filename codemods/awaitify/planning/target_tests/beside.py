"""A patch that the tests need once more, or elsewhere, for the async twin of what they patch."""

from __future__ import annotations

from awaitify_transforms.edits import AddDecorator, InsertCode, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.target_tests.keys import statement_of
from awaitify.planning.draft import Draft
from awaitify.planning.splicing import spliced_code
from awaitify.planning.target_tests.replaced import Replacement, is_named, literal_of
from awaitify.project.index import span_of, text_of

SPECIFIED = {"new_callable", "autospec", "spec", "spec_set", "create"}
BESIDE = "patched_beside"
SIMPLE = ("expression_statement", "return_statement")


def form_of(item: Replacement) -> str:
    """Where a patch stands: "decorator", "with", "statement" (which patches for the test), or ""."""
    node = item.call.node
    parent = node.parent
    if parent is None:
        return ""
    if parent.type == "decorator":
        holder = parent.parent.child_by_field_name("definition") if parent.parent is not None else None
        return "decorator" if holder is not None else ""
    if parent.type == "with_item" or (parent.type == "as_pattern" and _is_item(parent)):
        return "with"
    callee = text_of(item.call.callee)
    patches_there = callee.endswith(".setattr") or callee.startswith(("mocker.", "self.mocker."))
    statement = statement_of(node)
    return "statement" if patches_there and statement is not None and statement.type in SIMPLE else ""


def can_follow(item: Replacement) -> bool:
    """Whether the patch can stand once more beside itself, or move."""
    return bool(form_of(item)) and _name_literal(item) is not None and not is_multiple(item)


def is_multiple(item: Replacement) -> bool:
    """Whether it replaces several names at once, by keywords."""
    return text_of(item.call.callee).endswith("patch.multiple")


def has_own_mock(item: Replacement) -> bool:
    """Whether it says which mock it makes."""
    return any(is_named(item) and text_of(item.named_children[0]) in SPECIFIED for item in item.call.arguments)


def patch_instead(item: Replacement, twin: str, value: str, callable_: str, draft: Draft) -> None:
    """The patch itself names the twin. value: what takes the place of the value that is there; callable_: the class of
    the mock that the patch makes, "" for its own choice."""
    literal = _name_literal(item)
    assert literal is not None
    splices = [(span_of(literal), _with_name(literal, twin))]
    if item.value is not None:
        splices.append((span_of(item.value), value))
    elif callable_:
        last = item.call.arguments[-1]
        splices.append(((last.end_byte, last.end_byte), f", new_callable={callable_}"))
    code = spliced_code(item.file, item.call.node, splices)
    draft.add(item.file, ReplaceExpression(span=span_of(item.call.node), code=code))


def patch_beside(item: Replacement, twin: str, new: str, draft: Draft) -> bool:
    """The same patch once more, for the twin. new: the code of what takes its place. True when the helper for `with`
    is used."""
    form, node = form_of(item), item.call.node
    literal = _name_literal(item)
    assert literal is not None and node.parent is not None
    kept = [item.call.arguments[0]] if literal != item.call.arguments[0] else []
    arguments = ", ".join([*map(text_of, kept), _with_name(literal, twin), new])
    second = f"{text_of(item.call.callee)}({arguments})"
    if form == "decorator":
        definition = node.parent.parent.child_by_field_name("definition") if node.parent.parent is not None else None
        name = definition.child_by_field_name("name") if definition is not None else None
        assert name is not None
        draft.add(item.file, AddDecorator(span=span_of(name), code=second))
    elif form == "with":
        draft.add(item.file, ReplaceExpression(span=span_of(node), code=f"{BESIDE}({text_of(node)}, {second})"))
    else:
        statement = statement_of(node)
        assert statement is not None
        draft.add(item.file, InsertCode(span=span_of(statement), where="before", code=second))
    return form == "with"


def _name_literal(item: Replacement) -> Node | None:
    """The text that ends with the name that is patched."""
    plain = [argument for argument in item.call.arguments if not is_named(argument) and argument.type != "comment"]
    return next((argument for argument in plain[:2] if literal_of(argument) is not None), None)


def _with_name(literal: Node, twin: str) -> str:
    text = literal_of(literal) or ""
    quote, lead = text_of(literal)[0], text.rpartition(".")[0]
    return f"{quote}{f'{lead}.' if lead else ''}{twin}{quote}"


def _is_item(pattern: Node) -> bool:
    return pattern.parent is not None and pattern.parent.type == "with_item"
