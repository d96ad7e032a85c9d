"""The async form of code that makes engines, session factories and sessions: expressions, and copies of functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.effects import Effect
from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.attributes import is_kept_on_session
from awaitify.analysis.sessions.calls import INSIDE, SESSION_CLASSES
from awaitify.analysis.sessions.openers import is_idle, taken
from awaitify.analysis.sessions.registries import is_handed_over
from awaitify.analysis.tuples import TUPLE, part_classes
from awaitify.analysis.values import ENGINE, ENGINE_MAKERS, FACTORY, SCOPED, function_classes, value_classes
from awaitify.plan_model import Reason
from awaitify.planning.bindings import is_local, runner_of
from awaitify.planning.database_setup import setup_statements, takes_nothing
from awaitify.planning.draft import NotTwinned
from awaitify.planning.engine_makers import is_import_work, listens, lost_beside
from awaitify.planning.engine_options import engine_options, url_node
from awaitify.planning.engine_urls import IN_MEMORY
from awaitify.planning.factories import factory_callee, factory_classes, refuse_old_release
from awaitify.planning.listeners import heard_class
from awaitify.planning.names import SQLALCHEMY_ASYNC, async_session_module
from awaitify.planning.provider_work import in_thread, runs_apart
from awaitify.planning.unpacked import unpacked_classes
from awaitify.planning.url_schemes import dialect_of
from awaitify.planning.variables import HELD, Variables
from awaitify.project.index import Call, File, Function, span_of, text_of

Splice = tuple[tuple[int, int], str]
FACTORY_DROPPED = {"autocommit", "future", "class_", "enable_baked_queries", "expire_on_commit"}


@dataclass(eq=False)
class AsyncCode(Variables):
    """Rewrites makers. What is bound inside a function that is copied keeps its name: it holds the async thing."""

    def code(self, file: File, node: Node, function: Function | None = None) -> str:
        """The async form of an expression. function: the one that is copied, if the expression stands in one."""
        return spliced(file, span_of(node), list(self.splices(file, node, function)))

    def splices(self, file: File, node: Node, function: Function | None) -> Iterator[Splice]:
        """The changes inside a node that make it async."""
        if node.type == "call" and (call := self.resolution.call_at(file, node)) is not None:
            yield from self._call(call, function)
            return
        if function is not None and is_kept_on_session(node, file, self.effects):
            yield (node.end_byte, node.end_byte), ".sync_session"
            return
        if function is not None and node.type == "attribute" and self._is_slot(node, function):
            name = node.child_by_field_name("attribute") or node
            yield span_of(name), async_name(text_of(name))
            return
        if node.type in ("identifier", "attribute") and self._is_variable(file, node, function):
            twin = self.held_twin(file, node)
            yield span_of(node), twin
            return
        if function is not None and not self._holds(file, node) and listens(node, file, self.effects):
            return
        skipped = {
            child.id for child in (node.child_by_field_name("name"),) if child and node.type == "keyword_argument"
        }
        for child in node.named_children:
            if child.id not in skipped and child.type not in ("lambda", "class_definition"):
                yield from self.splices(file, child, function)

    def _holds(self, file: File, node: Node) -> bool:
        """Whether a function uses an engine or a factory that something outside it holds."""
        names = file.names_between(*span_of(node))
        return any(self.held_classes(file, name) for name in names)

    def _is_slot(self, node: Node, function: Function) -> bool:
        return any(node in slot.readers.get(function, ()) for slot in self.effects.slots)

    def held_twin(self, file: File, node: Node) -> str:
        """The code of the twin of an engine or a factory that a variable holds."""
        try:
            name = self.variable_twin(file, node)
        except NotTwinned:
            if self.variable(file, node) is not None or ENGINE not in self.held_classes(file, node):
                raise
            return self.engine_of(file, node)
        owner = node.child_by_field_name("object") if node.type == "attribute" else None
        return f"{text_of(owner)}.{name}" if owner is not None else name

    def _is_variable(self, file: File, node: Node, function: Function | None) -> bool:
        if not self.held_classes(file, node):
            return False
        return function is None or not is_local(node, function)

    def _call(self, call: Call, function: Function | None) -> Iterator[Splice]:
        names = {target.name for target in self.resolution.targets.get(call, ())}
        effect, file = self.effects.kept.get(call) or self.effects.by_call[call], call.file
        if names & ENGINE_MAKERS:
            yield span_of(call.node), self._engine(call, function)
        elif FACTORY in names:
            yield span_of(call.node), self._factory(call, function)
        elif SCOPED in names:
            yield span_of(call.node), self._unscoped(call, function) + "()" * is_handed_over(call)
        elif effect.kind == "opens" and any(name.removesuffix(".__init__") in SESSION_CLASSES for name in names):
            yield span_of(call.node), self._session(call, function)
        elif effect.kind == "opens" and effect.detail == "next":
            yield span_of(call.node), self._taken(call)
        elif effect.kind == "opens" and effect.callees:
            yield from self._renamed(call, effect.callees[0], function)
        elif effect.kind == "opens":
            yield from self.splices(file, call.node.child_by_field_name("function") or call.node, function)
            yield from self._arguments(call, function)
        elif effect.kind == "project" and len(effect.callees) == 1 and self.maker_classes(effect.callees[0]):
            yield from self._renamed(call, effect.callees[0], function)
        elif effect.kind in ("session", "remove"):
            yield from self._awaited(call, effect, function)
        elif effect.kind == "stays" or is_idle(effect, self.effects) or is_import_work(effect, function, self.effects):
            yield from self._passed_on(call, function)
        elif function and runs_apart(call, effect, function, self.effects):
            yield from in_thread(call, runner_of(file, self.draft, self.bridge))
        else:
            who = function.id if function is not None else text_of(call.node)[:60]
            why = f"{who} does more than to hand over a session ({text_of(call.callee)})"
            raise NotTwinned(Reason("session-provider", why, file.source.relative, call.line))

    def _taken(self, call: Call) -> str:
        """`next(get_db())` opens what the dependency opens."""
        opening = taken(call, self.effects)
        if opening is None or opening.arguments:
            message = f"{text_of(call.node)[:60]} takes a session that is not opened plainly"
            raise NotTwinned(Reason("session-source", message, call.file.source.relative, call.line))
        code = self.code(opening.file, opening.node)
        name = code.partition("(")[0]
        if name.isidentifier() and opening.file is not call.file:
            self.draft.add_import(call.file, opening.file.module, name)
        elif opening.file is not call.file:
            message = f"{code} cannot be imported into {call.file.source.relative}"
            raise NotTwinned(Reason("session-source", message, call.file.source.relative, call.line))
        return code

    def _renamed(self, call: Call, callee: Function, function: Function | None) -> Iterator[Splice]:
        last = call.callee.child_by_field_name("attribute") or call.callee
        yield span_of(last), self.function_twin(callee, call.file, call.callee)
        bare = takes_nothing(callee, setup_statements(callee, self.resolution))
        end = (call.callee.end_byte, call.node.end_byte)
        yield from [(end, "()")] if bare else self._arguments(call, function)

    def function_twin(self, callee: Function, file: File, node: Node) -> str:
        """The name of the async copy of a maker, usable in this file."""
        raise NotImplementedError

    def _arguments(self, call: Call, function: Function | None) -> Iterator[Splice]:
        for argument in call.arguments:
            yield from self.splices(call.file, argument, function)

    def _awaited(self, call: Call, effect: Effect, function: Function | None) -> Iterator[Splice]:
        if function is None or effect.detail in INSIDE:
            raise NotTwinned(Reason("session-factory", text_of(call.node)[:60], call.file.source.relative, call.line))
        if effect.kind == "remove":
            yield span_of(call.node), f"await {effect.detail}.close()"
            return
        yield (call.node.start_byte, call.node.start_byte), "await "
        yield from self._arguments(call, function)

    def _passed_on(self, call: Call, function: Function | None) -> Iterator[Splice]:
        """A call that stays as it is: an engine that flows into it is the sync one inside the async one."""
        callee = call.callee
        if callee.type != "identifier":
            yield from self.splices(call.file, callee, function)
        for argument in call.arguments:
            value = argument.child_by_field_name("value") if argument.type == "keyword_argument" else argument
            is_engine = value is not None and ENGINE in self.held_classes(call.file, value)
            if value is None or not is_engine:
                yield from self.splices(call.file, argument, function)
            elif function is not None and is_local(value, function):
                yield (value.end_byte, value.end_byte), ".sync_engine"

    def _engine(self, call: Call, function: Function | None) -> str:
        """`create_engine(url, ...)` as a call of its own."""
        url = url_node(call)
        if url is None or "create_engine" not in text_of(call.callee):
            message = f"{text_of(call.node)[:60]} is not a plain call of create_engine"
            raise NotTwinned(Reason("session-factory", message, call.file.source.relative, call.line))
        self.draft.add_import(call.file, SQLALCHEMY_ASYNC, "create_async_engine")
        code = self.url_of_text(call.file, call, text_of(url))
        return _call_code(call, "create_async_engine", [code, *self.engine_options(call)])

    def engine_options(self, call: Call) -> list[str]:
        """The options of a call of `create_engine` for an async engine on the same database."""
        dialect = dialect_of(self.resolution.project, call.file, call)
        files = self.resolution.project.files
        is_certain = dialect == "postgresql" or any(b"postgres" in file.source.text for file in files)
        return engine_options(call, self.drivers["postgresql"] if dialect in ("", "postgresql") else "", is_certain)

    def _factory(self, call: Call, function: Function | None) -> str:
        options = self.session_options(call, function)
        heard = heard_class(call, self.resolution)
        classes = factory_classes(call, self.resolution, self.effects.knowledge, self.draft, heard)
        callee = factory_callee(call, self.effects.knowledge, self.draft)
        return _call_code(call, callee, [*options, *classes])

    def _unscoped(self, call: Call, function: Function | None) -> str:
        if len(call.arguments) != 1:
            message = f"{text_of(call.node)[:60]} has a scope of its own"
            raise NotTwinned(Reason("session-scope", message, call.file.source.relative, call.line))
        value = call.arguments[0].child_by_field_name("value") or call.arguments[0]
        return self.code(call.file, value, function)

    def _session(self, call: Call, function: Function | None) -> str:
        names = {target.name for target in self.resolution.targets.get(call, ())}
        direct = next(name for name in sorted(names) if name.removesuffix(".__init__") in SESSION_CLASSES)
        self.draft.add_import(call.file, async_session_module(direct), "AsyncSession")
        return _call_code(call, "AsyncSession", self.session_options(call, function))

    def session_options(
        self, call: Call, function: Function | None, expire: str = "expire_on_commit=False"
    ) -> list[str]:
        """The arguments of a session or a factory: the engine's twin, and without what has no meaning."""
        refuse_old_release(call, self.effects.knowledge)
        parts = []
        for index, argument in enumerate(call.arguments):
            name = argument.child_by_field_name("name") if argument.type == "keyword_argument" else None
            value = argument.child_by_field_name("value") if name is not None else argument
            if value is None or (name is not None and text_of(name) in FACTORY_DROPPED):
                continue
            is_plain = name is None and index == 0 and argument.type != "list_splat"
            if not is_plain and (name is None or text_of(name) == "query_cls"):
                message = f"{text_of(call.node)[:60]}: its arguments are not plain"
                raise NotTwinned(Reason("session-factory", message, call.file.source.relative, call.line))
            is_engine = name is None or text_of(name) == "bind"
            code = self.engine_code(call.file, value, function) if is_engine else text_of(value)
            parts.append(code if name is None else f"{text_of(name)}={code}")
        return [*parts, expire] if expire else parts

    def configured(self, file: File, call: Call) -> str:
        """The arguments of `configure` for an async factory."""
        return ", ".join(self.session_options(call, None, ""))

    def engine_code(self, file: File, node: Node, function: Function | None = None) -> str:
        """The async twin of an engine: a variable's, a copied function's, or made of its value."""
        if function is not None and node.type == "identifier" and is_local(node, function):
            return text_of(node)
        state = self.snapshot()
        try:
            changed = list(self.splices(file, node, function))
            if changed:
                return spliced(file, span_of(node), changed)
            problem = f"{text_of(node)[:60]}: the engine is not known"
        except NotTwinned as error:
            self.restore(state)
            if error.reason.rule in (IN_MEMORY, "engine-options", "session-listener"):
                raise
            problem = error.reason.message
        classes = value_classes(self.resolution, file, [node])[0] or unpacked_classes(file, node, self.resolution)
        if ENGINE not in classes:
            raise NotTwinned(Reason("session-factory", problem, file.source.relative, node.start_point[0] + 1))
        if lost := lost_beside(file, node, self.effects):
            what = text_of(node.child_by_field_name("function") or node)
            message = (
                f"an async engine beside that of {what[:60]} would lack {lost[:60]}, and it gets no copy: {problem}"
            )
            raise NotTwinned(Reason("engine-options", message, file.source.relative, node.start_point[0] + 1))
        return self.engine_of(file, node)

    def maker_classes(self, function: Function) -> set[str]:
        """Which of engine and factory a function gives, by itself or in a tuple."""
        found = {name.partition("[")[0] for name in function_classes(self.resolution, function)}
        parts = part_classes(self.resolution, function) if TUPLE in found else set[str]()
        return {name.partition("[")[0] for name in (*found, *parts)} & HELD


def _call_code(call: Call, callee: str, parts: list[str]) -> str:
    """A call in the layout of the one that it stands for."""
    first = call.arguments[0] if call.arguments else None
    if first is None or first.start_point[0] == call.node.start_point[0]:
        return f"{callee}({', '.join(parts)})"
    indent = " " * first.start_point[1]
    closing = " " * (call.node.end_point[1] - 1)
    lines = "".join(f"\n{indent}{part}," for part in parts)
    return f"{callee}({lines}\n{closing})"


def spliced(file: File, span: tuple[int, int], splices: list[Splice]) -> str:
    """The source of a span with changes."""
    data, base = file.source.text[span[0] : span[1]], span[0]
    for (start, end), new in sorted(splices, reverse=True):
        data = data[: start - base] + new.encode() + data[end - base :]
    return data.decode()
