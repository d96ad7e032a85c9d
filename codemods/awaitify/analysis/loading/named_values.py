"""Functions that run although no call in a function names them: whoever gets them may call them with an object.

`map(to_schema, rows)`, `partial(show, row)`, `add_task(notify, row)`, `SHOWS[kind](row)` with a table of a module, the
decorators around a function, properties and operators of an object that keeps another one: `View(row).tags`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from awaitify.analysis.implicit import is_property
from awaitify.analysis.loading.names import last_name, walk, walk_own
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.expressions import is_callee, whole_name
from awaitify.project.index import Class, File, Function, Project, ancestors, text_of
from awaitify.resolve.model import Point
from awaitify.resolve.oracle import Oracle

#: What gets them runs them on the session, or before the request: both are looked at by others.
ELSEWHERE = {"run_sync", "Depends", "Security", "isinstance", "issubclass", "cast", "select", "query", "get"}
TABLES = {"dictionary", "list", "tuple", "set"}


class NamedValues:
    """tables: the displays that modules hold under a name, as far as they have names inside."""

    def __init__(self, project: Project, oracle: Oracle, mapping: Mapping):
        self.project, self.oracle, self.mapping, self.names = project, oracle, mapping, mapping.names
        self.makers = {cls.name for file in project.files for cls in file.classes if any(_unseen(cls))}
        self.known = {function.name for function in project.functions.values()} | self.makers
        self.tables = {
            (file.module, name): table for file in project.files if not file.is_test for name, table in _tables(file)
        }
        self.table_names = {name for _, name in self.tables}

    def edges(self, functions: Sequence[Function]) -> list[tuple[Function, Function]]:
        """(function, what it names) for each of some functions."""
        spots = [(item, file, node) for item in functions for file, node in self._spots(item)]
        points = [Point(file.path, _last(node).start_byte) for _, file, node in spots]
        answers = self.oracle.definitions(points) if points else []
        found: dict[tuple[Function, Function], None] = {}
        for (function, _, _), targets in zip(spots, answers, strict=True):
            for target in targets:
                named = self.project.definition(target.path, target.offset)
                if isinstance(named, Function):
                    found[function, named] = None
                elif isinstance(named, Class) and named.id not in self.mapping.classes:
                    unseen = (method for cls in self.names.bases(named) for method in _unseen(cls))
                    found.update(((function, method), None) for method in unseen)
        return list(found)

    def _spots(self, function: Function) -> Iterator[tuple[File, Node]]:
        """The names that are read as values, in the function and in the tables that it uses."""
        body = function.node.child_by_field_name("body")
        aliases = {item.local for item in function.file.imports if item.local != item.name and item.name in self.known}
        known, made = self.known | aliases, self.makers | aliases
        for node in walk_own(body) if body is not None else ():
            if node.type != "identifier":
                continue
            whole = whole_name(node)
            if text_of(node) in self.table_names and (table := self._table(function, node)) is not None:
                file, display = table
                yield from ((file, item) for item in _values(display) if text_of(_last(item)) in self.known)
            elif (text_of(node) in known and _is_value(whole)) or (text_of(node) in made and is_callee(whole)):
                yield function.file, whole
        for decorator in function.decorators:
            callee = decorator.named_children[0].child_by_field_name("function") or decorator.named_children[0]
            if text_of(_last(callee)) in known:
                yield function.file, callee

    def _table(self, function: Function, node: Node) -> tuple[File, Node] | None:
        """The table that a name means: that of the file, of an import, or of a module (`tables.SHOWS`)."""
        name, file = text_of(node), function.file
        homes = [file.module]
        for item in file.imports:
            if item.local in (name, text_of(whole_name(node)).partition(".")[0]):
                paths = (item.module, f"{item.module}.{item.name}" if item.module else item.name)
                found = [self.names.module(path, file, item.level) for path in paths if path or item.level]
                homes += [home.module for home in found if home is not None]
        hit = next((home for home in homes if (home, name) in self.tables), None)
        return (self.names.modules[hit], self.tables[hit, name]) if hit is not None else None


def _unseen(cls: Class) -> Iterator[Function]:
    """The methods of a class that run where nothing calls them by their name."""
    for name, method in cls.methods.items():
        if (name.startswith("__") and name.endswith("__")) or is_property(method):
            yield method


def _tables(file: File) -> Iterator[tuple[str, Node]]:
    for child in file.root.named_children:
        inner = child.named_children[0] if child.type == "expression_statement" and child.named_children else child
        left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        is_table = left is not None and left.type == "identifier" and right is not None and right.type in TABLES
        if is_table and left is not None and right is not None and any(True for _ in _values(right)):
            yield text_of(left), right


def _values(display: Node) -> Iterator[Node]:
    """The names that stand in a display as values."""
    for node in walk(display):
        if node.type == "identifier" and _is_value(whole_name(node)):
            yield whole_name(node)


def _last(node: Node) -> Node:
    return node.child_by_field_name("attribute") or node


def _is_value(node: Node) -> bool:
    """Whether a name is read and not called, by syntax alone."""
    parent = node.parent
    if parent is None or parent.type == "attribute" or is_callee(node):
        return False
    if parent.type in ("keyword_argument", "assignment", "function_definition", "class_definition"):
        names = (parent.child_by_field_name("name"), parent.child_by_field_name("left"))
        return node not in names and parent.child_by_field_name("type") != node
    if parent.type in ("for_statement", "for_in_clause", "type", "parameters", "import_from_statement", "dotted_name"):
        return False
    holder = next((item for item in ancestors(node) if item.type == "argument_list"), None)
    return holder is None or last_name(holder.parent) not in ELSEWHERE
