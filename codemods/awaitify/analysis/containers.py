"""Containers of providers: `providers.Factory(Service, repo=repo)` calls `Service(repo=repo())` when it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.project.index import Call, Class, File, Function, text_of

GIVING = ("override", "provided_by", "set_default")


@dataclass(eq=False, slots=True)
class Provider:
    """One provider. kind: "call" (makes target, with its own arguments) or "given" (gives what is put into it);
    target: the function or class of the project that is called; None for any other; feeding: the calls that put
    something into it, each with what it puts there."""

    call: Call
    kind: str
    target: Function | Class | None = None
    feeding: list[tuple[Call, Node]] = field(default_factory=list)

    @property
    def given(self) -> list[Node]:
        """What the target is called with: the values of the arguments."""
        values = self.call.arguments[1:] if self.kind == "call" else self.call.arguments
        return [value_of(node) for node in values]

    def argument(self, function: Function, name: str) -> Node | None:
        """What a parameter of the function that it calls is given."""
        values = self.call.arguments[1:]
        for node in values:
            if node.type == "keyword_argument" and text_of(node.named_children[0]) == name:
                return value_of(node)
        names = [param.name for param in function.params[1 if function.cls is not None else 0 :]]
        plain = [node for node in values if node.type != "keyword_argument"]
        place = names.index(name) if name in names else len(plain)
        return plain[place] if place < len(plain) else None


@dataclass(eq=False)
class Containers:
    """The providers of a project, by the place of the name that they are bound to."""

    resolution: Resolution
    by_place: dict[tuple[Path, int], Provider] = field(default_factory=dict)
    by_call: dict[Call, Provider] = field(default_factory=dict)

    @property
    def fed(self) -> set[Call]:
        """The calls that put something into a provider."""
        return {call for provider in self.by_place.values() for call, _ in provider.feeding}

    def meant(self, file: File, node: Node) -> Provider | None:
        """The provider that a name or an attribute means."""
        if not self.by_place or node.type not in ("identifier", "attribute"):
            return None
        for target in self.resolution.definition(file, node):
            found = self.by_place.get((target.path, target.offset)) if target.path else None
            if found is not None:
                return found
        return None

    def makers(self, provider: Provider) -> tuple[Function, ...]:
        """What runs when a provider is called: its own target, and those of the providers that it is given."""
        todo, seen, found = [provider], set[int](), list[Function]()
        while todo:
            current = todo.pop(0)
            if id(current) in seen:
                continue
            seen.add(id(current))
            found += _runs(current.target, self.resolution)
            for node in current.given:
                inner = self.meant(current.call.file, _root(node))
                todo += [inner] if inner is not None else []
        return tuple(dict.fromkeys(found))

    def all_makers(self) -> tuple[Function, ...]:
        """What any provider may run."""
        return tuple(dict.fromkeys(item for provider in self.by_call.values() for item in self.makers(provider)))


def find_containers(resolution: Resolution, knowledge: Knowledge) -> Containers:
    """Reads the providers; a call of a class by one of them counts as a call of its `__init__`."""
    containers = Containers(resolution)
    for call, targets in resolution.targets.items():
        if call.function is not None or call.file.is_test or not targets:
            continue
        kind = next((fact for target in targets if (fact := _provides(target.name, knowledge))), "")
        if kind:
            provider = Provider(call, kind, _target(call, resolution) if kind == "call" else None)
            containers.by_call[call] = provider
            name = _bound(call.node)
            if name is not None:
                containers.by_place[call.file.path, name.start_byte] = provider
    for provider in containers.by_call.values():
        for function in _runs(provider.target, resolution):
            resolution.callers[function] += [provider.call] if provider.call not in resolution.callers[function] else []
    _find_feeding(containers)
    return containers


def _provides(name: str, knowledge: Knowledge) -> str:
    return knowledge.fact(name).provides


def _target(call: Call, resolution: Resolution) -> Function | Class | None:
    first = call.arguments[0] if call.arguments else None
    for target in resolution.definition(call.file, first) if first is not None else ():
        if target.in_project:
            return resolution.project.definition(target.path, target.offset)
    return None


def _bound(node: Node) -> Node | None:
    """The name that `name = call` binds."""
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return left if left is not None and left.type == "identifier" else None


def _runs(target: Function | Class | None, resolution: Resolution) -> Iterator[Function]:
    if isinstance(target, Function):
        yield target
    elif target is not None:
        owner = next((cls for cls in resolution.lineage(target) if "__init__" in cls.methods), None)
        yield from [owner.methods["__init__"]] if owner is not None else []


def _root(node: Node) -> Node:
    """`db` of `db.provided.session`."""
    while node.type == "attribute" and ".provided" in text_of(node):
        inner = node.child_by_field_name("object")
        if inner is None:
            return node
        node = inner
    return node


def _find_feeding(containers: Containers) -> None:
    """The calls that put something into a provider: `container.db.override(session)`, `Container(db=session)`."""
    given = [item for item in containers.by_call.values() if item.kind == "given"]
    names = {text_of(node) for item in given if (node := _bound(item.call.node)) is not None}
    for file in containers.resolution.project.files if given else ():
        for call in file.calls:
            owner = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
            if owner is not None and text_of(call.callee).rpartition(".")[2] in GIVING:
                provider = containers.meant(file, owner)
                if provider is not None and provider.kind == "given":
                    provider.feeding += [(call, value_of(node)) for node in call.arguments]
            for argument in call.arguments:
                if argument.type == "keyword_argument" and text_of(argument.named_children[0]) in names:
                    _feed_by_name(call, argument, given, containers)


def _feed_by_name(call: Call, argument: Node, given: list[Provider], containers: Containers) -> None:
    """A keyword of a call of the container's own class."""
    project = containers.resolution.project
    for target in containers.resolution.targets.get(call, ()):
        cls = project.definition(target.path, target.offset) if target.in_project else None
        for provider in given if isinstance(cls, Class) else ():
            name = _bound(provider.call.node)
            is_named = name is not None and text_of(name) == text_of(argument.named_children[0])
            if is_named and isinstance(cls, Class) and _stands_in(provider.call, cls):
                provider.feeding.append((call, value_of(argument)))


def _stands_in(call: Call, cls: Class) -> bool:
    return call.file is cls.file and cls.node.start_byte <= call.node.start_byte < cls.node.end_byte


def value_of(node: Node) -> Node:
    """The value of an argument."""
    return node.child_by_field_name("value") or node if node.type == "keyword_argument" else node
