"""Calls of what a parameter or a field of an object holds: `save(db, rows)`, `rule.check(db)`.

What runs is known where every function that is put there, anywhere in the project, is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.depended_values import depended, is_overridden
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.fields import SPLATS, Fields
from awaitify.analysis.local_bindings import bound_to
from awaitify.analysis.plain_values import bound_at_top
from awaitify.analysis.uses import Uses
from awaitify.analysis.values import returned
from awaitify.project.index import Call, Class, File, Function, Param, text_of
from awaitify.resolve.model import Target

#: None stands for "not known".
Found = list[Function] | None
HARMLESS = ("harmless", "builder")
DISPLAYS = ("tuple", "list", "set")


def find_stored(effects: Effects) -> None:
    """Gives calls that did not resolve the functions that they may run."""
    stored = _Stored(effects)
    for call, effect in list(effects.by_call.items()):
        if effect.kind != "unresolved" or call.function is None or call.file.is_test:
            continue
        found = stored.called(call, call.function)
        if found is None:
            continue
        callees = tuple(dict.fromkeys(found))
        effects.by_call[call] = Effect("project" if callees else "harmless", call, text_of(call.callee), callees)
        effects.stored.add(call)
        for callee in callees:
            if call not in effects.resolution.callers[callee]:
                effects.resolution.callers[callee].append(call)


@dataclass(eq=False)
class _Stored:
    """Looks values up. _open: what is being looked up: it adds nothing to itself."""

    effects: Effects
    _done: dict[tuple[Function | Class, str], Found] = field(default_factory=dict)
    _open: list[tuple[Function | Class, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resolution: Resolution = self.effects.resolution
        self.uses = Uses(self.resolution)
        self.fields = Fields(self.resolution, self.uses)
        self.loading = {name for item in self.effects.mapping.classes.values() for name in item.loading}
        self.unknown = {_last(call.callee) for call, found in self.resolution.targets.items() if not found}

    def called(self, call: Call, function: Function) -> Found:
        """The functions that a call may run; None where one of them is not known."""
        callee = call.callee
        if callee.type == "identifier":
            owner = _owner(text_of(callee), function)
            return self._name(callee, function) if owner is not None else self._named(callee, call.file)
        if callee.type == "call":
            return self._results(callee, call.file, call.function)
        return self._field(callee, call.file) if callee.type == "attribute" else None

    def _values(self, node: Node, file: File, function: Function | None) -> Found:
        """The functions that the value of an expression may be."""
        if node.type == "none":
            return []
        if node.type in ("parenthesized_expression", "conditional_expression", "boolean_operator"):
            parts = list(node.named_children)
            if node.type == "conditional_expression":
                parts = [parts[0], parts[2]]
            return _joined([self._values(part, file, function) for part in parts])
        if node.type == "lambda":
            return self._lambda(node, file)
        if node.type == "call":
            return self._results(node, file, function)
        if node.type == "identifier" and function is not None and _owner(text_of(node), function) is not None:
            return self._name(node, function)
        if node.type in ("identifier", "attribute"):
            return self._named(node, file)
        return None

    def _name(self, node: Node, function: Function) -> Found:
        """A local name: a parameter, a nested function, or what is assigned to it."""
        name, owner = text_of(node), _owner(text_of(node), function)
        assert owner is not None
        bound = list(_bound(owner, name))
        if owner.param(name) is not None:
            return None if bound else self._parameter(owner, name)
        inner = [item for item in owner.file.functions if item.parent is owner and item.name == name]
        if inner:
            return None if bound or any(item.decorators for item in inner) else inner
        found = [None if value is None else self._values(value, owner.file, owner) for value in bound]
        return _joined(found) if found else None

    def _results(self, node: Node, file: File, function: Function | None) -> Found:
        """The functions that a call of a project function gives: `make(x)(y)`."""
        call = self.resolution.call_at(file, node)
        makers = self.resolution.functions(call) if call is not None else []
        return _joined([self._returned(maker) for maker in makers]) if makers else None

    def _returned(self, maker: Function) -> Found:
        """The functions that a function returns."""
        found = returned(maker)
        is_plain = not (maker.is_async or maker.is_generator or maker.decorators or maker.name == "__init__")
        if not found or not is_plain or self.resolution.overrides.get(maker):
            return None
        return self._once(maker, "return", lambda: _joined([self._values(node, maker.file, maker) for node in found]))

    def _depended(self, function: Function, param: Param) -> Found:
        """What a dependency gives: a function that it returns; a lambda gives what stands in it."""
        file, node = depended(function, param, self.resolution) or (None, None)
        if file is None or node is None:
            return None
        if node.type == "lambda":
            body = node.child_by_field_name("body")
            return self._values(body, file, None) if body is not None else None
        makers = [self.resolution.function_of(target) for target in self.resolution.definition(file, node)]
        if not makers or any(maker is None or self._is_replaced(maker) for maker in makers):
            return None
        return _joined([self._returned(maker) for maker in makers if maker is not None])

    def _is_replaced(self, maker: Function) -> bool:
        return is_overridden(maker.name, self.resolution.project.files)

    def _parameter(self, function: Function, name: str) -> Found:
        return self._once(function, name, lambda: self._given(function, name))

    def _once(self, owner: Function | Class, name: str, find: Callable[[], Found]) -> Found:
        """Kept where nothing else is being looked up, which it may be a part of."""
        key = (owner, name)
        if key in self._done:
            return self._done[key]
        if key in self._open:
            return []
        self._open.append(key)
        found = find()
        self._open.pop()
        if not self._open:
            self._done[key] = found
        return found

    def _given(self, function: Function, name: str) -> Found:
        """What all calls of a function give to a parameter."""
        param = function.param(name)
        own = [call for call in self.resolution.callers.get(function, ()) if not call.file.is_test]
        given = self._depended(function, param) if param is not None and not own else None
        if given is not None:
            return given
        if param is None or param.star or function.decorators or function.name in self.unknown:
            return None
        if function.name.startswith("__") or self.uses.is_passed_on(function):
            return None
        found: list[Found] = []
        for call in own:
            value = dict(bind(function, call)).get(name)
            if value is not None:
                found.append(self._values(value, call.file, call.function))
            elif param.default is None or any(item.type in SPLATS for item in call.arguments):
                return None
            else:
                found.append(self._values(param.default, function.file, None))
        return _joined(found) if found else None

    def _field(self, node: Node, file: File) -> Found:
        """What a field of an object holds, by its class."""
        holder, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("attribute") or node)
        classes = [self.resolution.project.classes.get(item) for item in self._class_names(holder, file)]
        found: list[Found] = []
        for cls in classes:
            if cls is None or name in cls.methods:
                return None
            found.append(self._once(cls, name, partial(self._held, cls, name)))
        return _joined(found) if found else None

    def _held(self, cls: Class, name: str) -> Found:
        given = self.fields.given(cls, name)
        return None if given is None else _joined([self._values(*value) for value in given])

    def _class_names(self, node: Node | None, file: File) -> set[str]:
        return self.resolution.class_names(file, node) if node is not None else set()

    def _named(self, node: Node, file: File) -> Found:
        """A function, a class or a method by its name; a field of an object."""
        targets = self.resolution.definition(file, node)
        found: list[Found] = []
        for target in targets:
            if not target.in_project:
                fact = self.effects.knowledge.fact(target.name, target.path, target.offset)
                found.append([] if fact.kind in HARMLESS else None)
                continue
            definition = self.resolution.project.definition(target.path, target.offset)
            if isinstance(definition, Function):
                found.append(self._function(definition))
            elif isinstance(definition, Class):
                init = self.resolution.function_of(target)
                found.append([init] if init is not None else [])
            elif node.type == "attribute" and text_of(node).partition(".")[0] not in _modules(file):
                found.append(self._field(node, file))
            else:
                found.append(self._alias(target))
        return _joined(found) if found else None

    def _alias(self, target: Target) -> Found:
        """What a name of a module is bound to, once: `run = services.run`."""
        home = self.resolution.project.by_path.get(target.path) if target.path is not None else None
        name = target.name.rpartition(".")[2]
        bound = bound_at_top(home, name) if home is not None else []
        if home is None or len(bound) != 1 or bound[0][0].start_byte != target.offset or bound[0][1] is None:
            return None
        is_changed = any(_rebinds(node) for file, node in self.uses.named(name) if file is home)
        return None if is_changed else self._values(bound[0][1], home, None)

    def _function(self, function: Function) -> Found:
        if function.decorators and not function.wrappers and function.cls is None:
            return None  # what a decorator gives may be anything
        return [function, *self.resolution.overrides.get(function, ())]

    def _lambda(self, node: Node, file: File) -> Found:
        """What the calls in a lambda run; none of them may do anything else, and no attribute in it be loaded."""
        if self.loading & set(re.findall(r"\.\s*(\w+)", text_of(node))):
            return None
        found: list[Found] = []
        for call in file.calls:
            if not (node.start_byte <= call.node.start_byte and call.node.end_byte <= node.end_byte):
                continue
            effect = self.effects.by_call.get(call)
            is_known = effect is not None and effect.kind in ("harmless", "project")
            found.append(list(effect.callees) if effect is not None and is_known else None)
        return _joined(found)


def _owner(name: str, function: Function | None) -> Function | None:
    """The function around an expression that binds a name as its own."""
    while function is not None:
        has_inner = any(item.parent is function and item.name == name for item in function.file.functions)
        if function.param(name) is not None or has_inner or list(_bound(function, name)):
            return function
        function = function.parent
    return None


def _bound(function: Function, name: str) -> Iterator[Node | None]:
    """What a name is assigned in the body of a function; None for any other way to bind it."""
    body = function.node.child_by_field_name("body")
    for value, is_part in bound_to(name, body) if body is not None else ():
        if is_part and value is not None and value.type in DISPLAYS:
            yield from (item for item in value.named_children if item.type != "comment")
        else:
            yield None if is_part else value


def _modules(file: File) -> set[str]:
    """The local names of imports."""
    return {item.local for item in file.imports}


def _rebinds(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "global_statement"


def _last(node: Node) -> str:
    return text_of(node).rpartition(".")[2]


def _joined(found: list[Found]) -> Found:
    """All of them; not known when one is not."""
    if any(item is None for item in found):
        return None
    return [function for item in found if item is not None for function in item]
