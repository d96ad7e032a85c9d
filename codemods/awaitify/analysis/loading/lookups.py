"""Look-ups of names, calls and types: by the type checker's answers, else by reading."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.loading.bindings import Bindings, bindings_of
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.mapping.model import Mapping
from awaitify.project.index import Call, Class, File, Function, Project, text_of
from awaitify.resolve.model import Point, Target
from awaitify.resolve.oracle import Oracle

UNKNOWN_TYPES = {"Any", "Unknown", "object", "TypeVar", "NoneType", "Todo"}


class Lookups:
    """Answers of the type checker are put in `known` by the offset of the expression's last name."""

    def __init__(self, project: Project, mapping: Mapping, oracle: Oracle):
        self.project, self.mapping, self.oracle = project, mapping, oracle
        self.known: dict[tuple[str, int], tuple[Target, ...]] = {}
        self.bound: dict[str, Bindings] = {}
        self.named: dict[str, list[Function]] = {}
        for item in project.functions.values():
            self.named.setdefault(item.name, []).append(item)
        self.called: dict[tuple[str, int, int], list[Function]] = {}
        self._calls: dict[str, list[Call]] | None = None

    def ask(self, asked: list[tuple[Function, Node]]) -> None:
        """Asks the type checker about names and attributes, all at once."""
        points, keys = [], []
        for function, node in asked:
            offset = last_offset(node)
            key = (function.file.source.relative, offset)
            if offset >= 0 and key not in self.known:
                self.known[key] = ()
                keys.append(key)
                points.append(Point(function.file.path, offset))
        for key, targets in zip(keys, self.oracle.types(points) if points else [], strict=True):
            self.known[key] = targets

    def raw(self, function: Function, node: Node) -> list[str]:
        """The names that the type checker gives, `NoneType` among them."""
        targets = self.known.get((function.file.source.relative, last_offset(node)), ())
        return [target.name for target in targets]

    def told(self, function: Function, node: Node) -> list[str] | None:
        """The classes that the type checker names, as ids or dotted names; None when it does not know."""
        offset = last_offset(node)
        targets = self.known.get((function.file.source.relative, offset), ())
        found = []
        for target in targets:
            if target.name.rpartition(".")[2] in UNKNOWN_TYPES:
                continue
            owner = self.project.definition(target.path, target.offset)
            found.append(owner.id if isinstance(owner, Class) else target.name)
        return found or None

    def owners(self, function: Function, attribute: Node) -> list[Class]:
        """The project classes that define an attribute which is read, as the type checker says; empty when it does not,
        or names something else as well."""
        targets = self.oracle.definitions([Point(function.file.path, attribute.start_byte)])[0]
        files = [self.project.by_path.get(target.path) if target.path else None for target in targets]
        found = [
            cls
            for target, file in zip(targets, files, strict=True)
            for cls in (file.classes if file is not None else ())
            if cls.node.start_byte <= target.offset < cls.node.end_byte
        ]
        return found if found and all(file is not None for file in files) else []

    def bindings(self, function: Function) -> Bindings:
        """Name -> (how, expression) of each binding in a function."""
        if function.id not in self.bound:
            self.bound[function.id] = bindings_of(function)
        return self.bound[function.id]

    def aliased(self, function: Function, name: str) -> Iterator[tuple[File, Node]]:
        """What a name of a module, own or imported, is assigned (`CurrentUser = Annotated[...]`)."""
        item = next((item for item in function.file.imports if item.local == name), None)
        names = [name, item.name] if item else [name]
        for file in self.project.files:
            if file is not function.file and (item is None or not file.module.endswith(item.module.lstrip("."))):
                continue
            for child in file.root.named_children:
                inner = child.named_children[0] if child.type == "expression_statement" else child
                left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
                if left is not None and right is not None and text_of(left) in names:
                    yield file, right

    def class_called(self, function: Function, callee: Node) -> Class | None:
        """The class that a callee means: `Item`; `cls` in a class method of `Item`, `type(self)` in any of it."""
        text, own = text_of(callee), function.params[0].name if function.cls is not None and function.params else ""
        is_own = text == own and any("classmethod" in text_of(item) for item in function.decorators)
        if own and (is_own or text in (f"type({own})", f"{own}.__class__")):
            return function.cls
        return self.mapping.names.find(function.file, text)

    def is_told(self, function: Function, node: Node) -> bool:
        """Whether the type checker knows which project function a call means."""
        return bool(self.called.get((function.file.source.relative, node.start_byte, node.end_byte)))

    def callees(self, function: Function, node: Node) -> list[Function]:
        """The project functions that a call may mean: as the type checker says, else by `self` or by name."""
        told = self.called.get((function.file.source.relative, node.start_byte, node.end_byte))
        if told:
            return told
        name, callee = last_name(node), node.child_by_field_name("function")
        if name == "run_sync" and positional(node):
            return self._handed(function, positional(node)[0])
        if callee is not None and function.cls is not None and text_of(callee) == f"self.{name}":
            own = [base.methods[name] for base in self.mapping.names.bases(function.cls) if name in base.methods]
            if own:
                return own[:1]
        return [item for item in self.named.get(name, []) if not item.file.is_test]

    def _handed(self, function: Function, node: Node) -> list[Function]:
        """What `db.run_sync(f, x)` calls, with a session in the place of `f`; of a lambda: what it calls."""
        if node.type == "lambda":
            body = node.child_by_field_name("body")
            return self.callees(function, body) if body is not None and body.type == "call" else []
        offset = last_offset(node)
        key = (function.file.source.relative, node.start_byte, node.end_byte)
        if offset >= 0 and key not in self.called:
            targets = self.oracle.definitions([Point(function.file.path, offset)])[0]
            found = [self.project.definition(target.path, target.offset) for target in targets]
            functions = [item for item in found if isinstance(item, Function)]
            self.called[key] = functions or [
                item for item in self.named.get(last_name(node), ()) if not item.file.is_test
            ]
        return self.called.get(key, [])

    def calls_of(self, function: Function) -> list[Call]:
        """The calls in functions, outside the tests, that may mean one."""
        if self._calls is None:
            self._calls = {}
            for item in self.project.functions.values():
                for call in item.calls if not item.file.is_test else ():
                    self._calls.setdefault(last_name(call.callee), []).append(call)
        found = self._calls.get(function.name, ())
        return [call for call in found if call.function and function in self.callees(call.function, call.node)]


def last_offset(node: Node) -> int:
    """Where to ask about an expression: its last name; -1 when it has none."""
    if node.type == "identifier":
        return node.start_byte
    if node.type == "attribute":
        attribute = node.child_by_field_name("attribute")
        return attribute.start_byte if attribute else -1
    return -1
