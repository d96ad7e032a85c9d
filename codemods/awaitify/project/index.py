"""The index of the whole project: modules, functions, classes, calls, names; made once, before any decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from awaitify.project.nodes import (
    Call,
    Class,
    File,
    Function,
    ImportedName,
    Param,
    ancestors,
    is_imported,
    is_label,
    is_within,
    mentions,
    span_of,
    starred,
    text_of,
)
from awaitify.project.sources import Source, Unreadable, module_name, python_files, read, source_roots

__all__ = [
    "LANGUAGE",
    "PARSER",
    "Call",
    "Class",
    "File",
    "Function",
    "ImportedName",
    "Param",
    "Project",
    "ancestors",
    "build_index",
    "is_imported",
    "is_label",
    "is_within",
    "mentions",
    "parse",
    "span_of",
    "starred",
    "text_of",
]
LANGUAGE = Language(tree_sitter_python.language())
PARSER = Parser(LANGUAGE)
# Nothing stands below these, and they are half of all nodes.
_LEAVES = frozenset(
    {"string_start", "string_content", "string_end", "integer", "float", "comment", "true", "false", "none"}
)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Project:
    """All files of a project, and look-ups by position and name."""

    root: Path
    roots: list[Path]
    files: list[File]
    unreadable: list[Unreadable]
    by_path: dict[Path, File] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    by_name_at: dict[tuple[Path, int], Function | Class] = field(default_factory=dict)

    def definition(self, path: Path | None, offset: int) -> Function | Class | None:
        """The function or class whose name stands at that offset."""
        return self.by_name_at.get((path, offset)) if path else None


class _Walker:
    """One pass over a file's tree."""

    def __init__(self, file: File):
        self.file = file
        self.ids: set[str] = set()

    def walk(self, node: Node, cls: Class | None, function: Function | None, in_lambda: bool) -> None:
        """Visits children; dispatches on the kinds that define or use something."""
        for child in node.named_children:
            kind = child.type
            if kind == "identifier":
                self.file.names.append(child)
            elif kind in _LEAVES:
                continue
            elif kind == "function_definition":
                self.define(child, child, [], cls, function)
            elif kind == "class_definition":
                self.define_class(child, cls, function)
            elif kind == "decorated_definition":
                self.decorated(child, cls, function, in_lambda)
            elif kind == "lambda":
                self.walk(child, cls, function, True)
            else:
                self.use(child, kind, function, in_lambda)
                self.walk(child, cls, function, in_lambda)

    def use(self, child: Node, kind: str, function: Function | None, in_lambda: bool) -> None:
        """Notes a call, an import, a yield, a return, or a name."""
        if kind == "call":
            call = Call(child, self.file, function, in_lambda)
            self.file.calls.append(call)
            if function is not None:
                function.calls.append(call)
        elif kind in ("import_from_statement", "import_statement"):
            self.file.imports += _imports(child)
        elif kind == "yield" and function is not None and not in_lambda:
            function.is_generator = True
        elif kind == "return_statement" and function is not None:
            function.returns.append(child)

    def decorated(self, node: Node, cls: Class | None, function: Function | None, in_lambda: bool) -> None:
        """A definition under decorators; the decorators themselves belong to the outer scope."""
        decorators = [child for child in node.named_children if child.type == "decorator"]
        for decorator in decorators:
            self.walk(decorator, None, function, in_lambda)
        inner = node.child_by_field_name("definition")
        if inner is not None and inner.type == "function_definition":
            self.define(inner, node, decorators, cls, function)
        elif inner is not None:
            self.define_class(inner, cls, function)

    def define(
        self, node: Node, outer: Node, decorators: list[Node], cls: Class | None, parent: Function | None
    ) -> None:
        """A function; its defaults and annotations are noted as its parameters, its body as its own."""
        name = text_of(node.child_by_field_name("name") or node)
        prefix = cls.id if cls else f"{parent.id}.<locals>" if parent else self.file.module
        is_async = node.children[0].type == "async"
        own = f"{prefix}.{name}"
        if own in self.ids:  # defined again, as routes often are
            own = f"{own}@{node.start_point[0] + 1}"
        self.ids.add(own)
        function = Function(own, name, self.file, node, outer, is_async, _params(node), decorators, cls, parent)
        self.file.functions.append(function)
        if cls is not None:
            cls.methods.setdefault(name, function)
        for field_name in ("parameters", "return_type"):
            part = node.child_by_field_name(field_name)
            if part is not None:
                self.walk(part, None, parent, False)
        body = node.child_by_field_name("body")
        if body is not None:
            self.walk(body, None, function, False)

    def define_class(self, node: Node, cls: Class | None, function: Function | None) -> None:
        """A class and what stands in its body."""
        name = text_of(node.child_by_field_name("name") or node)
        prefix = cls.id if cls else f"{function.id}.<locals>" if function else self.file.module
        new = Class(f"{prefix}.{name}", name, self.file, node)
        bases = node.child_by_field_name("superclasses")
        if bases is not None:
            new.bases = [child for child in bases.named_children if child.type not in ("keyword_argument", "comment")]
            self.walk(bases, None, function, False)
        self.file.classes.append(new)
        body = node.child_by_field_name("body")
        if body is not None:
            self.walk(body, new, function, False)


def _params(node: Node) -> list[Param]:
    parameters = node.child_by_field_name("parameters")
    found: list[Param] = []
    for child in parameters.named_children if parameters else []:
        star = ""
        name: Node | None = child
        if child.type in ("default_parameter", "typed_default_parameter"):
            name = child.child_by_field_name("name")
        elif child.type == "typed_parameter":
            name = next((item for item in child.named_children if item.type != "type"), None)
        if name is not None and name.type in ("list_splat_pattern", "dictionary_splat_pattern"):
            star = "*" if name.type == "list_splat_pattern" else "**"
            name = next(iter(name.named_children), None)
        if name is None or name.type != "identifier":
            continue
        found.append(
            Param(text_of(name), name, child.child_by_field_name("type"), child.child_by_field_name("value"), star)
        )
    return found


def _imports(statement: Node) -> list[ImportedName]:
    module_node = statement.child_by_field_name("module_name")
    module = text_of(module_node) if module_node else ""
    level = len(module) - len(module.lstrip("."))
    found = []
    for item in statement.children_by_field_name("name"):
        name_node = item.child_by_field_name("name") if item.type == "aliased_import" else item
        alias = item.child_by_field_name("alias")
        if name_node is None:
            continue
        name = text_of(name_node)
        local = text_of(alias) if alias else name
        if statement.type == "import_statement":
            found.append(ImportedName(local, name, "", name_node, statement))
        else:
            found.append(ImportedName(local, module.lstrip("."), name, name_node, statement, level))
    return found


def parse(source: Source) -> File:
    """The index of one file; errors in it are stepped over."""
    file = File(source, PARSER.parse(source.text).root_node)
    _Walker(file).walk(file.root, None, None, False)
    return file


def build_index(
    root: Path, exclude: Sequence[str] = (), wanted: Callable[[Source], bool] = lambda source: True
) -> Project:
    """Reads and parses every Python file below root that is wanted."""
    paths = list(python_files(root, exclude))
    roots = source_roots(root, paths)
    read_all = [read(path, root, module_name(path, roots)) for path in paths]
    files = [parse(item) for item in read_all if isinstance(item, Source) and wanted(item)]
    project = Project(root, roots, files, [item for item in read_all if isinstance(item, Unreadable)])
    for file in files:
        project.by_path[file.path] = file
        for function in file.functions:
            project.functions.setdefault(function.id, function)
            project.by_name_at[file.path, function.name_node.start_byte] = function
        for cls in file.classes:
            project.classes.setdefault(cls.id, cls)
            name = cls.node.child_by_field_name("name")
            project.by_name_at[file.path, name.start_byte if name else cls.node.start_byte] = cls
    return project


def owner_of(file: File, node: Node) -> Function | None:
    """The innermost function around a node."""
    around = [
        item
        for item in file.functions
        if item.node.start_byte <= node.start_byte and node.end_byte <= item.node.end_byte
    ]
    return max(around, key=lambda item: item.node.start_byte, default=None)


def unbound_owner(call: Call) -> Node | None:
    """The `Base` of `Base.method(self, ...)` in a method: what an older `super()` is written as."""
    function, callee = call.function, call.callee
    owner = callee.child_by_field_name("object") if callee.type == "attribute" else None
    own = function.params[0].name if function is not None and function.cls is not None and function.params else ""
    is_given = bool(own) and bool(call.arguments) and text_of(call.arguments[0]) == own
    return owner if owner is not None and is_given and text_of(owner) != own else None
