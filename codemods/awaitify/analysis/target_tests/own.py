"""Sessions that tests open themselves: `with Session() as db`, `db = Session()`, `self.db = Session()` in a setUp."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.effects import KEPT, Effect, Effects
from awaitify.analysis.refusals import reason_at
from awaitify.analysis.target_tests.suites import ASYNC_NAMES, FIXED, Suite, Suites
from awaitify.analysis.target_tests.trace import Tracer
from awaitify.analysis.values import ENGINE
from awaitify.plan_model import Reason
from awaitify.project.index import Function, text_of
from awaitify.project.nodes import with_of

CLOSED = r"\b{name}\.close\b|\bwith {name}\b"


@dataclass(eq=False)
class OwnSessions:
    """Finds them, and judges whether they may be async ones."""

    effects: Effects
    tracer: Tracer
    _names: dict[Function, dict[str, Effect]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.suites = Suites(self.tracer.resolution, self.effects)

    def suite(self, function: Function) -> Suite | None:
        """The suite over unittest that a method belongs to."""
        return self.suites.of(function)

    def names(self, function: Function) -> list[str]:
        """What a function calls the sessions that it, or its setUp, opens."""
        suite = self.suite(function)
        kept = suite.sessions if suite is not None else []
        return list(dict.fromkeys([*kept, *self._opened(function)]))

    def opened(self, function: Function) -> list[Effect]:
        """The calls that open them."""
        return list(self._opened(function).values())

    def _opened(self, function: Function) -> dict[str, Effect]:
        if function not in self._names:
            effects = [effect for effect in self.effects.of(function) if effect.kind == "opens"]
            named = [(_bound(effect.call.node), effect) for effect in effects]
            self._names[function] = {text_of(node): effect for node, effect in named if node is not None}
        return self._names[function]

    def hands_on(self, function: Function) -> bool:
        """Whether a function gives a session that it opens to code of the project."""
        names = self._opened(function)
        calls = [effect.call for effect in self.effects.of(function) if effect.kind == "project"]
        given = [item for call in calls for item in call.arguments if not call.in_lambda]
        return any(text_of(item.child_by_field_name("value") or item) in names for item in given)

    def tied(self, function: Function) -> list[Function]:
        """The methods that work on the same session of a setUp."""
        suite = self.suite(function)
        group = suite.group() if suite is not None and suite.held else []
        return [method for method in group if method is not function] if function in group else []

    def problems(self, function: Function, effect: Effect) -> Iterator[Reason]:
        """Why a call that opens a session cannot open an async one."""
        bound, text = _bound(effect.call.node), text_of(effect.call.callee)
        origin = self.tracer.origin(function.file, effect.call.node, function)
        suite, why = self.suite(function), ""
        if bound is None or effect.detail == KEPT or effect.call.in_lambda:
            why = f"{text}(...) opens a session inside a test, and not into a name"
        elif origin.rolled_back or (suite is not None and any(map(self.tracer.begun, suite.methods))):
            why = f"{text}(...) opens a session in a transaction that the test undoes"
        elif not all(self._is_engine(function, item) for item in effect.call.arguments):
            why = f"{text}(...) opens a session on more than an engine"
        elif with_of(effect.call.node) is None and not self._is_closed(function, bound):
            why = f"{text}(...) opens a session that is not closed here"
        if why:
            yield Reason("test-session", why, function.file.source.relative, effect.call.line)

    def _is_engine(self, function: Function, argument: Node) -> bool:
        """Whether an argument is an engine, or an option that is no connection: a plain value."""
        value = argument.child_by_field_name("value") or argument
        resolution = self.tracer.resolution
        inner = resolution.call_at(function.file, value)  # of `next(get_db())`
        names = resolution.class_names(function.file, value)
        return value.type in ("true", "false", "none") or ENGINE in names or bool(inner and resolution.functions(inner))

    def _is_closed(self, function: Function, bound: Node) -> bool:
        """In the function itself; what a setUp opens, in any method of its classes."""
        suite = self.suite(function)
        if bound.type == "attribute" and (suite is None or function.name != "setUp"):
            return False
        homes = suite.methods if suite is not None and bound.type == "attribute" else [function]
        pattern = re.compile(CLOSED.format(name=re.escape(text_of(bound))))
        return any(pattern.search(text_of(home.node)) for home in homes)

    def shape(self, function: Function, suite: Suite) -> Iterator[Reason]:
        """What stands against a method of a suite."""
        if suite.problem or not suite.cases:
            yield reason_at("test-shape", suite.problem or f"{function.id} belongs to no TestCase", function)
        if function.name in FIXED or (function.name.startswith("__") and function.name.endswith("__")):
            yield reason_at("test-shape", f"{function.id} runs without an event loop", function)
        if any("staticmethod" in text_of(item) or "classmethod" in text_of(item) for item in function.decorators):
            yield reason_at("test-shape", f"{function.id} is no method of an object", function)
        for effect in self.effects.of(function):
            called = text_of(effect.call.callee).rpartition(".")[2]
            if called in ASYNC_NAMES and not text_of(effect.call.callee).startswith("super("):
                yield reason_at("test-shape", f"{function.id} calls {called} itself", function)


def is_cleanup(node: Node) -> bool:
    """Whether a session stands in `self.addCleanup(db.close)`."""
    method = node.parent
    arguments = method.parent if method is not None else None
    call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
    callee = call.child_by_field_name("function") if call is not None else None
    closes = method is not None and method.type == "attribute" and text_of(method).endswith(".close")
    return closes and callee is not None and text_of(callee) == "self.addCleanup"


def _bound(node: Node) -> Node | None:
    """The name or the attribute of self that `name = call` or `with call as name` binds."""
    parent = node.parent
    if parent is None:
        return None
    if parent.type == "assignment" and parent.child_by_field_name("right") == node:
        left = parent.child_by_field_name("left")
        is_plain = left is not None and (left.type == "identifier" or text_of(left).count(".") == 1)
        return left if is_plain and left is not None and left.type in ("identifier", "attribute") else None
    if parent.type == "as_pattern":
        target = parent.named_children[-1]
        inner = target.named_children[0] if target.type == "as_pattern_target" and target.named_children else target
        return inner if inner.type == "identifier" else None
    return None
