"""Makers of sessions that objects keep: `self.session_factory = session_factory`, called by their methods.

What the constructor is given may be a factory of SQLAlchemy's or a function that opens a session; all methods that call
it move together, and every place that constructs such an object then hands over the async one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.fact_finding import bind
from awaitify.analysis.values import FACTORY, SCOPED, result_classes
from awaitify.project.index import Call, Class, File, Function, Param, ancestors, text_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects


@dataclass(eq=False, slots=True)
class KeptFactory:
    """param: the one of init that is kept; calls: those of what is kept; values: what init is given, each with the
    function that opens a session when it is one; passed: parameters of derived constructors that go on to it."""

    init: Function
    param: Param
    calls: list[Call]
    values: list[tuple[File, Node, Function | None]]
    passed: list[tuple[Function, Param]]

    @property
    def users(self) -> list[Function]:
        """The methods that open sessions with it."""
        return list(dict.fromkeys(call.function for call in self.calls if call.function is not None))


def find_kept_factories(effects: Effects) -> list[KeptFactory]:
    """Those of which every use and every value is known."""
    found = []
    called = _called_members(effects.resolution.project.files)
    for file in effects.resolution.project.files:
        for cls in file.classes if not file.is_test else ():
            init = cls.methods.get("__init__")
            for attr, param in _kept(init) if init is not None else ():
                calls = _calls(cls, attr, param, effects) if attr in called else []
                passed: list[tuple[Function, Param]] = []
                values = list(_values(init, param, effects, passed)) if calls and init is not None else []
                known = [(home, node, opener) for home, node, opener in values if node is not None]
                if init is not None and calls and known and len(known) == len(values):
                    found.append(KeptFactory(init, param, calls, known, passed))
    return found


def _called_members(files: list[File]) -> set[str]:
    """The names of what is called as `x.name()`: to look at each name of a large project for each attribute of each
    class would take longer than all else."""
    callees = [call.callee for file in files for call in file.calls if call.callee.type == "attribute"]
    return {text_of(callee.child_by_field_name("attribute") or callee) for callee in callees}


def _kept(init: Function) -> Iterator[tuple[str, Param]]:
    """`self.attr = param` in the body of a constructor, where nothing else reads the parameter."""
    body = init.node.child_by_field_name("body")
    if body is None:
        return
    for statement in body.named_children:
        assignment = statement.named_children[0] if statement.type == "expression_statement" else statement
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left is None or right is None or left.type != "attribute" or right.type != "identifier":
            continue
        param, owner = init.param(text_of(right)), left.child_by_field_name("object")
        named = [node for node in init.file.named(text_of(right)) if body in ancestors(node)]
        reads = [node for node in named if not _is_member(node)]
        if param is not None and owner is not None and text_of(owner) == "self" and len(reads) == 1:
            yield text_of(left.child_by_field_name("attribute") or left), param


def _is_member(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "attribute" and parent.child_by_field_name("attribute") == node


def _calls(cls: Class, attr: str, param: Param, effects: Effects) -> list[Call]:
    """The calls of the attribute in the methods of the class and of what derives from it; none when it is read in
    another way, by anyone."""
    resolution = effects.resolution
    heirs = [other for file in resolution.project.files for other in file.classes if cls in resolution.lineage(other)]
    found: list[Call] = []
    for file in resolution.project.files:
        if attr.encode() not in file.source.text:
            continue
        by_callee = {call.callee.id: call for call in file.calls}
        for node in file.names:
            owner = node.parent
            if text_of(node) != attr or owner is None or not _is_member(node):
                continue
            home = next((item for item in ancestors(node) if item.type == "class_definition"), None)
            is_own = text_of(owner.named_children[0]) == "self" and any(heir.node == home for heir in heirs)
            call = by_callee.get(owner.id)
            if is_own and call is not None and not file.is_test:
                found.append(call)
            elif is_own and _is_kept_here(owner, param):
                continue
            elif is_own or _may_be(owner.named_children[0], file, heirs, effects):
                return []
    return found


def _is_kept_here(node: Node, param: Param) -> bool:
    parent = node.parent
    right = parent.child_by_field_name("right") if parent is not None and parent.type == "assignment" else None
    return right is not None and text_of(right) == param.name


def _may_be(owner: Node, file: File, heirs: list[Class], effects: Effects) -> bool:
    """Whether an attribute's owner may be an object of these classes."""
    if text_of(owner) == "self":
        return False
    names = effects.resolution.class_names(file, owner)
    return not names or bool(names & {heir.id for heir in heirs})


def _values(
    init: Function | None, param: Param, effects: Effects, passed: list[tuple[Function, Param]]
) -> Iterator[tuple[File, Node | None, Function | None]]:
    """What constructors are given for the parameter; None for a value that is not known to make sessions. passed: gets
    the parameters of derived constructors that hand it on."""
    if init is None:
        return
    if param.default is not None:
        yield _value(init.file, param.default, effects)
    for call in effects.resolution.callers.get(init, ()):
        provider = effects.containers.by_call.get(call)
        given = provider.argument(init, param.name) if provider is not None else dict(bind(init, call)).get(param.name)
        own = _own_param(call, given, param) if given is not None else None
        if own is not None and call.function is not None and (call.function, own) not in passed:
            passed.append((call.function, own))
            yield from _values(call.function, own, effects, passed)
        elif given is not None and not call.file.is_test:
            yield _value(call.file, given, effects)
        elif given is not None or param.default is None:
            yield call.file, None, None


def _own_param(call: Call, given: Node, param: Param) -> Param | None:
    """The parameter of a derived constructor that `super().__init__(parameter)` hands on, and nothing else reads but
    to keep it under the same name."""
    init = call.function
    if init is None or init.name != "__init__" or not text_of(call.callee).endswith(".__init__"):
        return None
    own = init.param(text_of(given)) if given.type == "identifier" else None
    body = init.node.child_by_field_name("body")
    if body is None:
        return None
    uses = [node for node in init.file.named(text_of(given)) if body in ancestors(node) and not _is_member(node)]
    kept = [node for node in uses if node != given]
    is_plain = own is not None and own.name == param.name and all(_is_kept_by_self(node) for node in kept)
    return own if is_plain else None


def _is_kept_by_self(node: Node) -> bool:
    """`self.name = name`."""
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
    return left is not None and text_of(left) == f"self.{text_of(node)}"


def _value(file: File, node: Node, effects: Effects) -> tuple[File, Node | None, Function | None]:
    resolution = effects.resolution
    if node.type == "call":
        call = resolution.call_at(file, node)
        names = result_classes(resolution, call) if call is not None else set()
        is_factory = {name.partition("[")[0] for name in names} & {FACTORY, SCOPED}
        return file, node if is_factory else None, None
    if resolution.class_names(file, node) & {FACTORY, SCOPED}:
        return file, node, None
    opener = _opener(file, node, effects)
    return file, node if opener is not None else None, opener


def _opener(file: File, node: Node, effects: Effects) -> Function | None:
    """The function that opens a session which a name means: also `db.provided.session` of a container's provider."""
    resolution = effects.resolution
    for target in resolution.definition(file, node):
        function = resolution.function_of(target)
        if function in effects.openers:
            return function
    owner = node.child_by_field_name("object") if node.type == "attribute" else None
    last = node.child_by_field_name("attribute") if node.type == "attribute" else None
    is_provided = owner is not None and owner.type == "attribute" and text_of(owner).endswith(".provided")
    provider = effects.containers.meant(file, owner.named_children[0]) if owner is not None and is_provided else None
    if provider is None or last is None or not isinstance(provider.target, Class):
        return None
    lineage = resolution.lineage(provider.target)
    found = next((cls.methods[text_of(last)] for cls in lineage if text_of(last) in cls.methods), None)
    return found if found in effects.openers else None
