"""The async engine and session factory, placed beside the sync ones that they replace."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.naming import async_name
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.listeners import follow_listeners
from awaitify.project.index import Call, File, ancestors, span_of, text_of

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


class NotTwinned(Exception):
    """The sync thing has a shape that has no exact async twin here; carries the reason."""

    def __init__(self, reason: Reason):
        super().__init__(reason.message)
        self.reason = reason


ENGINE_HELPER = "async_engine_of"
ENGINE_CLASS = "sqlalchemy.engine.base.Engine"


@dataclass(eq=False)
class Engines:
    """Makes twins of module variables on demand, each once. drivers: async driver names by dialect; names: those
    that the settings give to generated things; dialects: which databases the twins made so far may speak to."""

    resolution: Resolution
    effects: Effects
    draft: Draft
    drivers: dict[str, str] = field(default_factory=lambda: dict(DRIVERS))
    names: dict[str, str] = field(default_factory=dict)
    made: dict[tuple[File, str], str] = field(default_factory=dict)
    dialects: set[str] = field(default_factory=set)

    def factory(self, file: File, node: Node) -> str:
        """The name of the async twin of a session factory (a module variable), usable in this file."""
        return self._twin(file, node, self._factory_code)

    def engine(self, file: File, node: Node) -> str:
        """The code of the async twin of an engine, usable in this file: a module variable's, or made of its value."""
        try:
            return self._twin(file, node, self._engine_code)
        except NotTwinned:
            if not self._is_engine(file, node):
                raise
        self._engine_helper(file, node)
        return f"{ENGINE_HELPER}({text_of(node)})"

    def _is_engine(self, file: File, node: Node) -> bool:
        """Whether an expression is an engine: by its type, or by what the project function that it calls returns."""
        if node.type != "call":
            return ENGINE_CLASS in self.resolution.class_names(file, node)
        for target in self.resolution.definition(file, node):
            function = self.resolution.function_of(target)
            result = function.node.child_by_field_name("return_type") if function is not None else None
            if function is None or function.is_async or function.is_generator:
                continue
            if result is not None and text_of(result).rpartition(".")[2] == "Engine":
                return True
            values = [value for node in function.returns for value in node.named_children]
            classes = {name for value in values for name in self.resolution.class_names(function.file, value)}
            if classes == {ENGINE_CLASS}:
                return True
        return False

    def _engine_helper(self, file: File, node: Node) -> None:
        """A function that makes the async engine of any engine once, before the statement that uses it."""
        if (file, ENGINE_HELPER) in self.made:
            return
        self.made[file, ENGINE_HELPER] = ENGINE_HELPER
        self.dialects |= {"postgresql", "sqlite"}
        if re.search(rf"^def {ENGINE_HELPER}\b", file.source.text.decode(), re.MULTILINE):
            return
        statement = [item for item in ancestors(node) if item.parent is not None][-1]
        table = "" if self._defined(file, "ASYNC_DRIVERS") else f"{self._drivers_code()}\n\n"
        code = (
            f"{table}@lru_cache\ndef {ENGINE_HELPER}(engine: Engine) -> AsyncEngine:\n"
            '    """The async engine on the database of a sync one, made once."""\n'
            "    return create_async_engine(engine.url.set(drivername=ASYNC_DRIVERS[engine.dialect.name]))\n"
        )
        self.draft.add(file, InsertCode(span=span_of(statement), where="before", code=code))
        self.draft.add_import(file, "functools", "lru_cache")
        self.draft.add_import(file, "sqlalchemy", "Engine")
        self.draft.add_import(file, SQLALCHEMY_ASYNC, "AsyncEngine")
        self.draft.add_import(file, SQLALCHEMY_ASYNC, "create_async_engine")

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
                left, is_engine = assignment.named_children[0], make == self._engine_code
                reason = follow_listeners(home, left, name, is_engine, self.resolution, self.draft)
                if reason is not None:
                    raise NotTwinned(reason)
        name = self.made[home, original]
        if home is not file and node.type == "identifier":
            self._import_like(file, text_of(node), home, name)
        return name

    def made_twin(self, file: File, node: Node) -> tuple[File, str] | None:
        """Where the async twin of a module variable stands and what it is called, if this plan uses one."""
        try:
            home, assignment = self._assignment(file, node)
        except NotTwinned:
            return None
        name = self.made.get((home, text_of(assignment.child_by_field_name("left") or assignment)))
        return (home, name) if name is not None else None

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
        self.draft.add(home, InsertCode(span=span_of(statement), where="before", code=f"{self._drivers_code()}\n\n"))

    def _drivers_code(self) -> str:
        names = ("postgresql", "sqlite", "mysql")
        rows = "".join(f'    "{name}": "{driver}",\n' for name, driver in self.drivers.items() if name in names)
        return f"ASYNC_DRIVERS = {{\n{rows}}}"

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
