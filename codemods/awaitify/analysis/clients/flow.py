"""Follows clients from where they are made to every place that they reach."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.clients.holders import Escape, check_arguments
from awaitify.analysis.clients.model import Component, Holder, Perms, Seed, Use
from awaitify.analysis.clients.opened import STREAMING, Opened, has_parts
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.generators import READERS
from awaitify.analysis.knowledge.forms import Form
from awaitify.project.index import Call, Class, File, Function, ancestors, text_of

TESTS = {"if_statement", "elif_clause", "not_operator", "while_statement", "assert_statement"}
CACHES = {"lru_cache", "cache", "functools.lru_cache", "functools.cache", "staticmethod", "property", "cached_property"}


@dataclass(eq=False)
class Flow(Opened):
    """The walk over one component."""

    def run(self, seed: Seed) -> Component:
        """The component of a constructor's call."""
        self.start(seed)
        return self.component

    def start(self, seed: Seed) -> None:
        """Adds a constructor; notes the first problem in the component."""
        if any(item.call is seed.call for item in self.component.seeds):
            return
        self.component.seeds.append(seed)
        file = seed.call.file
        if seed.client.module:
            self.component.uses.append(Use("plain", seed.call.node, file, seed.call.function, seed.call))
        try:
            check_arguments(seed)
            self.check_session(seed)
        except Escape as escape:
            self.fail(escape, file)
        try:
            self.visit(seed.call.node, file, frozenset(seed.client.result))
        except Escape as escape:
            self.fail(escape, file)

    def visit(self, node: Node, file: File, perms: Perms) -> None:
        """What becomes of an expression whose value is a client, or something that a client gave."""
        self.component.tracked.add(node.id)
        parent = node.parent
        if parent is None:
            return
        step = getattr(self, f"_in_{parent.type}", None)
        try:
            if step is not None:
                step(node, parent, file, perms)
            elif parent.type not in TESTS and parent.type != "expression_statement":
                raise Escape(node, f"{_short(node)} stands in {parent.type.replace('_', ' ')}")
        except Escape:
            if "for" in perms:  # who gets it may iterate, which blocks
                self.component.uses.append(Use("lazy", node, file, self.references.function_at(node)))
            raise

    def _in_parenthesized_expression(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        self.visit(parent, file, perms)

    def _in_comparison_operator(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        is_key = has_parts(perms) and any(child.type in ("in", "not in") for child in parent.children)
        if not is_key and not any(child.type in ("is", "is not") for child in parent.children):
            raise Escape(node, f"{_short(node)} is compared")

    def _in_conditional_expression(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        value, condition, other = parent.named_children[:3]
        if node == condition:
            return
        if {text_of(value), text_of(other)} - {text_of(node), "None"}:
            raise Escape(node, f"{_short(node)} is one of two values")
        self.visit(parent, file, perms)

    def _in_attribute(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        if parent.child_by_field_name("object") != node:
            self.visit(parent, file, perms)
            return
        name = text_of(parent.child_by_field_name("attribute") or parent)
        if "methods" in perms and any(name in seed.client.plain for seed in self.component.seeds):
            return
        outer = parent.parent
        if outer is not None and outer.type == "call" and outer.child_by_field_name("function") == parent:
            self._method(outer, node, file, perms)
        elif "attributes" in perms:
            self.of_opened(node, parent, file, perms)
        else:
            self.visit(parent, file, perms)

    def _in_subscript(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        if parent.child_by_field_name("value") != node:
            raise Escape(node, f"{_short(node)} is an index")
        if has_parts(perms):
            self.part(node, parent.child_by_field_name("subscript"), parent, file, perms)
        else:
            self.visit(parent, file, perms)

    def _method(self, node: Node, receiver: Node, file: File, perms: Perms) -> None:
        """A call of a method of a client."""
        call = self.calls.get(node.id)
        targets = self.resolution.targets.get(call, ()) if call is not None else ()
        if call is not None and has_parts(perms) and text_of(call.callee).endswith((".get", ".pop")):
            self.part(node, next(iter(call.arguments), None), node, file, perms)
            return
        if call is None or "methods" not in perms or not targets:
            raise Escape(node, f"{_short(node)}: its meaning is unknown")
        classes = sorted(self.resolution.class_names(file, receiver)) or [""]
        for target in targets:
            form = self.knowledge.form(target.name, classes[0])
            client = self.knowledge.client(target.name)
            if client is not None:
                continue
            lacking = {name for seed in self.component.seeds for name in seed.client.lacks}
            is_lacking = bool(lacking & {"*", target.name.rpartition(".")[2]})
            if form is None or is_lacking:
                raise Escape(node, f"{target.name} has no known async form")
            if form.opened and "handle" in perms:
                self.component.uses.append(Use("open", receiver, file, call.function, call))
            self._formed(call, form, file, perms)

    def _formed(self, call: Call, form: Form, file: File, perms: Perms) -> None:
        given = _argument(call, form.result_if) if form.result_if else None
        changes = not form.result_if or (given is not None and text_of(given) != "False")
        result = frozenset(form.result) if changes else frozenset[str]()
        for name in form.refuse:
            if _argument(call, name) is not None:
                raise Escape(call.node, f"{name}= has another meaning in the async form")
        self.check_files(call, form, file)
        how = "await" if form.becomes == "await" or (form.inside and "handle" not in perms) else "plain"
        result |= perms & {"handle"} if "same" in result else set()
        self.component.uses.append(Use(how, call.node, file, call.function, call, form, result))
        if result:
            self.visit(call.node, file, result)
        elif how == "plain" and not form.result_if:
            self.component.tracked.add(call.node.id)

    def _in_call(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        """The client itself is called: the result of a function that gives one, else something unknown."""
        raise Escape(node, f"{_short(parent)}: the client is called")

    def _in_argument_list(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        call = self.calls.get(parent.parent.id) if parent.parent is not None else None
        if call is None:
            raise Escape(node, f"{_short(node)} is passed on")
        self._passed(call, node, node, file, perms)

    def _in_keyword_argument(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        outer = parent.parent.parent if parent.parent is not None else None
        call = self.calls.get(outer.id) if outer is not None else None
        if call is None:
            raise Escape(node, f"{_short(node)} is passed on")
        self._passed(call, parent, node, file, perms)

    def _passed(self, call: Call, argument: Node, node: Node, file: File, perms: Perms) -> None:
        targets = self.resolution.targets.get(call, ())
        names = {target.name.removesuffix(".__new__").removesuffix(".__init__") for target in targets}
        is_read = perms & {"for", "list"} and "items" not in perms and names and names <= READERS
        if is_read and call.arguments[0] == argument:
            how = "list" if names == {"builtins.list"} else "join"
            self.component.uses.append(Use(how, call.node, file, call.function, call, None, perms))
            return
        if names == {STREAMING} and "for" in perms and call.arguments[0] == argument:
            self.component.uses.append(Use("stream", node, file, call.function, call))
            return
        functions = self.resolution.functions(call)
        if not functions or len(functions) != len(targets):
            seed = self._linked(call, argument)
            if seed is None:
                raise Escape(node, f"{_short(node)} is passed to {text_of(call.callee)}")
            self.start(seed)
            return
        for function in functions:
            name = next((name for name, value in bind(function, call) if value in (node, argument)), None)
            if name is None or function.file.is_test:
                raise Escape(node, f"{_short(node)} is passed to {function.id}")
            self.hold(Holder("parameter", name, function.file, function), perms)

    def _linked(self, call: Call, argument: Node) -> Seed | None:
        """The constructor of another client that takes this one."""
        for target in self.resolution.targets.get(call, ()):
            client = self.knowledge.client(target.name)
            name = text_of(argument.named_children[0]) if argument.type == "keyword_argument" else ""
            if client is not None and name in client.links:
                return Seed(call, client)
        return None

    def _in_assignment(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        left = parent.child_by_field_name("left")
        if left == node or left is None:
            return
        function = self.references.function_at(node)
        if left.type == "identifier":
            is_global = function is None or _declares_global(function, text_of(left))
            self.hold(Holder("variable", text_of(left), file, None if is_global else function), perms)
        elif left.type == "attribute" and function is not None and function.cls is not None:
            owner, name = left.child_by_field_name("object"), left.child_by_field_name("attribute")
            if owner is None or name is None or text_of(owner) != function.params[0].name:
                raise Escape(node, f"{_short(node)} becomes {text_of(left)}")
            self.hold(Holder("attribute", text_of(name), file, None, self._owner(function.cls, name, file)), perms)
        else:
            raise Escape(node, f"{_short(node)} becomes {text_of(left)[:40]}")

    def _owner(self, cls: Class, name: Node, file: File) -> Class:
        """The class that an attribute belongs to, a base class perhaps."""
        for target in self.resolution.definition(file, name):
            found = self.resolution.project.classes.get(target.name.rpartition(".")[0])
            if found is not None:
                return found
        return cls

    def _in_return_statement(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        function = self.references.function_at(node)
        if function is None or function.is_async or function.parent is not None:
            raise Escape(node, f"{_short(node)} is returned")
        for decorator in function.decorators:
            if text_of(decorator).lstrip("@").partition("(")[0].strip() not in CACHES:
                raise Escape(node, f"@{text_of(decorator).lstrip('@')[:40]} may change what {function.id} gives")
        self.hold(Holder("result", function.name, function.file, function), perms)

    def _in_yield(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        function = self.references.function_at(node)
        if function is None or function.is_async or function.decorators or parent.children[-1] != node:
            raise Escape(node, f"{_short(node)} is yielded")
        self.hold(Holder("result", function.name, function.file, function), perms)

    def _in_as_pattern(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        item = parent.parent
        if item is None or item.type != "with_item" or "with" not in perms:
            raise Escape(node, f"{_short(node)} is bound by `as`")
        self._entered(node, item, file, perms)
        target = parent.named_children[-1].named_children
        if len(target) != 1 or target[0].type != "identifier":
            raise Escape(node, f"{_short(node)} is bound to a pattern")
        function = self.references.function_at(node)
        if function is None:
            raise Escape(node, "the with statement runs at import")
        self.hold(Holder("variable", text_of(target[0]), file, function), perms | {"for", "methods"})

    def _in_with_item(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        if "with" not in perms:
            raise Escape(node, f"{_short(node)} is entered")
        self._entered(node, parent, file, perms)

    def _entered(self, node: Node, item: Node, file: File, perms: Perms) -> None:
        statement = next(parent for parent in ancestors(item) if parent.type == "with_statement")
        clause = item.parent
        if statement.children[0].type == "async" or clause is None or len(clause.named_children) != 1:
            raise Escape(node, f"{_short(node)} is entered together with others")
        self.component.uses.append(Use("with", node, file, self.references.function_at(node), None, None, perms))

    def _in_for_statement(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        if self.is_loop_target(node, parent):
            return
        if parent.child_by_field_name("right") != node or "for" not in perms or parent.children[0].type == "async":
            raise Escape(node, f"{_short(node)} is iterated")
        self.component.uses.append(Use("for", node, file, self.references.function_at(node), None, None, perms))
        self.looped(parent.child_by_field_name("left"), file, perms)

    def _in_for_in_clause(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        if self.is_loop_target(node, parent):
            return
        outer = parent.parent
        lazy = outer is None or outer.type == "generator_expression"
        if parent.child_by_field_name("right") != node or "for" not in perms or lazy:
            raise Escape(node, f"{_short(node)} is iterated in an expression")
        self.component.uses.append(
            Use("comprehension", node, file, self.references.function_at(node), None, None, perms)
        )
        self.looped(parent.child_by_field_name("left"), file, perms)


def _argument(call: Call, name: str) -> Node | None:
    for argument in call.arguments:
        if argument.type == "keyword_argument" and text_of(argument.named_children[0]) == name:
            return argument.child_by_field_name("value")
    return None


def _declares_global(function: Function, name: str) -> bool:
    return any(
        text_of(node) == name and node.parent is not None and node.parent.type == "global_statement"
        for node in function.file.names
        if function.node.start_byte <= node.start_byte < function.node.end_byte
    )


def _short(node: Node) -> str:
    return text_of(node).partition("\n")[0][:50]
