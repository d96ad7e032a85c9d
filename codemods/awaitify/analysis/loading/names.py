"""Which class of the project a written name means: through imports and re-exports, without a type checker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from tree_sitter import Node

from awaitify.project.index import Class, File, Project, ancestors, is_within, text_of
from awaitify.project.made_bases import made_bases

CONTAINERS = {
    "list",
    "List",
    "set",
    "Set",
    "Sequence",
    "Iterable",
    "Collection",
    "tuple",
    "Tuple",
    "frozenset",
    "deque",
}


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in source order."""
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(reversed(item.named_children))


def walk_own(function: Node) -> Iterator[Node]:
    """A function's nodes without those of the functions inside it."""
    stack = list(reversed(function.named_children))
    while stack:
        item = stack.pop()
        yield item
        if item.type != "function_definition":
            stack.extend(reversed(item.named_children))


def loops_around(node: Node) -> list[Node]:
    """The loops that come back to a node: not the one that goes over it, which reads it once."""
    loops = [item for item in ancestors(node) if item.type in ("for_statement", "while_statement")]
    return [item for item in loops if (over := item.child_by_field_name("right")) is None or not is_within(node, over)]


def last_name(node: Node | None) -> str:
    """The last part of a dotted name, of a call's callee or of a subscript's value; "" for anything else."""
    while node is not None and node.type in ("call", "subscript"):
        node = node.child_by_field_name("function" if node.type == "call" else "value")
    if node is None or node.type not in ("identifier", "attribute"):
        return ""
    return text_of(node).rpartition(".")[2]


def keyword(call: Node, name: str) -> Node | None:
    """The value of a call's (or a class header's) keyword argument."""
    arguments = call.child_by_field_name("arguments") or call.child_by_field_name("superclasses")
    for child in arguments.named_children if arguments else []:
        key = child.child_by_field_name("name") if child.type == "keyword_argument" else None
        if key is not None and text_of(key) == name:
            return child.child_by_field_name("value")
    return None


def positional(call: Node) -> list[Node]:
    """A call's positional arguments."""
    arguments = call.child_by_field_name("arguments")
    skipped = ("keyword_argument", "comment", "dictionary_splat", "list_splat")
    return [child for child in arguments.named_children if child.type not in skipped] if arguments else []


def string_value(node: Node | None) -> str | None:
    """The content of a plain string literal."""
    if node is None or node.type != "string" or any(child.type == "interpolation" for child in node.named_children):
        return None
    return "".join(text_of(child) for child in node.named_children if child.type == "string_content")


class Names:
    """Look-ups of classes by the name that a file writes."""

    def __init__(self, project: Project):
        self.project = project
        self.modules = {file.module: file for file in project.files}
        self.near: dict[str, File | None] = {}
        self.found: dict[tuple[str, str], Class | None] = {}
        self.above: dict[str, list[Class]] = {}
        self.by_name: dict[str, list[Class]] = {}
        for file in project.files:
            for cls in file.classes:
                self.by_name.setdefault(cls.name, []).append(cls)

    def find(self, file: File, name: str) -> Class | None:
        """The class that a (dotted) name means in a file; when imports do not tell, the only one of that name."""
        key = (file.module, name)
        if key not in self.found:
            self.found[key] = self._find(file, name)
        return self.found[key]

    def _find(self, file: File, name: str) -> Class | None:
        found = self.imported(file, name, set()) if name.isascii() and len(name) < 200 else None
        last = name.rpartition(".")[2]
        if found is None and len(self.by_name.get(last, [])) == 1 and not self.is_foreign(file, name):
            found = self.by_name[last][0]
        return found

    def is_foreign(self, file: File, name: str) -> bool:
        """Whether the file imports that name from outside the project."""
        first = name.partition(".")[0]
        hits = [item for item in file.imports if item.local.partition(".")[0] == first and item.level == 0]
        return bool(hits) and all(self.module(item.module or item.name, file, 0) is None for item in hits)

    def imported(self, file: File, name: str, seen: set[tuple[str, str]]) -> Class | None:
        """The class behind a name by definition, import, re-export or star import."""
        if (file.module, name) in seen:
            return None
        seen.add((file.module, name))
        own = self.project.classes.get(f"{file.module}.{name}")
        if own is not None:
            return own
        made = next((item.cls for item in made_bases(file) if text_of(item.name) == name), None)
        if made is not None:
            return self.imported(file, text_of(made), seen)
        first, _, rest = name.partition(".")
        for item in file.imports:
            found = self._through(file, item.local, item.module, item.name, item.level, first, rest, name, seen)
            if found is not None:
                return found
        return None

    def _through(
        self, file: File, local: str, module: str, name: str, level: int, first: str, rest: str, full: str,
        seen: set[tuple[str, str]],
    ) -> Class | None:  # fmt: skip
        if local == "*" or name == "*":
            target = self.module(module, file, level)
            return self.imported(target, full, seen) if target else None
        if local.partition(".")[0] != first:
            return None
        base = self.module(module, file, level) if module or level else None
        if not rest:
            return self.imported(base, name, seen) if base else None
        inner = self.module(f"{module}.{name}" if module else name, file, level)
        if inner is None and not module and full.startswith(local + "."):
            inner, rest = self.module(local, file, 0), full[len(local) + 1 :]
        return self.imported(inner, rest, seen) if inner else None

    def leads_to(self, start: File, goal: File) -> bool:
        """Whether importing one file imports another."""
        seen, queue = {start.module}, [start]
        while queue:
            file = queue.pop()
            if file is goal:
                return True
            for item in file.imports:
                parts = (item.module, f"{item.module}.{item.name}" if item.module else item.name)
                for found in (self.module(part, file, item.level) for part in parts if part or item.level):
                    if found is not None and found.module not in seen:
                        seen.add(found.module)
                        queue.append(found)
        return False

    def module(self, module: str, file: File, level: int) -> File | None:
        """The project's file of a module's name, seen from a file."""
        if level:
            parts = file.module.split(".")
            keep = len(parts) - level + (file.path.name == "__init__.py")
            module = ".".join([*parts[: max(keep, 0)], *([module] if module else [])])
        found = self.modules.get(module)
        if found is None and module and not level:
            # A service may be run from a folder that is not a source root of its own.
            found = self._near(module)
        return found

    def _near(self, module: str) -> File | None:
        """The only file whose module's name ends so."""
        if module not in self.near:
            found = [item for name, item in self.modules.items() if name.endswith("." + module)]
            self.near[module] = found[0] if len(found) == 1 else None
        return self.near[module]

    def bases(self, cls: Class) -> list[Class]:
        """The class and its bases within the project, nearest first."""
        if cls.id in self.above:
            return self.above[cls.id]
        order: dict[str, Class] = {cls.id: cls}
        queue = [cls]
        while queue:
            item = queue.pop(0)
            for base in item.bases:
                node = base.child_by_field_name("value") if base.type == "subscript" else base
                found = self.find(item.file, text_of(node)) if node is not None else None
                if found is not None and found.id not in order:
                    order[found.id] = found
                    queue.append(found)
        self.above[cls.id] = list(order.values())
        return self.above[cls.id]

    def foreign_bases(self, cls: Class) -> set[str]:
        """The last names of all bases, of project bases too, that may stand outside the project."""
        return {last_name(base) for item in self.bases(cls) for base in item.bases}

    @cached_property
    def behind_bases(self) -> set[str]:
        """The classes that declarative bases are made of."""
        named = ((file, text_of(made.cls)) for file in self.project.files for made in made_bases(file))
        return {cls.id for file, name in named if (cls := self.find(file, name)) is not None}

    def is_session(self, file: File, text: str) -> bool:
        """Whether an annotation or a default names a database session: not where a class of the project only has such
        a name (`UserSession` of a login)."""
        if re.search(r"\bget_db\b", text):
            return True
        found = [(word, self.find(file, word)) for word in re.findall(r"\b\w*Session\b", text)]
        return any(cls is None or "Session" in self.foreign_bases(cls) for _, cls in found)

    def in_annotation(self, file: File, node: Node) -> list[Class]:
        """The project's classes that an annotation names, strings inside included, in source order."""
        found: dict[str, Class] = {}
        for name in _names_in(node):
            cls = self.find(file, name)
            if cls is not None:
                found.setdefault(cls.id, cls)
        return list(found.values())


def _names_in(node: Node) -> Iterator[str]:
    stack = [node]
    while stack:
        item = stack.pop()
        if item.type in ("attribute", "identifier"):
            yield text_of(item)
        elif item.type == "string":
            yield from names_in_text(string_value(item) or "")
        elif item.type != "call":  # Depends(...) inside Annotated is no type
            stack.extend(reversed(item.named_children))


def is_of_sqlalchemy(name: str) -> bool:
    """Whether a dotted name is SQLAlchemy's, or SQLModel's."""
    return name.partition(".")[0] in ("sqlalchemy", "sqlmodel")


def names_in_text(text: str) -> list[str]:
    """Dotted names in the text of an annotation."""
    cleaned = "".join(char if char.isalnum() or char in "._" else " " for char in text)
    return [word for word in cleaned.split() if not word[0].isdigit()]


def is_collection(text: str) -> bool:
    """Whether an annotation's text is that of a list, a set, or another collection."""
    words = names_in_text(text)
    return any(word.rpartition(".")[2] in CONTAINERS for word in words)


def is_dict(text: str) -> bool:
    """Whether an annotation's text is that of a dictionary."""
    words = names_in_text(text)
    return bool(words) and words[0].rpartition(".")[2] in ("dict", "Dict", "Mapping", "MutableMapping", "defaultdict")
