"""What the project keeps on its application (`app.state.redis = Redis()`, `app.database = client["x"]`), for readers
that reach it through the request: there the checker knows nothing of `request.app`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.values import value_classes
from awaitify.project.index import File, ancestors, text_of
from awaitify.resolve.model import Insertion

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

APPLICATIONS = {"fastapi.applications.FastAPI", "starlette.applications.Starlette"}
CONNECTIONS = {"starlette.requests.Request", "starlette.requests.HTTPConnection", "starlette.websockets.WebSocket"}
#: Sessions and engines have ways of their own, which are followed from where they are made.
LEFT = ("sqlalchemy.", "sqlmodel.", "builtins.", "typing.", "types.")
HOLDER = "_awaitify_kept"
ASKING = {"getattr", "hasattr"}
MAKERS = {"SimpleNamespace", "State", "Mock", "MagicMock", "NonCallableMock", "NonCallableMagicMock"}


@dataclass(eq=False)
class Kept:
    """values: `state.name` or `name` -> the dotted class of the value; holders: per file, the expressions whose
    attributes they are."""

    values: dict[str, str] = field(default_factory=dict)
    holders: dict[Path, set[str]] = field(default_factory=dict)

    def insertions(self, file: File) -> list[Insertion]:
        """What makes the checker see the values where a file reads them."""
        texts, found = self.holders.get(file.path, set()), []
        for holder, name in _attributes(file) if texts else ():
            if text_of(holder) in texts and _key(holder, name) in self.values and not _is_target(holder.parent):
                found.append(Insertion(holder.start_byte, f"({HOLDER}_{_space(holder)} if 1 else "))
                found.append(Insertion(holder.end_byte, ")"))
        return found

    def declarations(self, imported: Callable[[str], str]) -> list[str]:
        """The classes that hold the values, as lines of code. imported: the name for a dotted name."""
        lines: list[str] = []
        for space in ("state", "app"):
            body = [
                f"    {key.rpartition('.')[2]}: {imported(cls)}"
                for key, cls in sorted(self.values.items())
                if key.startswith("state.") == (space == "state")
            ] or ["    pass"]
            lines += [f"class {HOLDER}_{space}_class:", *body, f"{HOLDER}_{space} = {HOLDER}_{space}_class()"]
        return lines


def find_kept(resolution: Resolution, known: Kept) -> set[File]:
    """Adds what is new; returns the files whose virtual text it changes."""
    reads, writes = _uses(resolution)
    found = {}
    for key in sorted(reads.keys() & writes.keys() - known.values.keys()):
        classes = {_class(resolution, file, holder) for file, holder in writes[key]} - {"None"}
        if len(classes) == 1 and "" not in classes and not _is_replaced(key.rpartition(".")[2], resolution):
            found[key] = classes.pop()
    changed: set[File] = set()
    for key in found:
        for file, holder in reads[key]:
            known.holders.setdefault(file.path, set()).add(text_of(holder))
            changed.add(file)
    known.values.update(found)
    return changed


Places = dict[str, list[tuple[File, Node]]]


def _uses(resolution: Resolution) -> tuple[Places, Places]:
    """Where attributes of the application are read and written (their holders), by key."""
    reads, writes = defaultdict[str, list[tuple[File, Node]]](list), defaultdict[str, list[tuple[File, Node]]](list)
    found = {file: list(_attributes(file)) for file in resolution.project.files}
    wanted = {_key(*item) for items in found.values() for item in items if not _is_target(item[0].parent)}
    for file, items in found.items():
        items = [item for item in items if _key(*item) in wanted]
        roots = [_root(holder) for holder, _ in items]
        for (holder, name), root, targets in zip(items, roots, resolution.classes(file, roots), strict=True):
            stands_in = file.is_test and _is_target(holder.parent) and "." in text_of(holder)
            if stands_in or _is_application(holder, root, {target.name for target in targets}):
                (writes if _is_target(holder.parent) else reads)[_key(holder, name)].append((file, holder))
    return reads, writes


def _attributes(file: File) -> Iterator[tuple[Node, str]]:
    """(holder, name) of `x.state.name`, and of `x.app.name` and `app.name`, whatever they mean."""
    for node in file.names:
        parent = node.parent
        if parent is None or parent.type != "attribute" or parent.child_by_field_name("attribute") != node:
            continue
        holder = parent.child_by_field_name("object")
        if holder is not None and text_of(node) != "state" and holder.type in ("attribute", "identifier"):
            last = text_of(holder).rpartition(".")[2]
            is_variable = holder.type == "identifier" and text_of(holder) != "self"
            if last in ("state", "app") or (is_variable and _is_target(parent)):
                yield holder, text_of(node)


def _root(holder: Node) -> Node:
    """What should be an application or a connection: `app` of `app.state`, `request` of `request.app.state`."""
    inner = holder.child_by_field_name("object") if _space(holder) == "state" else holder
    owner = inner.child_by_field_name("object") if inner is not None and inner.type == "attribute" else None
    is_app = owner is not None and inner is not None and text_of(inner).endswith(".app")
    return owner if is_app and owner is not None else inner or holder


def _is_application(holder: Node, root: Node, classes: set[str]) -> bool:
    inner = holder.child_by_field_name("object") if _space(holder) == "state" else holder
    if inner is None or (classes & CONNECTIONS and inner == root):
        return False  # request.state is another place
    if classes & CONNECTIONS or classes & APPLICATIONS:
        return True
    return _space(holder) == "state" and not classes and text_of(inner).rpartition(".")[2] == "app"


def _space(holder: Node) -> str:
    return "state" if text_of(holder).rpartition(".")[2] == "state" else "app"


def _key(holder: Node, name: str) -> str:
    return f"state.{name}" if _space(holder) == "state" else name


def _is_target(node: Node | None) -> bool:
    """Whether an attribute is assigned to or deleted, alone or among others."""
    parent = node.parent if node is not None else None
    while parent is not None and parent.type in (
        "pattern_list",
        "tuple_pattern",
        "expression_list",
        "as_pattern_target",
    ):
        node, parent = parent, parent.parent
    if parent is None or node is None:
        return False
    return parent.type in ("delete_statement", "as_pattern") or parent.child_by_field_name("left") == node


def _class(resolution: Resolution, file: File, holder: Node) -> str:
    """The class of what is assigned to an attribute; "None", or empty when it is not known."""
    attribute = holder.parent
    assignment = attribute.parent if attribute is not None else None
    value = assignment.child_by_field_name("right") if assignment is not None else None
    if attribute is None or assignment is None or assignment.type != "assignment" or value is None:
        return ""
    if value.type == "none":
        return "None"
    classes = value_classes(resolution, file, [value])[0] or value_classes(resolution, file, [attribute])[0]
    return "" if len(classes) != 1 or min(classes).startswith(LEFT) else min(classes)


def _is_replaced(name: str, resolution: Resolution) -> bool:
    """Whether code may put something else there by the attribute's name in a string (`setattr`, `patch`), or a test
    makes an application of its own that has it (`SimpleNamespace(store=Fake())`)."""
    return any(_puts(file, name) for file in resolution.project.files)


def _puts(file: File, name: str) -> bool:
    written = re.compile(rf"[\"'.]{re.escape(name)}[\"']".encode())
    for match in written.finditer(file.source.text):
        node = file.root.descendant_for_byte_range(match.start(), match.start() + 1)
        call = next((item for item in ancestors(node) if item.type == "call"), None) if node is not None else None
        called = text_of(call.child_by_field_name("function") or call).rpartition(".")[2] if call is not None else ""
        if ("attr" in called or "patch" in called) and called not in ASKING:
            return True
    return file.is_test and any(_is_keyword(node) for node in file.named(name))


def _is_keyword(node: Node) -> bool:
    """Whether a name is a keyword of what makes an object for a test."""
    parent = node.parent
    call = parent.parent.parent if parent is not None and parent.parent is not None else None
    if parent is None or parent.type != "keyword_argument" or parent.child_by_field_name("name") != node:
        return False
    return call is not None and text_of(call.child_by_field_name("function") or call).rpartition(".")[2] in MAKERS
