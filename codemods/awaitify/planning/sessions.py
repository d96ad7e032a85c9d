"""The async engine, session factory and dependency, placed beside the sync ones that they replace."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import SESSION_CLASSES, Effects
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, ancestors, span_of, text_of

SQLALCHEMY_ASYNC = "sqlalchemy.ext.asyncio"
SQLMODEL_ASYNC = "sqlmodel.ext.asyncio.session"
DROPPED = {"autocommit", "future", "class_", "enable_baked_queries", "expire_on_commit", "query_cls"}
ENGINE_DROPPED = {"future", "encoding", "convert_unicode", "strategy", "executemany_mode", "poolclass"}
DRIVERS = {
    "postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite", "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql", "oracle": "oracle+oracledb", "mssql": "mssql+aioodbc",
}  # fmt: skip


def async_session_module(name: str) -> str:
    """Where the async class of a sync session class is imported from."""
    return SQLMODEL_ASYNC if name.startswith("sqlmodel") else SQLALCHEMY_ASYNC


def async_name(name: str) -> str:
    """`get_db` -> `get_async_db`, `SessionLocal` -> `AsyncSessionLocal`, `engine` -> `async_engine`."""
    if name.startswith("get_"):
        return "get_async_" + name[4:]
    stripped = name.lstrip("_")
    lead = name[: len(name) - len(stripped)]
    return (
        lead
        + (
            "Async"
            if stripped[:1].isupper() and not stripped.isupper()
            else "ASYNC_"
            if stripped.isupper()
            else "async_"
        )
        + stripped
    )


class NotTwinned(Exception):
    """The sync thing has a shape that has no exact async twin here; carries the reason."""

    def __init__(self, reason: Reason):
        super().__init__(reason.message)
        self.reason = reason


@dataclass(eq=False)
class Sessions:
    """Makes twins on demand, each once. drivers: async driver names by dialect."""

    resolution: Resolution
    effects: Effects
    draft: Draft
    drivers: dict[str, str] = field(default_factory=lambda: dict(DRIVERS))
    names: dict[str, str] = field(default_factory=dict)
    made: dict[tuple[File, str], str] = field(default_factory=dict)
    dialects: set[str] = field(default_factory=set)

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
            elif effect.kind not in ("harmless", "stays", "hands-off"):
                raise NotTwinned(
                    _why(
                        function, f"{function.id} does more than to hand over a session ({text_of(effect.call.callee)})"
                    )
                )
        splices += self._return_type(function)
        return _dedent(_spliced(text, base, splices), function.outer.start_point[1])

    def _opening(self, call: Call) -> list[tuple[tuple[int, int], str]]:
        splices = [(span_of(call.node), self.opened(call))]
        statement = _with_of(call.node)
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

    def factory(self, file: File, node: Node) -> str:
        """The name of the async twin of a session factory (a module variable), usable in this file."""
        return self._twin(file, node, self._factory_code)

    def engine(self, file: File, node: Node) -> str:
        """The name of the async twin of an engine (a module variable), usable in this file."""
        return self._twin(file, node, self._engine_code)

    def _twin(self, file: File, node: Node, make) -> str:  # type: ignore[no-untyped-def]
        home, assignment = self._assignment(file, node)
        original = text_of(assignment.child_by_field_name("left") or assignment)
        name = async_name(original)
        if (home, original) not in self.made:
            is_there = self._defined(home, name)
            name = f"{name}_" if is_there is None else name
            self.made[home, original] = name
            if not is_there:
                statement = assignment.parent if assignment.parent is not None else assignment
                self.draft.add(
                    home, InsertCode(span=span_of(statement), code=f"{name} = {make(home, assignment, original)}")
                )
        name = self.made[home, original]
        if home is not file and node.type == "identifier":
            self._import_like(file, text_of(node), home, name)
        return name

    def _import_like(self, file: File, local: str, home: File, name: str) -> None:
        """Imports a twin the way the original is imported."""
        for item in file.imports:
            if item.local == local and item.name:
                module = "." * item.level + item.module
                self.draft.add_import(file, module, name)
                return
        self.draft.add_import(file, home.module, name)

    def _defined(self, home: File, name: str) -> bool | None:
        """Whether the twin is there already; None when something else has its name."""
        found = re.search(rf"^{name}\b\s*(:[^=]+)?=(.*)", home.source.text.decode(), re.MULTILINE)
        if found is None:
            return False
        return True if "async" in found.group(2).lower() else None

    def _assignment(self, file: File, node: Node) -> tuple[File, Node]:
        """The module-level assignment behind a name."""
        for target in self.resolution.definition(file, node):
            home = self.resolution.project.by_path.get(target.path) if target.path else None
            if home is None:
                continue
            found = home.root.descendant_for_byte_range(target.offset, target.offset + 1)
            for parent in ancestors(found) if found is not None else ():
                if parent.type == "assignment" and parent.parent is not None and parent.parent.parent == home.root:
                    return home, parent
        raise NotTwinned(
            Reason(
                "session-factory",
                f"{text_of(node)} is not a module-level variable of the project",
                file.source.relative,
                node.start_point[0] + 1,
            )
        )

    def _factory_code(self, home: File, assignment: Node, original: str) -> str:
        call = self._right_call(home, assignment, ("sessionmaker",))
        self.draft.add_import(home, SQLALCHEMY_ASYNC, "async_sessionmaker")
        extra = ""
        if any("sqlmodel" in text_of(argument) for argument in call.arguments) or self._makes_sqlmodel(call):
            self.draft.add_import(home, SQLMODEL_ASYNC, "AsyncSession")
            extra = ", class_=AsyncSession"
        return f"async_sessionmaker({self._arguments(call, DROPPED, 'engine')}{extra})"

    def _makes_sqlmodel(self, call: Call) -> bool:
        for argument in call.arguments:
            if argument.type == "keyword_argument" and text_of(argument).startswith("class_"):
                value = argument.child_by_field_name("value")
                targets = self.resolution.definition(call.file, value) if value is not None else ()
                return any(target.name.startswith("sqlmodel") for target in targets)
        return False

    def _right_call(self, home: File, assignment: Node, names: tuple[str, ...]) -> Call:
        right = assignment.child_by_field_name("right")
        for call in home.calls:
            if right is not None and call.node == right and text_of(call.callee).rpartition(".")[2] in names:
                return call
        raise NotTwinned(
            Reason(
                "session-factory",
                f"{text_of(assignment)[:60]} is not a plain call of {names[0]}",
                home.source.relative,
                assignment.start_point[0] + 1,
            )
        )

    def _arguments(self, call: Call, dropped: set[str], engine_word: str) -> str:
        """The arguments of a session or factory call with the engine's twin, and without what has no meaning."""
        parts = []
        for index, argument in enumerate(call.arguments):
            if argument.type == "keyword_argument":
                name, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
                if name is None or value is None or text_of(name) in dropped:
                    continue
                is_engine = text_of(name) == "bind"
                parts.append(f"{text_of(name)}={self.engine(call.file, value) if is_engine else text_of(value)}")
            elif index == 0:
                parts.append(self.engine(call.file, argument))
            else:
                raise NotTwinned(
                    Reason(
                        "session-factory",
                        f"{text_of(call.node)[:60]}: its arguments are not plain",
                        call.file.source.relative,
                        call.line,
                    )
                )
        return ", ".join([*parts, "expire_on_commit=False"])

    def _engine_code(self, home: File, assignment: Node, original: str) -> str:
        self.draft.add_import(home, SQLALCHEMY_ASYNC, "create_async_engine")
        options = ""
        try:
            call = self._right_call(home, assignment, ("create_engine",))
        except NotTwinned:
            call = None
        if call is not None:
            kept = [text_of(item) for item in call.arguments[1:] if item.type == "keyword_argument"
                    and text_of(item.named_children[0]) not in ENGINE_DROPPED]  # fmt: skip
            options = "".join(f", {item}" for item in kept)
        dialect = self._dialect(home, call)
        if dialect:
            self.dialects.add(dialect)
            return f'create_async_engine({original}.url.set(drivername="{self.drivers[dialect]}"){options})'
        self.dialects |= {"postgresql", "sqlite"}
        self._drivers_table(home, assignment)
        return f"create_async_engine({original}.url.set(drivername=ASYNC_DRIVERS[{original}.dialect.name]){options})"

    def _drivers_table(self, home: File, assignment: Node) -> None:
        statement = assignment.parent if assignment.parent is not None else assignment
        rows = "".join(
            f'    "{name}": "{driver}",\n'
            for name, driver in self.drivers.items()
            if name in ("postgresql", "sqlite", "mysql")
        )
        self.draft.add(
            home, InsertCode(span=span_of(statement), where="before", code=f"ASYNC_DRIVERS = {{\n{rows}}}\n\n")
        )

    def _dialect(self, home: File, call: Call | None) -> str:
        """The dialect when the URL is written in the file, "" when it comes from settings."""
        if call is None or not call.arguments:
            return ""
        text = text_of(call.arguments[0])
        if call.arguments[0].type == "identifier":
            match = re.search(
                rf"^{re.escape(text)}\s*(?::[^=]+)?=\s*f?[\"']([^\"']+)", home.source.text.decode(), re.MULTILINE
            )
            text = f'"{match.group(1)}' if match else ""
        match = re.match(r"f?[\"'](\w+)(\+\w+)?://", text)
        return (
            match.group(1).replace("postgres", "postgresql").replace("postgresqlql", "postgresql")
            if match and match.group(1) in (*DRIVERS, "postgres")
            else ""
        )

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


def _with_of(node: Node) -> Node | None:
    """The `with` statement whose item a call is."""
    for parent in ancestors(node):
        if parent.type == "with_statement":
            return parent
        if parent.type not in ("as_pattern", "with_item", "with_clause"):
            return None
    return None


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
