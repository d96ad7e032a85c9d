"""Where an expression stands: what is around it, and whether it is evaluated once."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.project.nodes import ancestors, is_within, span_of, text_of

COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
_BLOCKS = ("block", "module")


def around(node: Node) -> Iterator[Node]:
    """The expressions that a node stands in, inmost first; the last one may be a statement without a block in between
    (`for x in f(): ...`)."""
    for item in ancestors(node):
        if item.type in ("block", "module", "function_definition", "class_definition"):
            return
        yield item


def is_first_iterable(node: Node, comprehension: Node) -> bool:
    """Whether a node lies in what a comprehension goes through first, which is evaluated once and outside of it."""
    clause = next((child for child in comprehension.named_children if child.type == "for_in_clause"), None)
    right = clause.child_by_field_name("right") if clause is not None else None
    return right is not None and is_within(node, right)


def whole_name(node: Node) -> Node:
    """`module.name` for its last name."""
    parent = node.parent
    is_last = parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node
    return parent if is_last and parent is not None else node


def span_of_word(statement: Node, word: str) -> tuple[int, int]:
    """The bytes of a keyword of a statement or a clause."""
    return span_of(next(child for child in statement.children if child.type == word))


def outdented(node: Node, text: str = "") -> str:
    """The source of an expression (or text, which has its lines) as code for an edit: without the indentation of the
    statement, which the rewrite gives to continuation lines again. Lines inside strings stay as they are."""
    first, *others = (text or text_of(node)).split("\n")
    if not others:
        return first
    *_, module = (node, *ancestors(node))
    statement = next((item for item in around(node) if item.parent is None or item.parent.type in _BLOCKS), node)
    start = statement.start_byte - statement.start_point[1] - module.start_byte
    line = text_of(module).encode()[start : statement.start_byte].decode()
    margin, kept = line[: len(line) - len(line.lstrip())], {row - node.start_point[0] for row in string_rows(node)}
    lines = [line if row in kept else line.removeprefix(margin) for row, line in enumerate(others, 1)]
    return "\n".join([first, *lines])


def string_rows(node: Node) -> Iterator[int]:
    """The rows that begin inside a string, whose content stays as it is."""
    for child in node.named_children:
        if child.type == "string":
            yield from range(child.start_point[0] + 1, child.end_point[0] + 1)
        else:
            yield from string_rows(child)


def is_stub_body(body: Node | None) -> bool:
    """Whether the body is only `...`, a docstring, or `raise NotImplementedError`."""
    if body is None:
        return True
    for statement in body.named_children:
        inner = statement.named_children[0] if statement.named_children else statement
        plain = statement.type == "expression_statement" and inner.type in ("ellipsis", "string")
        if not plain and not text_of(statement).startswith("raise NotImplementedError") and statement.type != "comment":
            return False
    return True


def is_callee(node: Node) -> bool:
    """Whether a name is what a call calls."""
    parent = node.parent
    return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == node
