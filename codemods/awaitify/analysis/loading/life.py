"""The life of one local object in a function: made, changed, flushed, refreshed; by position in the source."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.flushing import FLUSHES, Flushing
from awaitify.analysis.loading.names import keyword, last_name, positional, string_value, walk
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import Function, Project, ancestors, text_of


@dataclass(eq=False, slots=True)
class Life:
    """added: whether it is given to `add`; given: the attributes that are assigned, with the offsets. made, changed:
    offsets of its constructor assignments and of changes to a column; flushes, refreshes: the calls. names of a
    refresh: the attributes that it loads, () for all."""

    name: str
    added: bool = False
    given: dict[str, list[int]] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    flushes: list[Node] = field(default_factory=list)
    refreshes: list[tuple[Node, tuple[str, ...]]] = field(default_factory=list)

    def flushes_between(self, after: int, before: int) -> list[Node]:
        """The last flush or commit of each block between two offsets."""
        found = {block_of(node): node for node in self.flushes if after <= node.start_byte < before}
        return list(found.values())

    def is_refreshed(self, flush: Node, reader: Node, attr: str, whole: bool = True) -> bool:
        """Whether a refresh after the flush certainly comes before the reader and loads the attribute.

        whole: a refresh without names loads it too."""
        for node, names in self.refreshes:
            named = attr in names or (whole and not names)
            loads = flush.start_byte <= node.start_byte < reader.start_byte and named
            if loads and (dominates(node, reader) or block_of(node) == block_of(flush)):
                return True
        return False

    def is_unloaded(self, after: int, before: int) -> bool:
        """Whether the whole object is refreshed between two offsets."""
        return any(after < node.start_byte < before and not names for node, names in self.refreshes)


def block_of(node: Node) -> int:
    """The identity of the block that a node's statement stands in."""
    block = statement_of(node).parent
    return block.id if block is not None else 0


def dominates(node: Node, reader: Node) -> bool:
    """Whether a statement that completes is always passed on the way to the reader (`try` and `with` bodies count)."""
    block = statement_of(node).parent
    above = {item.id for item in ancestors(reader)}
    while block is not None and block.id not in above:
        holder = block.parent
        if holder is None or holder.type not in ("try_statement", "with_statement"):
            return False
        block = statement_of(holder).parent
    return block is not None


class Lives:
    """Reads lives; knows by name which project functions flush, refresh or change what they are given."""

    def __init__(self, project: Project, types: Types):
        self.flushes = Flushing(types)
        self.flushing: set[str] = set()
        self.refreshing: set[str] = set()
        self.changing = changing_functions(project)
        for function in project.functions.values():
            if function.file.is_test:
                continue
            called = {last_name(call.callee) for call in function.calls}
            if called & FLUSHES and function.name not in FLUSHES:
                self.flushing.add(function.name)
            if "refresh" in called:
                self.refreshing.add(function.name)
        self.cache: dict[tuple[str, str], Life] = {}

    def of(self, function: Function, name: str) -> Life:
        """The life of the object that a local name holds."""
        if (function.id, name) not in self.cache:
            life = Life(name)
            for node in walk(function.node):
                if node.type == "call":
                    self._call(node, life)
                    if node not in life.flushes and self.flushes.may_flush(function, node):
                        life.flushes.append(node)
                elif node.type in ("assignment", "augmented_assignment"):
                    _assignment(node, life)
                    life.flushes += self._flushes_of(function, node, name)
            self.cache[function.id, name] = life
        return self.cache[function.id, name]

    def _flushes_of(self, function: Function, node: Node, name: str) -> list[Node]:
        """The calls that flush what they are given, or make, before a name gets it: `row = save(Row())`."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or text_of(left) != name:
            return []
        return [item for item in walk(right) if item.type == "call" and self._may_flush(function, item)]

    def _may_flush(self, function: Function, node: Node) -> bool:
        """Whether a call of the project flushes; by its name where nothing tells what it means."""
        if not self.flushes.is_told(function, node):
            return last_name(node) in self.flushing
        return self.flushes.may_flush(function, node)

    def _call(self, node: Node, life: Life) -> None:
        called, arguments = last_name(node), positional(node)
        callee = node.child_by_field_name("function")
        base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
        held = any(text_of(item) == life.name for item in arguments) or _is_keyword(node, life.name)
        own = base is not None and text_of(base) == life.name
        if called in FLUSHES and base is not None and not own:
            life.flushes.append(node)
        elif called == "refresh" and held and base is not None:
            life.refreshes.append((node, refreshed_names(node)))
        elif called in ("add", "add_all") and held:
            life.added = True
        elif (called == "setattr" and arguments and text_of(arguments[0]) == life.name) or (
            own and called in ("sqlmodel_update", "update", "update_from_dict")
        ):
            life.changed.append(node.start_byte)
        elif held or own:
            if called in self.changing:
                life.changed.append(node.start_byte)
            if called in self.flushing:
                life.flushes.append(node)
            if called in self.refreshing:
                life.refreshes.append((node, ()))


def changing_functions(project: Project) -> set[str]:
    """The names of functions that assign attributes of an object which they are given, or hand it to one that does."""
    found: set[str] = set()
    handing: dict[str, set[str]] = {}
    for function in project.functions.values():
        params = {param.name for param in function.params}
        if function.file.is_test or not params or function.name == "__init__":
            continue
        for node in walk(function.node):
            if node.type in ("assignment", "augmented_assignment"):
                left = node.child_by_field_name("left")
                owner = left.child_by_field_name("object") if left is not None and left.type == "attribute" else None
                if owner is not None and text_of(owner) in params:
                    found.add(function.name)
            elif node.type == "call":
                given = {text_of(item) for item in positional(node)} & params
                if given and last_name(node) == "setattr":
                    found.add(function.name)
                elif given:
                    handing.setdefault(last_name(node), set()).add(function.name)
    todo = list(found)
    while todo:
        new = handing.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def _is_keyword(call: Node, name: str) -> bool:
    arguments = call.child_by_field_name("arguments")
    children = arguments.named_children if arguments else []
    values = [child.child_by_field_name("value") for child in children if child.type == "keyword_argument"]
    return any(value is not None and text_of(value) == name for value in values)


def refreshed_names(node: Node) -> tuple[str, ...]:
    """The attributes that a call of `refresh` names; none for all of them."""
    written = _names_given(node)
    if written is None or written.type not in ("list", "tuple"):
        return ()
    return tuple(string_value(item) or "" for item in written.named_children)


def refreshed_whole(node: Node) -> Node | None:
    """The object of a call of `refresh` or `expire` that names no attributes."""
    if last_name(node) not in ("refresh", "expire"):
        return None
    written = _names_given(node)
    is_whole = written is None or written.type == "none"
    return (keyword(node, "instance") or next(iter(positional(node)), None)) if is_whole else None


def _names_given(node: Node) -> Node | None:
    arguments = positional(node)
    return keyword(node, "attribute_names") or (arguments[1] if len(arguments) > 1 else None)


def _assignment(node: Node, life: Life) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    if left.type == "attribute" and text_of(left.child_by_field_name("object") or left) == life.name:
        life.changed.append(node.start_byte)
        life.given.setdefault(text_of(left).rpartition(".")[2], []).append(node.start_byte)
    elif left.type == "identifier" and text_of(left) == life.name:
        life.made.append(node.start_byte)
