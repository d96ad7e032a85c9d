"""Operators and properties of what libraries give: `for page in client.pages()`, `repository.owner`, `len(found)`.

The object of a library may ask its service as it is read. Where such a place stands no call tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.knowledge.library_facts import STANDARD_LIBRARY
from awaitify.analysis.loading.names import walk
from awaitify.analysis.operators import METHODS, operands
from awaitify.analysis.results import parsed, returned_classes
from awaitify.project.index import Call, Function, ancestors, is_within, text_of
from awaitify.resolve.model import Target

READS = ("property", "cached_property")
HOOK = "__getattr__"
OWN_NAME = re.compile(r"\bself\.(\w+)|^ {4}(?:def |async def )?(\w+)", re.MULTILINE)
#: What waits: the method or the property -> its full name. Beside a hook for attributes, those that do without it.
Members = dict[str, str]


def find_foreign_operations(effects: Effects) -> Iterator[tuple[Function, Implicit]]:
    """The places that run what a library's object does by an operator or as a property is read."""
    calls = [effect.call for effect in effects.by_call.values() if _is_asked(effect)]
    classes = returned_classes(calls, effects.resolution)
    for call in calls:
        made = {target for target in effects.resolution.targets.get(call, ()) if target.kind == "class"}
        members: Members = {}
        for target in sorted({*classes.get(call, ()), *made}, key=lambda item: item.name):
            members |= _waiting(target, effects)
        if members and call.function is not None:
            for node in _held(call, call.function):
                yield from ((call.function, Implicit(place, (), foreign=name)) for place, name in _run(node, members))


def _is_asked(effect: Effect) -> bool:
    """Whether no rule was written for what the library gives."""
    function, fact = effect.call.function, effect.fact
    if function is None or function.file.is_test or function.is_async or fact is None:
        return False
    is_known = fact.is_ruled or fact.library == STANDARD_LIBRARY
    return effect.kind in ("bridge", "harmless") and (fact.has_objects or not is_known)


def _waiting(target: Target, effects: Effects) -> Members:
    """The operators and properties of a library's class that may block, by its source."""
    if target.in_project or target.path is None:
        return {}
    owner = target.name.removesuffix(".__init__").removesuffix(".__new__")
    ruled = effects.knowledge.fact(owner)
    if ruled.is_ruled and not ruled.has_objects:
        return {}
    found: Members = {}
    members = _members(target.path, owner.rpartition(".")[2])
    module = owner.rpartition(".")[0]
    for name, cls in members.items():
        if name.startswith("."):
            continue
        kind = effects.knowledge.of_source(f"{module}.{cls}.{name}", target.path).kind
        if kind == "blocks" or (kind == "unknown" and ruled.is_ruled):
            found[name] = f"{owner}.{name}"
    return found | ({name: "" for name in members if name.startswith(".")} if HOOK in found else {})


@cache
def _members(path: Path, name: str) -> dict[str, str]:
    """What of a class, and of its bases in the same file, runs without a call, and which class has it; and with a dot
    before, the names that it has itself."""
    root = parsed(path)
    bodies = {text_of(node.child_by_field_name("name") or node): node for node in (walk(root) if root else ())
              if node.type == "class_definition"}  # fmt: skip
    found: dict[str, str] = {}
    todo = [name]
    while todo:
        current = todo.pop(0)
        node = bodies.pop(current, None)
        if node is not None:
            words = (word for pair in OWN_NAME.findall(text_of(node)) for word in pair if word)
            found = {**dict.fromkeys(_own(node), current), **dict.fromkeys((f".{word}" for word in words), ""), **found}
            bases = node.child_by_field_name("superclasses")
            todo += [text_of(base).partition("[")[0] for base in (bases.named_children if bases is not None else ())]
    return found


def _own(cls: Node) -> Iterator[str]:
    body = cls.child_by_field_name("body")
    for child in body.named_children if body is not None else ():
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is None or inner.type != "function_definition":
            continue
        name = text_of(inner.child_by_field_name("name") or inner)
        marks = [text_of(item).lstrip("@").rpartition(".")[2] for item in child.named_children
                 if item.type == "decorator"]  # fmt: skip
        if name in METHODS or name == HOOK or any(mark in READS for mark in marks):
            yield name


def _held(call: Call, function: Function) -> Iterator[Node]:
    """The expressions of a function whose value is what a call gives: the call, and the name that it is bound to."""
    yield call.node
    place = call.node.parent
    left = place.child_by_field_name("left") if place is not None and place.type == "assignment" else None
    if left is not None and left.type == "identifier":
        name = text_of(left)
        yield from (node for node in function.file.named(name) if is_within(node, function.node) and node != left)


def _run(node: Node, members: Members) -> Iterator[tuple[Node, str]]:
    """Where something is done with a value that one of these runs."""
    parent = node.parent
    if parent is not None and parent.type == "attribute" and parent.child_by_field_name("object") == node:
        name = text_of(parent.child_by_field_name("attribute") or parent)
        hook = HOOK if HOOK in members and f".{name}" not in members else ""
        if name in members or hook:
            yield parent, members[name if name in members else hook]
        return
    statement = next((item for item in ancestors(node) if item.type.endswith(("_statement", "_clause"))), None)
    for operand, names in operands(statement) if statement is not None else ():
        found = next((members[name] for name in names if name in members), None)
        if operand == node and found is not None:
            yield node, found
