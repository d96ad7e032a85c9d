"""What holds a client - variables, attributes, parameters, results - and what follows from every reference to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.model import Component, Holder, Perms, Reference, Seed
from awaitify.analysis.clients.refs import References
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.implicit import is_property
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.plan_model import Reason
from awaitify.project.index import Call, File, Function, text_of


class Escape(Exception):
    """A client reaches a place whose async form is not known."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node


@dataclass(eq=False)
class Holding:
    """The state of a walk, and its steps from holder to holder. perms: what the value of a holder may be used for."""

    resolution: Resolution
    entries: Entries
    knowledge: Knowledge
    references: References
    calls: dict[int, Call]
    component: Component = field(default_factory=Component)
    perms: dict[Holder, Perms] = field(default_factory=dict)

    def visit(self, node: Node, file: File, perms: Perms) -> None:
        """What becomes of an expression whose value is a client, or something that a client gave."""
        raise NotImplementedError

    def fail(self, escape: Escape, file: File) -> None:
        """Keeps the first reason."""
        if self.component.problem is None:
            line = escape.node.start_point[0] + 1
            self.component.problem = Reason("client", str(escape), file.source.relative, line)

    def hold(self, holder: Holder, perms: Perms) -> None:
        """Follows every reference to a holder, once."""
        if holder in self.component.holders:
            return
        self.component.holders.add(holder)
        for reference in list(self.references.of(holder)):
            self.component.references.append(reference)
            try:
                self._referred(reference, perms)
            except Escape as escape:
                self.fail(escape, reference.file)
        if holder.kind == "parameter" and holder.function is not None:
            self._given(holder, holder.function)

    def _referred(self, reference: Reference, perms: Perms) -> None:
        node, file = reference.node, reference.file
        parent = node.parent
        if _is_declaration(node):
            return
        whole = parent if parent is not None and parent.type == "attribute" and is_last(node, parent) else node
        if reference.holder.kind != "result":
            self.visit(whole, file, perms)
            return
        outer = whole.parent
        if reference.holder.function is not None and is_property(reference.holder.function):
            self.visit(whole, file, perms)
        elif outer is not None and outer.type == "call" and outer.child_by_field_name("function") == whole:
            if reference.holder.function is not None and reference.holder.function.is_generator:
                raise Escape(node, f"{text_of(whole)} is called, and what it yields is not followed")
            self.visit(outer, file, perms)
        elif not self._depends(reference, whole, perms):
            raise Escape(node, f"{text_of(whole)} is passed on as a value")

    def _depends(self, reference: Reference, node: Node, perms: Perms) -> bool:
        """`Depends(get_client)` in a signature makes the parameter a holder."""
        for site in self.entries.sites:
            if site.argument is not None and site.argument.id == node.id and site.owner is not None:
                for param in site.owner.params:
                    around = [item for item in (param.annotation, param.default) if item is not None]
                    if any(item.start_byte <= node.start_byte < item.end_byte for item in around):
                        self.hold(Holder("parameter", param.name, site.owner.file, site.owner), perms)
                        return True
        return False

    def _given(self, holder: Holder, function: Function) -> None:
        """Every value that a parameter can have must be a client of this component: noted, checked at the end."""
        for call in self.resolution.callers.get(function, ()):
            value = next((value for name, value in bind(function, call) if name == holder.name), None)
            if value is None and function.param(holder.name) is not None:
                default = function.param(holder.name)
                if default is None or default.default is None:
                    self.fail(Escape(call.node, f"what {function.id} gets as {holder.name} is unknown"), call.file)


def check_arguments(seed: Seed) -> None:
    """Raises Escape for arguments that the async class takes in another form, or not at all."""
    call, client = seed.call, seed.client
    last = text_of(call.callee).rpartition(".")[2]
    is_factory = any(f"{name}.{last}" in client.calls for name in client.calls)  # Redis.from_url(url)
    for argument in call.arguments:
        if argument.type == "list_splat" or (argument.type == "dictionary_splat" and client.refuse):
            raise Escape(argument, f"the arguments of {client.name} are not written out")
        if argument.type != "keyword_argument":
            if client.keywords and not is_factory and argument == call.arguments[0]:
                raise Escape(argument, f"{client.becomes} takes keyword arguments only")
            continue
        if text_of(argument.named_children[0]) in client.refuse:
            raise Escape(argument, f"{text_of(argument.named_children[0])}= needs another value for {client.becomes}")


def _is_declaration(node: Node) -> bool:
    """Whether a name only declares: a parameter, `global x`, an annotation without a value, the target of `with`."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type in ("parameters", "typed_parameter", "global_statement", "nonlocal_statement", "as_pattern_target"):
        return True
    if parent.type in ("default_parameter", "typed_default_parameter"):
        return parent.child_by_field_name("name") == node
    return False


def is_last(node: Node, parent: Node) -> bool:
    """Whether a name is the attribute of an attribute expression."""
    return parent.child_by_field_name("attribute") == node
