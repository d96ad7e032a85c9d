"""The async dependency beside the sync one that it replaces, and the code that opens an async session."""

from __future__ import annotations

import re
from dataclasses import dataclass

from awaitify_transforms.edits import InsertCode

from awaitify.analysis.blocks import with_of
from awaitify.analysis.effects import SESSION_CLASSES, Effect
from awaitify.plan_model import Reason
from awaitify.planning.engines import (
    DROPPED,
    SQLALCHEMY_ASYNC,
    SQLMODEL_ASYNC,
    Engines,
    NotTwinned,
    async_name,
    async_session_module,
)
from awaitify.project.index import Call, Function, span_of, text_of

__all__ = ["NotTwinned", "Sessions", "async_name", "async_session_module"]


@dataclass(eq=False)
class Sessions(Engines):
    """Makes the async twins of providers, and opens async sessions where sync ones are opened."""

    def provider(self, function: Function) -> str:
        """The name of the async twin of a dependency that yields a session; the twin is planned if it is not there."""
        name = self.names.get("get_db") or async_name(function.name)
        key = (function.file, function.name)
        if key in self.made:
            return self.made[key]
        existing = self.resolution.project.functions.get(f"{function.file.module}.{name}")
        if existing is not None and not _yields_async_session(existing):
            name, existing = f"{name}_", None
        if existing is None:
            code = self.async_copy(function, name)
            self.draft.add(function.file, InsertCode(span=span_of(function.outer), code="\n\n" + code))
        self.made[key] = name
        return name

    def async_copy(self, function: Function, name: str) -> str:
        """The source of a provider as an async function of another name."""
        base = function.outer.start_byte
        text = function.file.source.text[base : function.outer.end_byte].decode()
        splices = [(span_of(function.name_node), name)]
        if not function.is_async:
            splices.append(((function.node.start_byte, function.node.start_byte), "async "))
        for effect in self.effects.of(function):
            if effect.kind == "opens":
                splices += self._opening(effect.call)
            elif effect.kind == "session":
                splices.append(((effect.call.node.start_byte, effect.call.node.start_byte), "await "))
            elif effect.kind not in ("harmless", "stays", "hands-off") and not self._is_idle(effect):
                raise NotTwinned(
                    _why(
                        function, f"{function.id} does more than to hand over a session ({text_of(effect.call.callee)})"
                    )
                )
        splices += self._return_type(function)
        return _dedent(_spliced(text, base, splices), function.outer.start_point[1])

    def _is_idle(self, effect: Effect, depth: int = 0) -> bool:
        """Whether a call of a project function does nothing that blocks, a few levels down."""
        if effect.kind == "harmless":
            return True
        inner = [item for callee in effect.callees for item in self.effects.of(callee)]
        return effect.kind == "project" and depth < 4 and all(self._is_idle(item, depth + 1) for item in inner)

    def _opening(self, call: Call) -> list[tuple[tuple[int, int], str]]:
        splices = [(span_of(call.node), self.opened(call))]
        statement = with_of(call.node)
        if statement is not None:
            splices.append(((statement.start_byte, statement.start_byte), "async "))
        return splices

    def opened(self, call: Call) -> str:
        """The code that opens an async session where this call opens a sync one."""
        names = {target.name for target in self.resolution.targets.get(call, ())}
        direct = next((name for name in names if name.removesuffix(".__init__") in SESSION_CLASSES), None)
        if direct is not None:
            module = async_session_module(direct)
            self.draft.add_import(call.file, module, "AsyncSession")
            return f"AsyncSession({self._arguments(call, DROPPED, 'engine')})"
        callee = call.callee
        name = self.factory(call.file, callee)
        arguments = ", ".join(text_of(argument) for argument in call.arguments)
        if callee.type == "attribute":
            return f"{text_of(callee.child_by_field_name('object') or callee)}.{name}({arguments})"
        return f"{name}({arguments})"

    def _return_type(self, function: Function) -> list[tuple[tuple[int, int], str]]:
        node = function.node.child_by_field_name("return_type")
        if node is None:
            return []
        text = text_of(node)
        is_sqlmodel = any(
            t.name.startswith("sqlmodel")
            for e in self.effects.of(function)
            if e.kind == "opens"
            for t in self.resolution.targets.get(e.call, ())
        )
        if "Generator" in text or "Iterator" in text or "Iterable" in text:
            self.draft.add_import(function.file, "collections.abc", "AsyncGenerator")
            new = "AsyncGenerator[AsyncSession, None]"
        else:
            new = re.sub(r"\bSession\b", "AsyncSession", text)
        self.draft.add_import(function.file, SQLMODEL_ASYNC if is_sqlmodel else SQLALCHEMY_ASYNC, "AsyncSession")
        return [(span_of(node), new)]


def _yields_async_session(function: Function) -> bool:
    """Whether a function that is there already can serve as the async dependency."""
    return function.is_async and "Async" in text_of(function.node).replace(function.name, "")


def _spliced(text: str, base: int, splices: list[tuple[tuple[int, int], str]]) -> str:
    data = text.encode()
    for (start, end), new in sorted(splices, reverse=True):
        data = data[: start - base] + new.encode() + data[end - base :]
    return data.decode()


def _dedent(text: str, columns: int) -> str:
    prefix = " " * columns
    return "\n".join(line.removeprefix(prefix) for line in text.split("\n")) if columns else text


def _why(function: Function, message: str) -> Reason:
    return Reason("session-provider", message, function.file.source.relative, function.line)
