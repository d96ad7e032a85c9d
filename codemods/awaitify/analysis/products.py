"""What earlier steps left behind: async twins beside their sync originals, and calls that `run_sync` bridges.

They are followed as if the original were called, so that a later step uses the twin again, and finishes it (and the
bridge) once nothing sync calls the original any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.bridges import SESSION_KINDS
from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.depends_site import DependsSite
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.made_twins import maker_of, original_of
from awaitify.analysis.product_pairs import (
    callable_pairs,
    class_pairs,
    factory_pairs,
    function_pairs,
    method_pairs,
)
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.project.index import Call, Class, File, Function, text_of
from awaitify.resolve.model import Target

RUN_SYNC = re.compile(r"AsyncSession\.run_sync$")


@dataclass(eq=False)
class Products:
    """twins: original -> its async copy; classes: the same of classes, whose methods are twins; twinned: calls of
    copies; bridged: calls of `run_sync`, each with the call inside its lambda, if it has one; denied: originals whose
    copy turned out to be something else."""

    resolution: Resolution
    twins: dict[Function, Function] = field(default_factory=dict)
    classes: dict[Class, Class] = field(default_factory=dict)
    twinned: set[Call] = field(default_factory=set)
    bridged: dict[Call, Call | None] = field(default_factory=dict)
    denied: set[Function] = field(default_factory=set)
    _targets: dict[Call, tuple[Target, ...]] = field(default_factory=dict)
    _definitions: dict[tuple[File, Node], tuple[Target, ...]] = field(default_factory=dict)
    _callers: dict[Function, list[Call]] = field(default_factory=dict)

    def link(self) -> None:
        """Finds them, and makes what calls them call the originals."""
        self.unlink()
        self.twins = {one: copy for one, copy in function_pairs(self.resolution.project) if one not in self.denied}
        self._callers = {function: list(calls) for function, calls in self.resolution.callers.items()}
        self.twins |= {one: copy for one, copy in factory_pairs(self.resolution.project) if one not in self.denied}
        self.classes = {
            one: copy for one, copy in class_pairs(self.resolution.project).items() if self._is_accepted(one)
        }
        called = {one: copy for one, copy in callable_pairs(self.resolution.project).items() if self._is_accepted(one)}
        methods = [pair for pairs in (self.classes, called) for item in pairs.items() for pair in method_pairs(*item)]
        self.twins |= {one: copy for one, copy in methods if copy.is_async}
        factories = {one.parent: copy.parent for one, copy in self.twins.items() if one.parent and copy.parent}
        originals = {copy: one for one, copy in [*self.twins.items(), *factories.items(), *methods]}
        for call, targets in list(self.resolution.targets.items()):
            copy = self.resolution.function_of(targets[0]) if len(targets) == 1 and targets[0].in_project else None
            if copy in originals and copy is not None:
                self._redirect(call, originals[copy], copy)
                if originals[copy] not in factories:
                    self.twinned.add(call)
            elif len(targets) == 1 and RUN_SYNC.search(targets[0].name):
                self._bridge(call)
        for one, copy in self.twins.items():
            if maker_of(one) is None:
                one.twin = copy.name
                self._rename(one, copy)
        for one, copy in [*factories.items(), *called.items()]:
            one.twin = copy.name
            self._rename(one, copy)
        for one_class, copied in self.classes.items():
            self._rename(one_class, copied)
        for calls in self.resolution.callers.values():
            calls[:] = [call for call in calls if call.function not in originals]

    def unlink(self) -> None:
        """Takes it all back."""
        self.resolution.targets.update(self._targets)
        for (file, node), answer in self._definitions.items():
            self.resolution.remember(file, node, answer)
        if self._callers:
            self.resolution.callers.clear()
            self.resolution.callers.update(self._callers)
        for one in self.twins:
            original_of(one).twin = ""
        self.twins, self.classes, self._targets, self._definitions, self._callers = {}, {}, {}, {}, {}
        self.twinned, self.bridged = set(), {}

    def settle(self, effects: Effects, entries: Entries) -> None:
        """Tells the effects. The call inside a bridging lambda is that of the bridge."""
        effects.copies, effects.twinned, effects.bridged = self.twins, self.twinned, self.bridged
        effects.class_copies = self.classes
        effects.converted = self._converted(effects, set(self._depending(entries)))
        for inner in self.bridged.values():
            if inner is not None:
                effects.by_call[inner] = Effect("harmless", inner, "runs in run_sync")

    def _depending(self, entries: Entries) -> Iterator[Function]:
        """The functions that FastAPI gives what a copy returns."""
        sites = set[DependsSite]()
        for site in entries.sites:
            made = site.maker.child_by_field_name("function") if site.maker is not None else None
            node, file = (made, site.home) if made is not None else (site.argument, site.call.file)
            last = node.child_by_field_name("attribute") or node if node is not None else None
            if last is not None and file is not None and (file, last) in self._definitions:
                sites.add(site)
                yield from [site.owner] if site.owner is not None else []
        for function, uses in entries.alias_uses.items():
            if any(site in sites for site, _ in uses):
                yield function
        asking = {item for item in entries.depends_on if self.classes and self._names_copy(item)}
        yield from (item for item in entries.depends_on if asking & {item, *entries.reachable_dependencies(item)})

    def _names_copy(self, function: Function) -> bool:
        """Whether the signature of a function names the copy of a class."""
        body = function.node.child_by_field_name("body")
        end = body.start_byte if body is not None else function.node.end_byte
        names = {copy.name for copy in self.classes.values()}
        nodes = function.file.names_between(function.node.start_byte, end)
        return any(text_of(node) in names and (function.file, node) in self._definitions for node in nodes)

    def _converted(self, effects: Effects, depending: set[Function]) -> set[Function]:
        """The async functions that work on no sync session, whatever the originals do that they seem to call."""
        known = {call.function for call in (*self.twinned, *self.bridged)} | depending
        found = {function for function in known if function is not None and function.is_async}
        todo = [call.function for function in found for call in self.resolution.callers.get(function, ())]
        while todo:
            function = todo.pop()
            if function is not None and function.is_async and function not in found:
                found.add(function)
                todo += [call.function for call in self.resolution.callers.get(function, ())]
        while True:
            bad = {function for function in found if any(self._is_sync(item, found) for item in effects.of(function))}
            if not bad:
                return found
            found -= bad

    def _is_sync(self, effect: Effect, found: set[Function]) -> bool:
        """Whether something works on a sync session."""
        if effect.kind in SESSION_KINDS:
            return True
        if effect.kind != "project" or effect.call in self.twinned or effect.call in self.bridged:
            return False
        return any(callee not in found and self._works(callee) for callee in effect.callees)

    def _works(self, function: Function) -> bool:
        """Whether a function takes a sync session."""
        classes = (self.resolution.class_names(function.file, param.node) for param in function.params)
        return any(names & set(SESSION_CLASSES) for names in classes)

    def _redirect(self, call: Call, original: Function, old: Function | None) -> None:
        self._targets[call] = self.resolution.targets[call]
        self.resolution.targets[call] = (_target(original),)
        if old is not None:
            self.resolution.callers[old] = [item for item in self.resolution.callers[old] if item is not call]
        self.resolution.callers[original].append(call)

    def _bridge(self, call: Call) -> None:
        """`db.run_sync(f, x)`, or `db.run_sync(lambda session: f(session, x))`."""
        if not call.arguments:
            return
        first = call.arguments[0]
        if first.type in ("identifier", "attribute"):
            targets = self.resolution.definition(call.file, first)
            function = self.resolution.function_of(targets[0]) if len(targets) == 1 else None
            if function is not None and not function.is_async and not function.is_generator:
                self.bridged[call] = None
                self._redirect(call, function, None)
        elif first.type == "lambda" and len(call.arguments) == 1:
            body = first.child_by_field_name("body")
            inner = self.resolution.call_at(call.file, body) if body is not None else None
            found = self.resolution.functions(inner) if inner is not None else []
            if inner is not None and len(found) == 1 and not found[0].is_async:
                self.bridged[call] = inner
                self._redirect(call, found[0], None)
                self.resolution.callers[found[0]].remove(inner)

    def _is_accepted(self, cls: Class) -> bool:
        return self.denied.isdisjoint(cls.methods.values())

    def _rename(self, one: Function | Class, copy: Function | Class) -> None:
        """Every other use of the copy's name means the original too."""
        for file in self.resolution.project.files:
            nodes = [node for node in file.named(copy.name) if node != copy.name_node]
            for node, targets in zip(nodes, self.resolution.definitions(file, nodes), strict=True):
                found = [self.resolution.project.definition(item.path, item.offset) for item in targets]
                if copy in found:
                    self._definitions[file, node] = targets
                    self.resolution.remember(file, node, (_target(one),))


def _target(one: Function | Class) -> Target:
    kind = "class" if isinstance(one, Class) else "function"
    return Target(one.id, kind, one.file.path, one.name_node.start_byte, True)


def same_code(one: str, other: str, names: Mapping[str, str], exactly: bool = False) -> bool:
    """Whether two functions are the same but for their layout, and (unless exactly) for bridges and twins that they
    call. names: twin -> original."""
    found = []
    for code in (one, other):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            return False
        found.append(ast.dump(tree if exactly else _Plain(names).visit(tree)))
    return found[0] == found[1]


class _Plain(ast.NodeTransformer):
    """Calls the originals, without bridges."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.Attribute(node.value, self.names.get(node.attr, node.attr), node.ctx)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("to_thread", "run_in_threadpool") and node.args:
            return ast.Call(node.args[0], node.args[1:], node.keywords)
        if not (isinstance(node.func, ast.Attribute) and node.func.attr == "run_sync" and node.args):
            return node
        first, session = node.args[0], node.func.value
        if not isinstance(first, ast.Lambda):
            return ast.Call(first, [session, *node.args[1:]], node.keywords)
        (param,) = first.args.args
        return _Given(param.arg, session).visit(first.body)


class _Given(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.value if node.id == self.name else node
