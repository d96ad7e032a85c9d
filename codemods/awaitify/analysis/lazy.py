"""Calls whose result blocks when it is read, not when it is made: cursors, walks over directories, streamed answers.

What reads it goes to a thread: a call that reads it whole (`list(cursor)`), or a loop over it. A function whose way of
reading is not followed stays sync, and one that gives the result away can not even be bridged as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.blocks import OPENERS
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.results import gives_iterator
from awaitify.project.index import Call, Function, ancestors, is_label, text_of

WHOLE = {"list", "tuple", "set", "frozenset", "sorted", "dict", "sum", "min", "max", "any", "all", "join"}
WRAPPERS = {"enumerate", "zip", "map", "filter", "reversed"}
THREADED = {"StreamingResponse"}  # reads what it is given in a thread
BLOCKS = {"bridge", "lazy", "reads", "escapes"}


@dataclass(eq=False)
class _Reading:
    """How the result of one call is read. calls: those that read it whole; loops: the iterables of loops; problem: ""
    or the kind of effect that says why it is not followed; wrapped: whether something that reads it lazily is made."""

    calls: list[Call] = field(default_factory=list)
    loops: list[Node] = field(default_factory=list)
    problem: str = ""
    wrapped: bool = False


def settle_lazy(effects: Effects) -> None:
    """Notes what reads lazy results, in every function that was resolved."""
    for function in effects.resolution.within:
        finder = _Finder(function, effects)
        for call in function.calls:
            if is_lazy(call, effects):
                finder.settle(call)


def is_lazy(call: Call, effects: Effects) -> bool:
    """Whether a library call gives something that blocks as it is read."""
    effect = effects.by_call.get(call)
    if effect is None or effect.fact is None:
        return False
    if _is_file(effect):
        return True
    return effect.fact.is_lazy or (effect.kind == "bridge" and gives_iterator(call, effects.resolution))


@dataclass(eq=False)
class _Finder:
    function: Function
    effects: Effects

    def __post_init__(self) -> None:
        self.calls = {call.node.id: call for call in self.function.calls}

    def settle(self, call: Call) -> None:
        """Gives the call, and what reads its result, their effects."""
        effect, reading = self.effects.by_call[call], _Reading()
        self._follow(call.node, reading, set())
        if _is_file(effect) and not reading.wrapped:
            reading.problem = ""  # but for loops, what is done with a file is a call of its own
        is_ruled = effect.fact is not None and effect.fact.is_lazy
        if reading.loops and not is_ruled and not _is_standard(effect):
            reading.problem = reading.problem or "reads"  # it may have no end
        if reading.problem:
            self.effects.by_call[call] = Effect(reading.problem, call, effect.detail, (), effect.fact)
            return
        if effect.kind == "harmless" and (reading.calls or reading.loops):
            self.effects.by_call[call] = Effect("lazy", call, effect.detail, (), effect.fact)
        for reader in reading.calls:
            self.effects.by_call[reader] = Effect("bridge", reader, f"reads {effect.detail}")
        known = self.effects.readings[self.function]
        known += [node for node in reading.loops if node not in known]
        blocked = self.effects.loops[self.function]
        blocked[:] = [node for node in blocked if node not in reading.loops]

    def _follow(self, node: Node, reading: _Reading, seen: set[str]) -> None:
        """Climbs from an expression to what reads its value."""
        parent = node.parent
        if parent is None or parent.type == "expression_statement":
            return
        if parent.type == "parenthesized_expression":
            self._follow(parent, reading, seen)
        elif parent.type == "attribute":
            self._method(parent, reading)
        elif parent.type in ("for_statement", "for_in_clause") and parent.child_by_field_name("right") == node:
            self._loop(node, parent, reading)
        elif parent.type == "argument_list" and parent.parent is not None and parent.parent.type == "call":
            self._argument(node, parent, reading, seen)
        elif parent.type == "assignment" and parent.child_by_field_name("right") == node:
            self._variable(parent.child_by_field_name("left"), reading, seen)
        elif parent.type in ("with_item", "as_pattern", "comparison_operator", "not_operator", "await"):
            return
        elif parent.type in ("if_statement", "while_statement", "subscript"):
            reading.problem = reading.problem or "reads"
        elif parent.type in ("conditional_expression", "boolean_operator"):
            reading.problem = reading.problem or "reads"
            self._follow(parent, reading, seen)
        else:
            reading.problem = "escapes"

    def _method(self, attribute: Node, reading: _Reading) -> None:
        """A method of the result: another lazy call is followed for itself, any other is judged as a call."""
        outer = attribute.parent
        if outer is None or outer.type != "call" or outer.child_by_field_name("function") != attribute:
            return
        call = self.calls.get(outer.id)
        effect = self.effects.by_call.get(call) if call is not None else None
        if effect is not None and effect.kind == "harmless" and effect.fact is None:
            reading.problem = reading.problem or "reads"

    def _loop(self, node: Node, parent: Node, reading: _Reading) -> None:
        statement = parent if parent.type == "for_statement" else parent.parent
        is_async = any(child.type == "async" for child in parent.children)
        if not is_async and statement is not None and not _is_streamed(statement):
            reading.loops.append(node)

    def _argument(self, node: Node, arguments: Node, reading: _Reading, seen: set[str]) -> None:
        outer = arguments.parent
        call = self.calls.get(outer.id) if outer is not None else None
        effect = self.effects.by_call.get(call) if call is not None else None
        if call is None or effect is None:
            reading.problem = "escapes"
            return
        name = text_of(call.callee).rpartition(".")[2]
        is_first = call.arguments[0] == node
        if effect.kind in BLOCKS or name in THREADED:
            return
        if effect.kind != "harmless":
            reading.problem = "escapes"
        elif name in WRAPPERS:
            reading.wrapped = True
            self._follow(call.node, reading, seen)
        elif is_first and (name in WHOLE or (name == "next" and len(call.arguments) == 2)):
            reading.calls.append(call)
        else:
            reading.problem = "escapes"

    def _variable(self, left: Node | None, reading: _Reading, seen: set[str]) -> None:
        """A local name that only ever holds lazy results: every use of it is followed."""
        if left is None or left.type != "identifier":
            reading.problem = "escapes"
            return
        name = text_of(left)
        if name in seen:
            return
        seen.add(name)
        if any(text_of(item).split()[1:2] == [name] for item in _scope_statements(self.function.node)):
            reading.problem = "escapes"
            return
        for node in self._uses(name):
            if next(item for item in ancestors(node) if item.type in _SCOPES) != self.function.node:
                reading.problem = "escapes"
            elif node.parent is not None and node.parent.type == "assignment" and node == node.parent.named_children[0]:
                right = self.calls.get((node.parent.child_by_field_name("right") or node).id)
                if right is None or not is_lazy(right, self.effects):
                    reading.problem = reading.problem or "reads"
            else:
                self._follow(node, reading, seen)

    def _uses(self, name: str) -> list[Node]:
        start, end = self.function.node.start_byte, self.function.node.end_byte
        named = [node for node in self.function.file.names_between(start, end) if text_of(node) == name]
        return [node for node in named if not is_label(node)]


_SCOPES = ("function_definition", "lambda", "class_definition")


def _scope_statements(function: Node) -> list[Node]:
    body = function.child_by_field_name("body")
    found = body.named_children if body is not None else []
    return [node for node in found if node.type in ("global_statement", "nonlocal_statement")]


def _is_streamed(generator: Node) -> bool:
    """Whether a generator expression is given to what reads it in a thread."""
    call = generator.parent if generator.type == "generator_expression" else None
    call = call.parent if call is not None and call.type == "argument_list" else call
    return call is not None and call.type == "call" and text_of(call.named_children[0]).rpartition(".")[2] in THREADED


def _is_file(effect: Effect) -> bool:
    return effect.kind == "bridge" and effect.detail in OPENERS


def _is_standard(effect: Effect) -> bool:
    return effect.fact is not None and effect.fact.library.startswith("standard library")
