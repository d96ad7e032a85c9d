"""What one library module defines, imports and calls, read with tree-sitter and never imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from awaitify.project.expressions import is_stub_body

MAX_BYTES = 1_000_000
_PARSER = Parser(Language(tree_sitter_python.language()))
_BRANCHES = frozenset(
    {"if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause", "block"}
    | {"with_statement", "module"}
)


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method. owner: the name of its class, or "". is_stub: whether what it does stands elsewhere;
    calls: (dotted text of what is called, or "" when it is no dotted name; whether it is awaited); nested: names of
    functions and classes defined inside, whose calls are counted too; passed: dotted texts that are arguments of calls;
    decorators: dotted texts, "" when it is none."""

    name: str
    owner: str
    is_async: bool
    is_stub: bool
    parameters: frozenset[str]
    locals: frozenset[str]
    imports: dict[str, str]
    calls: tuple[tuple[str, bool], ...]
    nested: frozenset[str]
    passed: tuple[str, ...]
    decorators: tuple[str, ...]


@dataclass(slots=True)
class Class:
    """One class: its bases as dotted texts, and the nodes of its methods."""

    name: str
    bases: tuple[str, ...]
    methods: dict[str, Node] = field(default_factory=dict)


class Module:
    """A parsed module. dotted: its import name; path: the file. Nested functions belong to the function around them."""

    def __init__(self, path: Path, dotted: str, text: bytes) -> None:
        self.path = path
        self.dotted = dotted
        self.functions: dict[str, Node] = {}
        self.classes: dict[str, Class] = {}
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.assigned: dict[str, Node | None] = {}
        self._root = _PARSER.parse(text).root_node
        self._read: dict[str, Function] = {}
        self._scan(self._root)

    @property
    def is_package(self) -> bool:
        return self.path.stem == "__init__"

    @cached_property
    def imported(self) -> frozenset[str]:
        """Every module and name that the module imports at its top level, as dotted names."""
        return frozenset(self.imports.values()) | frozenset(self.stars)

    def name_at(self, offset: int) -> str | None:
        """The qualified name of the top-level function, class or method whose name or body stands at this byte."""
        for name, node in self.functions.items():
            if node.start_byte <= offset < node.end_byte:
                return name
        for owner in self.classes.values():
            for method, node in owner.methods.items():
                if node.start_byte <= offset < node.end_byte:
                    return f"{owner.name}.{method}"
        return None

    def function(self, name: str) -> Function | None:
        """A function ("f") or method ("C.m") of this module; the last definition counts, as at run time."""
        if name not in self._read:
            owner, _, method = name.rpartition(".")
            node = self.functions.get(name) if not owner else None
            if owner in self.classes:
                node = self.classes[owner].methods.get(method)
            if node is None:
                return None
            self._read[name] = _read_function(node, owner, self)
        return self._read[name]

    def absolute(self, target: str) -> str:
        """The dotted name of an import target such as `..util.f`, seen from this module."""
        name = target.lstrip(".")
        dots = len(target) - len(name)
        if not dots:
            return name
        parts = self.dotted.split(".")
        base = parts[: len(parts) - dots + self.is_package]
        return ".".join([*base, name] if name else base)

    def _scan(self, parent: Node) -> None:
        for child in parent.named_children:
            node = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
            if node is None:
                continue
            if node.type == "function_definition":
                self.functions[_name(node)] = node
            elif node.type == "class_definition":
                self.classes[_name(node)] = _read_class(node)
            elif node.type in ("import_statement", "import_from_statement", "future_import_statement"):
                for local, target in _imports(node):
                    if local == "*":
                        self.stars.append(self.absolute(target))
                    else:
                        self.imports[local] = self.absolute(target)
            elif node.type == "expression_statement" and node.named_children[0].type == "assignment":
                self._assign(node.named_children[0])
            elif node.type in _BRANCHES:
                self._scan(node)

    def _assign(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and left.type == "identifier":
            self.assigned[_text(left)] = right


def read_module(path: Path, dotted: str) -> Module | None:
    """The module in this file, or None when it cannot be read or is too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        return Module(path, dotted, path.read_bytes())
    except OSError:
        return None


def dotted_text(node: Node | None) -> str:
    """`a.b.c` for a name or a chain of attributes of a name, `super().c` for super, `?.c` for an attribute of any other
    expression; otherwise empty."""
    if node is None:
        return ""
    if node.type == "identifier":
        return _text(node)
    if node.type == "attribute":
        head = dotted_text(node.child_by_field_name("object")) or "?"
        return f"{head}.{_text(node.child_by_field_name('attribute'))}"
    if node.type == "call" and _text(node.child_by_field_name("function")) == "super":
        return "super()"
    return ""


def _text(node: Node | None) -> str:
    return node.text.decode(errors="replace") if node is not None and node.text is not None else ""


def _name(node: Node) -> str:
    return _text(node.child_by_field_name("name"))


def _read_class(node: Node) -> Class:
    arguments = node.child_by_field_name("superclasses")
    written = arguments.named_children if arguments is not None else []
    bases = [child for child in written if child.type != "keyword_argument"]
    subscripted = [base.child_by_field_name("value") if base.type == "subscript" else base for base in bases]
    result = Class(_name(node), tuple(dotted_text(base) for base in subscripted))
    body = node.child_by_field_name("body")
    for child in body.named_children if body else ():
        method = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if method is not None and method.type == "function_definition":
            result.methods[_name(method)] = method
    return result


def _imports(node: Node) -> Iterator[tuple[str, str]]:
    """(local name, target as written) of an import statement; the local name of a star is "*"."""
    source = _text(node.child_by_field_name("module_name"))
    if any(child.type == "wildcard_import" for child in node.named_children):
        yield "*", source
    for item in node.children_by_field_name("name"):
        alias = item.child_by_field_name("alias")
        name = _text(item.child_by_field_name("name")) if item.type == "aliased_import" else _text(item)
        target = f"{source}{'' if source.endswith('.') else '.'}{name}" if source else name
        if alias is not None:
            yield _text(alias), target
        elif source:
            yield name, target
        else:
            yield name.partition(".")[0], name.partition(".")[0]
            if "." in name:
                yield name, name  # marks the submodule as imported


def _read_function(node: Node, owner: str, module: Module) -> Function:
    parameters = node.child_by_field_name("parameters")
    body = node.child_by_field_name("body")
    calls: list[tuple[str, bool]] = []
    nested: set[str] = set()
    passed: list[str] = []
    bound: set[str] = set()
    imports: dict[str, str] = {}
    for inner in _descendants(body):
        if inner.type == "call":
            awaited = inner.parent is not None and inner.parent.type == "await"
            calls.append((dotted_text(inner.child_by_field_name("function")), awaited))
            passed += _passed(inner)
        elif inner.type in ("import_statement", "import_from_statement"):
            imports |= {local: module.absolute(target) for local, target in _imports(inner)}
        elif inner.type in ("function_definition", "class_definition"):
            nested.add(_name(inner))
        elif inner.type in ("parameters", "lambda_parameters"):
            bound |= {_parameter(item) for item in inner.named_children}
        elif inner.type in ("assignment", "for_statement", "for_in_clause", "named_expression", "as_pattern_target"):
            left = inner.child_by_field_name("left") or inner.child_by_field_name("name") or inner
            bound |= {_text(name) for name in _descendants(left) if name.type == "identifier"}
    names = {_parameter(item) for item in (parameters.named_children if parameters else ())}
    is_async = bool(node.children) and node.children[0].type == "async"
    decorators = tuple(_decorators(node))
    return Function(
        name=_name(node),
        owner=owner,
        is_async=is_async,
        is_stub=is_stub_body(body) or any(text.endswith("abstractmethod") for text in decorators),
        parameters=frozenset(names),
        locals=frozenset(bound),
        imports=imports,
        calls=tuple(calls),
        nested=frozenset(nested),
        passed=tuple(filter(None, passed)),
        decorators=decorators,
    )


def _passed(call: Node) -> list[str]:
    """The arguments of a call that are dotted names."""
    arguments = call.child_by_field_name("arguments")
    values = arguments.named_children if arguments is not None else []
    plain = [value.child_by_field_name("value") if value.type == "keyword_argument" else value for value in values]
    return [dotted_text(value) for value in plain if value is not None and value.type != "call"]


def _decorators(node: Node) -> Iterator[str]:
    parent = node.parent
    for child in parent.named_children if parent is not None and parent.type == "decorated_definition" else ():
        if child.type == "decorator":
            what = child.named_children[0]
            yield dotted_text(what.child_by_field_name("function") if what.type == "call" else what)


def _parameter(node: Node) -> str:
    """The name of one parameter, starred or not."""
    while node.type != "identifier" and node.named_children:
        node = node.child_by_field_name("name") or node.named_children[0]
    return _text(node)


def _descendants(node: Node | None) -> Iterator[Node]:
    stack = [node] if node is not None else []
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.named_children))
