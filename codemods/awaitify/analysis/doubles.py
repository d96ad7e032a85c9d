"""Async copies of classes: sync code goes on making objects that hold a session, what moves makes its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.data_classes import is_data_class
from awaitify.analysis.effects import Effects
from awaitify.analysis.idle import is_hooked
from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.sources import session_params
from awaitify.project.index import Class, File, Function, ancestors, is_imported, is_within, text_of

#: Values that a class and its copy can have each for itself.
PLAIN = {
    "identifier", "attribute", "string", "concatenated_string", "integer", "float", "true", "false", "none", "tuple",
    "unary_operator", "binary_operator", "subscript", "ellipsis", "call",
}  # fmt: skip
MAKING_NOTHING = {"Depends", "field", "getLogger", "get_logger", "TypeVar"}
OWN_NAME = re.compile(
    r"__class__|\btype\(self\)|(?<![\w.])(?:cls|self|_*[A-Z]\w*)\.__(?:qual)?name__|\bcls\.\w+ [-+*/|]?= "
)


@dataclass(eq=False)
class Doubles:
    """Which classes can have an async copy beside them. reached: what routes reach; _ports: what each stands for."""

    resolution: Resolution
    effects: Effects
    reached: Collection[Function] = frozenset()
    _holds: dict[Class, bool] = field(default_factory=dict)
    _groups: dict[Class, frozenset[Class]] = field(default_factory=dict)
    _ports: dict[Class, set[Class]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for method, others in self.resolution.overrides.items():
            port = method.cls if not method.file.is_test else None
            for heir in [other.cls for other in others if not other.file.is_test]:
                if port is not None and heir is not None:
                    self._ports[heir].add(port)

    def group(self, cls: Class) -> frozenset[Class]:
        """The class, with its bases and heirs that hold a session too: they are copied together. Empty where one of
        them cannot be."""
        if cls not in self._groups:
            members = self._relatives(cls) if self.holds(cls) else {cls}
            is_whole = self.holds(cls) and all(self._is_plain(item) for item in members)
            self._groups |= dict.fromkeys(members, frozenset(members if is_whole else ()))
        return self._groups[cls]

    def made(self, function: Function) -> set[Class]:
        """The classes of the objects with a session that a function makes."""
        found = {item.cls for call in function.calls for item in self.resolution.functions(call)}
        return {cls for cls in found if cls is not None and self.holds(cls)}

    def holds(self, cls: Class) -> bool:
        """Whether an object of a class keeps a session, or another object that does."""
        if cls not in self._holds:
            found, todo, seen = False, [cls], set[Class]()
            while todo and not found:
                current = todo.pop()
                if current in seen:
                    continue
                seen.add(current)
                owner = next((item for item in self.resolution.lineage(current) if "__init__" in item.methods), None)
                init = owner.methods["__init__"] if owner is not None else None
                found = self._holds.get(current, bool(init is not None and session_params(init, self.resolution)))
                if current not in self._holds:
                    todo += [*(self._kept(init) if init is not None else ()), *self._implementing(current)]
            self._holds[cls] = found
        return self._holds[cls]

    def used(self, classes: Iterable[Class | None]) -> set[Class]:
        """These classes, with those that they are copied with, and those of the objects that they keep."""
        found, todo = set[Class](), [cls for cls in classes if cls is not None]
        while todo:
            cls = todo.pop()
            if cls not in found:
                found.add(cls)
                todo += self.group(cls)
                todo += self._kept(cls.methods["__init__"]) if "__init__" in cls.methods else ()
        return found

    def _kept(self, init: Function) -> Iterable[Class]:
        """The classes of what a constructor takes and makes."""
        classes = self.resolution.project.classes
        for param in init.params[1:]:
            names = self.resolution.class_names(init.file, param.node)
            yield from (classes[name] for name in sorted(names) if name in classes)
        for call in init.calls:
            yield from (item.cls for item in self.resolution.functions(call) if item.cls and item.name == "__init__")

    def _implementing(self, cls: Class) -> list[Class]:
        """What stands where the class is asked for: its heirs, or what has the shape of a protocol."""
        others = [other.cls for method in cls.methods.values() for other in self.resolution.overrides.get(method, ())]
        return list(dict.fromkeys(item for item in others if item is not None and not item.file.is_test))

    def _relatives(self, cls: Class) -> set[Class]:
        found, todo = set[Class](), [cls]
        while todo:
            current = todo.pop()
            if current in found or not (self.holds(current) or current.methods.keys() & cls.methods.keys()):
                continue
            found.add(current)
            todo += [*self.resolution.bases(current), *self._ports[current], *self._implementing(current)]
            todo += [
                item
                for item in self.resolution.project.classes.values()
                if current in self.resolution.bases(item) and not item.file.is_test
            ]
        return found

    def _is_plain(self, cls: Class) -> bool:
        """Whether a copy under another name does the same: nothing but code, annotations and `Depends` names it."""
        parent = cls.outer.parent
        if parent is None or parent.type != "module" or cls.file.is_test or self._is_taken(cls):
            return False
        if (
            is_shared(cls)
            or cls.id in self.effects.mapping.classes
            or is_hooked(cls, self.effects)
            or self._is_told(cls)
        ):
            return False
        made = {method for provider in self.effects.containers.by_call.values() for method in _methods(provider.target)}
        own = set(cls.methods.values())
        if own & made or {"__enter__", "__call__", "__new__", "__init_subclass__"} & cls.methods.keys():
            return False
        return all(_is_followed(node) or self._is_run(file, node) for file, node in self.named(cls))

    def _is_run(self, file: File, node: Node) -> bool:
        """Whether a name stands in what only runs as a script."""
        if any(parent.type == "if_statement" and "__name__" in text_of(parent) for parent in ancestors(node)):
            return True
        if any(item.module.partition(".")[0] == "fastapi" for item in file.imports):
            return False
        imports = [(item, other) for other in self.resolution.project.files for item in other.imports]
        homes = ((other.absolute(item.module, item.level), item.name) for item, other in imports if other is not file)
        return not any(file.module in (home, f"{home}.{name}") for home, name in homes)

    def _is_taken(self, cls: Class) -> bool:
        """Whether something else has the name of the copy."""
        name, defined = async_name(cls.name), (*cls.file.classes, *cls.file.functions)
        is_there = name in cls.file.words or any(item.name == name for item in defined)
        return is_there and cls not in self.effects.class_copies

    def _is_told(self, cls: Class) -> bool:
        """Whether a string names it, but as a type in its own module or to pass it on, or tests replace what it has:
        they would replace that of the original alone."""
        quoted = re.compile(rf"[\"'][\w.]*\b{cls.name}\b[\[\].\w]*[\"']".encode())
        dotted = rf"[\"']\w[\w.]*\.{cls.name}\b[.\w]*[\"']"
        patched = re.compile(rf"{dotted}|(?:setattr|patch\.object)\(\s*{cls.name}\b".encode())
        types = {node.start_byte for node in quoted_types(cls.file, cls.name)}
        by_star = any(file is not cls.file and not _is_taken_by_name(file, node) for file, node in self.named(cls))
        for file in self.resolution.project.files:
            if file.is_test:
                if any(self._reaches(cls, match.group().decode()) for match in patched.finditer(file.source.text)):
                    return True
                continue
            passed = set() if by_star else {node.start_byte for node in _listed(file, cls.name)}
            known = passed | (types if file is cls.file else set())
            if any(match.start() not in known for match in quoted.finditer(file.source.text)):
                return True
        return False

    def _reaches(self, cls: Class, patched: str) -> bool:
        """Whether a patch of a class may be meant for what routes reach: not that of a module's name for it
        (`"app.jobs.Items"`) where only other code reads it."""
        module, _, name = patched.strip("\"'").rpartition(".")
        home = next((file for file in self.resolution.project.files if file.module == module), None)
        if home is None or home is cls.file or name != cls.name:
            return True
        spots = [node for file, node in self.named(cls) if file is home]
        readers = [item for item in home.functions for node in spots if is_within(node, item.node)]
        outside = any(not any(is_within(node, item.node) for item in home.functions) for node in spots)
        return outside or not spots or not set(self.reached).isdisjoint(readers)

    def named(self, cls: Class) -> Iterable[tuple[File, Node]]:
        """Where the name of a class stands, outside the tests and imports."""
        for file in self.resolution.project.files:
            nodes = [node for node in file.named(cls.name) if not is_imported(node) and not file.is_test]
            nodes = [node for node in nodes if node != cls.name_node]
            for node, targets in zip(nodes, self.resolution.definitions(file, nodes), strict=True):
                if not targets or any(
                    self.resolution.project.definition(item.path, item.offset) is cls for item in targets
                ):
                    yield file, node


def quoted_types(file: File, name: str) -> list[Node]:
    """The strings that stand in annotations, and name a class: `-> "Name"`, `list["Name"]`."""
    found, text = [], file.source.text
    for match in re.finditer(rf"[\"']{name}[\"']".encode(), text):
        node = file.root.descendant_for_byte_range(match.start(), match.end())
        above = [parent.type for parent in ancestors(node)] if node is not None and node.type == "string" else []
        if node is not None and "type" in above and not {"call", "binary_operator"} & set(above[: above.index("type")]):
            found.append(node)
    return found


def _is_taken_by_name(file: File, node: Node) -> bool:
    """Whether a file imports the name that it uses, or has it from a module: not by `import *`."""
    is_member = node.parent is not None and node.parent.type == "attribute"
    return is_member or any(item.local == text_of(node) for item in file.imports)


def _listed(file: File, name: str) -> list[Node]:
    """The strings of `__all__` that say a name which the module imports."""
    if not any(item.local == name and item.is_top for item in file.imports):
        return []
    lists = [node.parent.child_by_field_name("right") for node in file.named("__all__") if node.parent is not None]
    parts = [item for node in lists if node is not None for item in node.named_children if item.type == "string"]
    return [item for item in parts if text_of(item).strip("\"'") == name]


def is_shared(cls: Class) -> bool:
    """Whether there is more to a class than what its objects do: decorators, what all its objects share, its name."""
    decorators = [item for item in cls.outer.children if item.type == "decorator"]
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        node = statement.named_children[0] if statement.named_children else statement
        value = node.child_by_field_name("right") if node.type == "assignment" else None
        callee = value.child_by_field_name("function") if value is not None and value.type == "call" else None
        if value is not None and (value.type not in PLAIN or (callee and _last(callee) not in MAKING_NOTHING)):
            return True
    return len(decorators) > is_data_class(cls) or bool(OWN_NAME.search(text_of(cls.node)))


def _last(node: Node) -> str:
    return text_of(node).rpartition(".")[2]


def _is_followed(node: Node) -> bool:
    """Whether a name stands in a function, in a type, among bases, or in an alias of a dependency."""
    holder = node.parent if node.parent is not None and node.parent.type == "attribute" else node
    outer = holder.parent
    is_set = outer is not None and outer.type in ("assignment", "augmented_assignment")
    if is_set and outer is not None and outer.child_by_field_name("left") == holder:  # what all objects share
        return False
    if any(parent.type == "function_definition" for parent in ancestors(node)):
        return True
    for parent in ancestors(node):
        if parent.type == "class_definition":
            return True
        if parent.type == "assignment":
            right = parent.child_by_field_name("right")
            return right is None or not is_within(node, right) or "Depends" in text_of(right)
    return False


def _methods(target: Function | Class | None) -> Iterable[Function]:
    return target.methods.values() if isinstance(target, Class) else ()
