"""What in a function itself stands against its becoming async."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from awaitify.analysis.blocks import Block, blocking_blocks, blocking_chains, is_inside
from awaitify.analysis.callbacks import callback_reasons
from awaitify.analysis.concurrent import concurrent_reasons
from awaitify.analysis.decorators import decorator_problem
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.generators import generator_problem, is_read_at_once
from awaitify.analysis.pieces import in_loop, is_piece
from awaitify.analysis.properties.finding import BY_HAND
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.analysis.thread_bound import local_reasons, lock_reasons
from awaitify.analysis.thread_owned import owner_reasons
from awaitify.analysis.wrapping.shape import only_wraps
from awaitify.analysis.wrapping.values import opened_up
from awaitify.plan_model import Reason
from awaitify.project.expressions import is_first_iterable
from awaitify.project.index import Call, Function, ancestors, is_within, text_of

HARMLESS_DECORATORS = (
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "abc.abstractmethod",
    "override",
    "typing.override",
)


LAZY = {
    "reads": "blocks as its result is read, and how that is read is not followed",
    "escapes": "gives a result that blocks as it is read, and that is read elsewhere",
}


@dataclass(eq=False)
class Refusals:
    """Judges functions one by one. effectful: those that do I/O or call one that does."""

    entries: Entries
    effects: Effects
    effectful: set[Function]

    def of(self, function: Function) -> list[Reason]:
        """What in the function itself stands against it."""
        reasons = [self._shape_reason(function)] if self._shape_reason(function) else []
        for node, why in self.effects.queries[function].problems:
            reasons.append(Reason("query", why, function.file.source.relative, node.start_point[0] + 1))
        for node, why in self.effects.plain.get(function, ()):
            if why:
                reasons.append(Reason("backref-cascade", why, function.file.source.relative, node.start_point[0] + 1))
        blocks = blocking_blocks(function, self.effects, self.effectful)
        moved = [block for block in blocks if not block.problem]
        for effect in self.effects.of(function):
            reason = self._effect_reason(function, effect)
            if reason is not None and not (reason.rule == "lazy-read" and is_inside(effect.call.node, moved)):
                reasons.append(reason)
        for node in self.effects.loops.get(function, ()):
            message = f"the loop over {text_of(node).partition(chr(10))[0][:60]} blocks at every step"
            reasons.append(Reason("blocking-loop", message, function.file.source.relative, node.start_point[0] + 1))
        reasons += self._implicit_reasons(function)
        reasons += lock_reasons(function, self.effects, self.effectful)
        reasons += local_reasons(function, self.effects)
        reasons += owner_reasons(function, self.effects, lambda node: is_inside(node, moved))
        reasons += callback_reasons(function, self.effects, self.effectful)
        reasons += concurrent_reasons(function, self.effects)
        reasons += self._block_reasons(function, blocks)
        reasons += self._repeated(function)
        return [reason for reason in reasons if reason is not None]

    def _block_reasons(self, function: Function, blocks: list[Block]) -> Iterator[Reason]:
        """Blocks that cannot move; a function that is one such piece of work stays whole."""
        for block in blocks:
            problem = block.problem
            what = "a block over a blocking resource cannot move to a thread"
            if not problem and block.returns and is_piece(function, self.effects, self.entries):
                what, problem = "it stays sync", "it is one piece of blocking work, which runs in a thread as a whole"
            if problem:
                line = block.node.start_point[0] + 1
                yield Reason("blocking-block", f"{what}: {problem}", function.file.source.relative, line)

    def _repeated(self, function: Function) -> Iterator[Reason]:
        """A call that blocks at every step of a loop, in a function that does nothing else: one thread serves them."""
        for effect in self.effects.of(function):
            if effect.kind == "bridge" and in_loop(effect.call.node) and is_piece(function, self.effects, self.entries):
                message = f"{text_of(effect.call.callee)}(...) blocks at each step: all of them run in one thread"
                yield Reason("blocking-loop", message, function.file.source.relative, effect.call.line)
                return

    def _implicit_reasons(self, function: Function) -> Iterator[Reason]:
        """I/O without a call expression, in `with` statements and in properties, cannot be awaited where it is."""
        entered = {node.id for manager in self.effects.managers for node, _ in manager.places}
        for item in self.effects.implicit.get(function, ()):
            if item.node.id in entered:
                continue  # moves with all that enter it, or stays
            where = (function.file.source.relative, item.node.start_point[0] + 1)
            text = text_of(item.node).partition("\n")[0][:60]
            working = next((callee for callee in item.callees if callee in self.effectful), None)
            if working is not None:
                chain = (function.id, working.id)
                problem = self.effects.properties.get(working, "")
                hint = f"; it does not become a method: {problem}; {BY_HAND}" if problem else ""
                yield Reason("implicit-call", f"{text} runs {working.id}, which does I/O{hint}", *where, chain)
            elif item.foreign and not function.is_async:
                yield Reason("implicit-call", f"{text} runs {item.foreign}, which may block", *where)
            elif item.is_unknown and not function.is_async:
                yield Reason("unresolved-call", f"{text}: what this block enters is unknown", *where)

    def _shape_reason(self, function: Function) -> Reason | None:
        name = function.name
        wrapping = self.effects.wrappings.by_wrapper.get(function)
        if wrapping is not None and wrapping.shape.problem:
            message = f"@{wrapping.shape.maker.name} is a decorator that is not followed: {wrapping.shape.problem}"
            return reason_at("decorator", message, wrapping.shape.maker)
        is_entered = any(function in manager.methods for manager in self.effects.managers)
        if name.startswith("__") and name.endswith("__") and name != "__call__" and not is_entered:
            return reason_at("dunder", f"{name} cannot be async", function)
        if function in self.effects.hidden and not function.is_async:
            return reason_at(
                "implicit-call", f"{function.id} runs where no call of it stands: nothing awaits it", function
            )
        if function in self.entries.life.handlers or function in self.entries.life.lifespans:
            return None
        if function in self.effects.generator_managers:
            return None
        if function.is_generator and not function.is_async:
            problem = generator_problem(function, self.effects, self.entries)
            if problem:
                return reason_at("generator", f"a generator that does I/O is left as it is: {problem}", function)
        for decorator in function.decorators if not function.is_async else ():
            reason = self._decorator_reason(
                function, text_of(decorator).lstrip("@").strip().partition("(")[0], decorator.id
            )
            if reason is not None:
                return reason
        return None

    def _decorator_reason(self, function: Function, name: str, node_id: int) -> Reason | None:
        if name in HARMLESS_DECORATORS:
            return None
        decorator = next(item for item in function.decorators if item.id == node_id)
        expression = decorator.named_children[0]
        if any(expression == node for node in self.entries.decorator_calls):
            return None
        around = self.effects.wrappings.by_wrapper.get(function)
        if around is not None and only_wraps(decorator, around.shape):
            return None
        wrapping = self.effects.wrappings.by_decorator.get(node_id)
        if wrapping is not None:
            problem = opened_up(wrapping, function, self.effects) if not wrapping.shape.problem else ""
            return reason_at("decorator", problem, function) if problem else None
        if name.rpartition(".")[2] in ("property", "cached_property", "setter"):
            problem = self.effects.properties.get(function, "it has a setter, or is kept")
            if not problem:
                return None
            message = f"a property cannot be async, and this one does not become a method: {problem}; {BY_HAND}"
            return reason_at("property", message, function)
        problem = decorator_problem(decorator, function, self.effects)
        return reason_at("decorator", problem, function) if problem else None

    def _effect_reason(self, function: Function, effect: Effect) -> Reason | None:
        where = (function.file.source.relative, effect.call.line)
        text = text_of(effect.call.callee)
        if effect.kind == "refused":
            return Reason("no-async-form", f"{text}: {effect.detail} has no exact async form here yet", *where)
        if effect.kind in LAZY:
            return Reason("lazy-read", f"{text}(...) {effect.why or LAZY[effect.kind]}", *where)
        if effect.kind in ("unresolved", "unclassified") and (not function.is_async or self._has_session(effect.call)):
            rule = f"{effect.kind}-call"
            return Reason(
                rule,
                f"{text}(...): "
                + (
                    "its meaning is unknown"
                    if effect.kind == "unresolved"
                    else f"{effect.detail}: nothing is known of it"
                ),
                *where,
            )
        io = ("session", "remove", "terminal", "opens", "native", "bridge", "lazy", "wrapped")
        if effect.kind in io or self._callees_wanted(effect):
            return self.position_reason(effect, where)
        return None

    def _has_session(self, call: Call) -> bool:
        """Whether a session stands anywhere in a call: what the call does with an async one is unknown too."""
        inside = range(call.node.start_byte, call.node.end_byte)
        nodes = [node for node in call.file.names if node.start_byte in inside]
        found = self.effects.resolution.classes(call.file, nodes)
        return any(target.name in SESSION_CLASSES for targets in found for target in targets)

    def _callees_wanted(self, effect: Effect) -> bool:
        return effect.kind == "project" and any(callee in self.effectful for callee in effect.callees)

    def position_reason(self, effect: Effect, where: tuple[str, int]) -> Reason | None:
        """`await` cannot stand in a lambda, and in a generator expression it changes what that is."""
        text = text_of(effect.call.callee)
        if effect.call.in_lambda:
            return Reason("lambda", f"{text}(...) stands in a lambda", *where)
        for node in ancestors(effect.call.node):
            if node.type in ("function_definition", "class_definition", "block"):
                return None
            is_lazy = node.type == "generator_expression" and not is_first_iterable(effect.call.node, node)
            is_whole = is_lazy and effect.kind == "bridge" and self._moves_whole(effect.call)
            if is_lazy and not is_whole and not is_read_at_once(node, effect.call.file, self.effects):
                return Reason("generator-expression", f"{text}(...) stands in a generator expression", *where)
        return None

    def _moves_whole(self, call: Call) -> bool:
        """Whether the expression around a call goes to a thread in one piece."""
        chains = blocking_chains(call.function, self.effects) if call.function is not None else []
        return any(is_within(call.node, chain) for chain in chains)


def reason_at(rule: str, message: str, function: Function) -> Reason:
    """A reason that points at a function."""
    return Reason(rule, message, function.file.source.relative, function.line)
