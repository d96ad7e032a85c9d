"""In-memory SQLite of the target's tests becomes a temporary file: async drivers cannot share a sync one's memory.

A pool of one connection stays one: what is still sync must not start to connect while it handles a request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, span_of, text_of

MEMORY = re.compile(r"""[rbu]?(["'])sqlite(\+pysqlite)?://(/:memory:)?\1""")
IN_MEMORY = "tests share an in-memory database, whose URL is not followed to where it is written"
FILE_URL = 'f"sqlite:///{tempfile.mkdtemp()}/test.db"'


def move_to_file(file: File, draft: Draft) -> bool:
    """Plans it for every engine that the file makes on an in-memory database; says whether there is one."""
    found = False
    for call in file.calls:
        if text_of(call.callee).rpartition(".")[2] == "create_engine" and call.arguments:
            url = _url(file, call)
            if url is not None:
                draft.add(file, ReplaceExpression(span=span_of(url), code=FILE_URL))
                draft.add_import(file, "tempfile")
                found = True
    return found


def is_movable(file: File) -> bool:
    """Whether the in-memory database of a file, if it has one, can be moved."""
    if not MEMORY.search(file.source.text.decode()):
        return True
    makers = [call for call in file.calls if text_of(call.callee).rpartition(".")[2] == "create_engine"]
    return any(call.arguments and _url(file, call) is not None for call in makers)


def is_stuck(files: list[File]) -> bool:
    """Whether the tests have an in-memory database that cannot be moved."""
    return any(file.is_test and not is_movable(file) for file in files)


def _url(file: File, call: Call) -> Node | None:
    """Where the URL of an engine is written: in the call, in a variable, or else in the one place of the file."""
    return _followed(file, call) or _only(file)


def _only(file: File) -> Node | None:
    """The only in-memory URL that a module says, as the value of a variable."""
    found = []
    for statement in file.root.named_children:
        node = statement.named_children[0] if statement.named_children else statement
        value = node.child_by_field_name("right") if node.type == "assignment" else None
        found += [value] if value is not None and MEMORY.fullmatch(text_of(value)) else []
    return found[0] if len(found) == 1 and len(MEMORY.findall(file.source.text.decode())) == 1 else None


def _assigned(node: Node | None, name: str) -> Iterator[Node]:
    """What a name is assigned in a function's own code."""
    for child in node.named_children if node is not None else ():
        left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
        if child.type == "assignment" and left is not None and right is not None and text_of(left) == name:
            yield right
        elif child.type not in ("function_definition", "class_definition", "lambda"):
            yield from _assigned(child, name)


def _followed(file: File, call: Call) -> Node | None:
    """The expression that gives an in-memory URL; the argument for an engine made in a function: each has its own."""
    argument = next(
        (item for item in call.arguments if item.type != "keyword_argument" or text_of(item).startswith("url")), None
    )
    if argument is not None and argument.type == "keyword_argument":
        argument = argument.child_by_field_name("value")
    if argument is None or MEMORY.fullmatch(text_of(argument)):
        return argument
    if argument.type != "identifier":
        return None
    own = list(_assigned(call.function.node.child_by_field_name("body"), text_of(argument))) if call.function else []
    if own:
        return own[0] if len(own) == 1 and MEMORY.fullmatch(text_of(own[0])) else None
    for statement in file.root.named_children:
        node = (
            statement.named_children[0]
            if statement.type == "expression_statement" and statement.named_children
            else None
        )
        if (
            node is not None
            and node.type == "assignment"
            and text_of(node.child_by_field_name("left") or node) == text_of(argument)
        ):
            value = node.child_by_field_name("right")
            if value is not None and MEMORY.fullmatch(text_of(value)):
                return value if call.function is None else argument
    return None
