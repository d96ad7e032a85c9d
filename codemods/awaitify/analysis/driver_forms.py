"""What psycopg2 took, and the new driver of PostgreSQL does not.

psycopg2 wrote values into the statement; now they are parameters, so that an expression which stands in `group_by` and
elsewhere is two expressions to the database. And its own exceptions are not raised any more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, Edit, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, walk, walk_own
from awaitify.project.index import Function, ancestors, span_of, text_of

WHY = "the driver sends values apart from the statement, and the database would see two expressions"
LITERALS = ("string", "integer", "float")
PLAIN = re.compile(r"""(["'])([\w .-]*)\1""")
OPERATIONS = ("binary_operator", "comparison_operator")
TEXTS = (
    (re.compile(r"\bin\s*:\w+", re.IGNORECASE), "a tuple as one parameter of IN"),
    (re.compile(r"\binterval\s*:\w+", re.IGNORECASE), "a parameter after INTERVAL"),
    (
        re.compile(r"(?<![\w:]):\w+\s+is\s+(?:not\s+)?null\b", re.IGNORECASE),
        "a parameter of no type before IS NULL",
    ),
    (re.compile(r";\s*\w"), "several statements in one text"),
)
OLD = "psycopg2"


@dataclass(eq=False, slots=True)
class DriverForms:
    """driver: "psycopg" or "asyncpg"."""

    driver: str
    edits: list[tuple[Function, Edit]] = field(default_factory=list)
    refused: list[tuple[Function, Node, str]] = field(default_factory=list)

    def decide(self, functions: Collection[Function]) -> None:
        """Writes what has an exact form; the rest is refused."""
        for function in functions:
            for node in walk_own(function.node):
                if node.type == "call" and last_name(node) == "group_by":
                    self._group(function, node)
                elif node.type == "call" and last_name(node) == "text" and positional(node):
                    self._text(function, node)
                elif node.type == "attribute" and text_of(node).endswith(".orig.pgcode"):
                    name = node.child_by_field_name("attribute") or node
                    why = f"{self.driver} calls it sqlstate"
                    self.edits.append((function, ReplaceExpression(span=span_of(name), code="sqlstate", reason=why)))
            self._exceptions(function)

    def _group(self, function: Function, call: Node) -> None:
        """Constants of an expression that is grouped by and stands elsewhere too are written into the statement."""
        for grouped in positional(call):
            same = [
                node for node in walk(function.node) if node.type == grouped.type and text_of(node) == text_of(grouped)
            ]
            for node in same if len(same) > 1 else ():
                for constant in _constants(node, function):
                    self._write(function, constant)

    def _write(self, function: Function, constant: Node) -> None:
        text = text_of(constant)
        found = PLAIN.fullmatch(text)
        if constant.type not in LITERALS or (constant.type == "string" and found is None):
            message = f"{text[:60]} in an expression that is grouped by: {WHY}"
            self.refused.append((function, constant, message))
            return
        code = f"literal_column(\"'{found.group(2)}'\")" if found is not None else f'literal_column("{text}")'
        self.edits.append((function, ReplaceExpression(span=span_of(constant), code=code, reason=WHY)))
        self.edits.append((function, AddImport(span=(0, 0), module="sqlalchemy", name="literal_column", reason=WHY)))

    def _text(self, function: Function, call: Node) -> None:
        text = " ".join(text_of(node) for node in walk(positional(call)[0]) if node.type == "string_content")
        around = next((node for node in ancestors(call) if node.type in ("block", "module")), call)
        for pattern, what in TEXTS:
            if pattern.search(text) and not ("IN" in what and "expanding" in text_of(around)):
                self.refused.append((function, call, f"{what}, which {self.driver} refuses"))

    def _exceptions(self, function: Function) -> None:
        """Names of psycopg2 itself: `isinstance(error.orig, UniqueViolation)`."""
        names = {item.local for item in function.file.imports if item.module.partition(".")[0] == OLD}
        names |= {item.local.partition(".")[0] for item in function.file.imports if item.local.partition(".")[0] == OLD}
        for node in walk_own(function.node) if names else ():
            if node.type == "identifier" and text_of(node) in names:
                message = f"{text_of(node)} is of {OLD}, and {self.driver} raises and takes its own"
                self.refused.append((function, node, message))
                return


def _constants(node: Node, function: Function) -> Iterator[Node]:
    """What an SQL expression sends as a parameter: constants, and plain parameters of the function."""
    for inner in walk(node):
        parent = inner.parent
        if parent is None or (inner.type not in LITERALS and not _is_given(inner, function)):
            continue
        outer = parent.parent if parent.type == "argument_list" else None
        is_argument = outer is not None and text_of(outer.named_children[0]).startswith("func.")
        if parent.type in OPERATIONS or is_argument:
            yield inner


def _is_given(node: Node, function: Function) -> bool:
    """Whether a name is a parameter that holds a plain value, by its annotation."""
    param = function.param(text_of(node)) if node.type == "identifier" else None
    return param is not None and param.annotation is not None and text_of(param.annotation) in ("str", "int", "float")
