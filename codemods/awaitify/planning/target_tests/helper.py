"""The code put into the target's tests: an async session on the database of a test's own sync session."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.plan_model import TextPlan
from awaitify.planning.draft import Draft
from awaitify.planning.names import SQLALCHEMY_ASYNC, SQLMODEL_ASYNC
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.faked_methods import faked
from awaitify.planning.target_tests.listeners import relayed
from awaitify.project.index import File, Function, ImportedName, Project, ancestors, span_of, text_of

HELPER = "async_session_of"
MODULE = "async_sessions"
DIALECTS = ("postgresql", "sqlite", "mysql")
URL = re.compile(r"[\"'](postgres(?:ql)?|sqlite|mysql|mariadb)(?:\+\w+)?://")
ENVIRONMENT = re.compile(rb"\b(environ|getenv)\b")
OPTIONS = "async_engine, autoflush=session.autoflush, expire_on_commit=False"
OWN_CLASS = """
            async_engine, autoflush=session.autoflush, expire_on_commit=False, sync_session_class=type(session)
        """
CODE = '''{table}@asynccontextmanager
async def {name}(session{annotation}{keeps}) -> AsyncGenerator[AsyncSession, None]:
    """Opens an async session on a sync one's database; both see all commits."""
    engine = session.get_bind().engine
    url = engine.url.set(drivername={driver})
    async_engine = create_async_engine({engine})
{listeners}
    def forget(_, row):
        """What the app deletes leaves the sync session with its values."""
        own = session.identity_map.get(inspect(row).identity_key)
        if own is not None:
            for name in inspect(own).expired_attributes.intersection(inspect(own).mapper.columns.keys()):
                if name in inspect(row).dict:
                    set_committed_value(own, name, inspect(row).dict[name])
            session.expunge(own)

    expire_on_commit = session.expire_on_commit
    session.expire_on_commit = False
    session.commit()  # awaitify: ignore[sync-session] a test waits for nothing else here
    session.expire_on_commit = expire_on_commit
    ended = []
    try:
        async with AsyncSession({options}) as async_session:
            listen(async_session.sync_session, "persistent_to_deleted", forget)
            for event in ("after_commit", "after_rollback"):
                listen(async_session.sync_session, event, ended.append)
{faked}{yields}
    finally:
        if ended:  # as the sync session itself does then
            session.expire_all()
'''


ENGINE = "url, poolclass=NullPool"
JSON = ("json_serializer", "json_deserializer")
JSON_ENGINE = """
        url,
        poolclass=NullPool,
        json_serializer=engine.dialect._json_serializer,
        json_deserializer=engine.dialect._json_deserializer,
    """
YIELDS = "            yield async_session"
KEEPS = """            listen(async_session.sync_session, "after_flush", lambda *_: ended.append(True))
            try:
                yield async_session
            except BaseException:
                if not session.autoflush:  # what was not flushed yet is never to be
                    async_session.expunge_all()
                raise
            finally:
                if keeps and async_session.is_active:  # what a shared session would still hold
                    await async_session.commit()"""


@dataclass(eq=False)
class Helper:
    """Plans the helper: in the file that uses it, or, for several files of one package, in a module of its own.
    is_sqlmodel: whether the app's sessions are SQLModel's; keeps_class: whether they are of a class of the project;
    keeps: whether something uses it for a session that a test shares with the app, until all is undone."""

    project: Project
    draft: Draft
    sessions: Sessions
    is_sqlmodel: bool
    keeps_class: bool = False
    keeps: bool = False
    uses: dict[File, tuple[Node, list[File]]] = field(default_factory=dict)

    def use(self, file: File, node: Node, origins: Iterable[File]) -> str:
        """The helper's name in a file. node: what uses it; origins: the files where the sessions are made, which tell
        the database."""
        self.uses.setdefault(file, (node, []))[1].extend(origins)
        return HELPER

    def keeping(self, leaves_open: bool) -> tuple[str, str]:
        """The helper's name, and the argument that has the app's uncommitted work stay where it is left open, as in a
        session that the test shares with it."""
        there = [item for file in self.project.files if file.is_test for item in file.functions if _is_helper(item)]
        if not leaves_open or any(item.param("keeps") is None for item in there):
            return HELPER, ""
        self.keeps = True
        return HELPER, ", keeps=True"

    def place(self) -> tuple[TextPlan, ...]:
        """Plans the code where it is used, unless it is there; returns the new module, if there is one."""
        self._use_what_is_there()
        folder = self._package()
        if folder is not None:
            return self._module(folder)
        for file, (node, origins) in self.uses.items():
            top = next(i for i in (node, *ancestors(node)) if i.parent is not None and i.parent.type == "module")
            code = self._code(file, [file, *origins])
            self.draft.add(file, InsertCode(span=span_of(top), where="before", code=code))
            for module, name in self._imports(file):
                self.draft.add_import(file, module, name)
        return ()

    def _use_what_is_there(self) -> None:
        """A helper that an earlier step left serves again."""
        homes = [
            file for file in self.project.files if file.is_test and any(_is_helper(item) for item in file.functions)
        ]
        for file in [*self.uses] if homes else ():
            del self.uses[file]
            if file not in homes:
                self.draft.add_import(file, homes[0].module, HELPER)

    def annotated(self, file: File) -> str:
        """The annotation of a sync session in a file, which then imports the types of the async fixtures too."""
        for module, name in self._types(file):
            self.draft.add_import(file, module, name)
        return ": orm.Session" if _binds(file, "Session") else ": Session"

    def _package(self) -> Path | None:
        """The package of tests that holds all files that use the helper; None for a single file or no package."""
        if len(self.uses) < 2:
            return None
        folder = Path(os.path.commonpath([file.path.parent for file in self.uses]))
        is_free = folder / f"{MODULE}.py" not in self.project.by_path
        return folder if is_free and folder / "__init__.py" in self.project.by_path else None

    def _module(self, folder: Path) -> tuple[TextPlan, ...]:
        for file in self.uses:
            depth = len(file.path.relative_to(folder).parts)
            parts = file.module.split(".")[:-depth]
            self.draft.add_import(file, ".".join([*parts, MODULE]), HELPER)
        origins = [home for file, (_, found) in self.uses.items() for home in (file, *found)]
        code = self._code(None, list(dict.fromkeys(origins)))
        imports = "".join(f"from {module} import {name}\n" for module, name in self._imports(None))
        text = f'"""Async sessions for the tests of an async app."""\n\n{imports}\n'
        gap = "" if code.startswith("ASYNC_DRIVERS") else "\n"
        path = (folder / f"{MODULE}.py").relative_to(self.project.root).as_posix()
        return (TextPlan(path, "", text + gap + code),)

    def _code(self, file: File | None, origins: list[File]) -> str:
        driver, table = self._driver(file, origins)
        annotation = ": orm.Session" if file is not None and _binds(file, "Session") else ": Session"
        options = OWN_CLASS if self.keeps_class else OPTIONS
        return CODE.format(
            table=table, name=HELPER, annotation=annotation, driver=driver, options=options,
            engine=JSON_ENGINE if self._has_own_json() else ENGINE,
            listeners=relayed(self.project), faked=faked(self.project), yields=KEEPS if self.keeps else YIELDS,
            keeps=", keeps: bool = False" if self.keeps else "",
        )  # fmt: skip

    def _has_own_json(self) -> bool:
        """Whether an engine of the project writes or reads JSON in a way of its own."""
        engines = (call for file in self.project.files for call in file.calls if _name(call.callee) == "create_engine")
        named = (item.child_by_field_name("name") for call in engines for item in call.arguments)
        return any(name is not None and text_of(name) in JSON for name in named)

    def _driver(self, file: File | None, origins: list[File]) -> tuple[str, str]:
        """The code of the async driver's name, and the table that it needs."""
        found = {match for file in origins if file.is_test for match in URL.findall(file.source.text.decode())}
        dialects = {"postgresql" if name == "postgres" else name for name in found}
        if not any(file.is_test and b"create_engine" in file.source.text for file in origins):
            dialects |= self.sessions.dialects  # they use the app's own engine
        is_given = any(file.is_test and ENVIRONMENT.search(file.source.text) for file in origins)
        if len(dialects) == 1 and not is_given:
            dialect = dialects.pop()
            self.sessions.dialects.add(dialect)
            return f'"{self.sessions.drivers[dialect]}"', ""
        self.sessions.dialects |= dialects or ({"postgresql", "sqlite"} if not self.sessions.dialects else set())
        if file is not None and (self._has_table(file) or self._imports_table(file)):
            return "ASYNC_DRIVERS[engine.dialect.name]", ""
        rows = "".join(f'    "{name}": "{self.sessions.drivers[name]}",\n' for name in DIALECTS)
        return "ASYNC_DRIVERS[engine.dialect.name]", f"ASYNC_DRIVERS = {{\n{rows}}}\n\n\n"

    def _imports_table(self, file: File) -> bool:
        """Imports the table that the app got, where the file imports from the same module already."""
        for home in self.project.files:
            if (
                self._has_table(home)
                and not home.is_test
                and any(item.module == home.module and item.name and item.is_top for item in file.imports)
            ):
                self.draft.add_import(file, home.module, "ASYNC_DRIVERS")
                return True
        return False

    def _has_table(self, file: File) -> bool:
        """Whether a file gets the table of drivers, or has it from an earlier step."""
        edits = self.draft.edits.get(file, ())
        is_planned = any(isinstance(edit, InsertCode) and edit.code.startswith("ASYNC_DRIVERS = ") for edit in edits)
        return is_planned or b"\nASYNC_DRIVERS = {" in file.source.text

    def _imports(self, file: File | None) -> list[tuple[str, str]]:
        """(module, name) of what the code needs, for a file or for the new module."""
        standard, *types = self._types(file)
        code = [
            ("sqlalchemy", "inspect"),
            ("sqlalchemy.event", "listen"),
            (SQLALCHEMY_ASYNC, "create_async_engine"),
            ("sqlalchemy.orm.attributes", "set_committed_value"),
            ("sqlalchemy.pool", "NullPool"),
        ]
        return [standard, ("contextlib", "asynccontextmanager"), *sorted([*code, *types])]

    def _types(self, file: File | None) -> list[tuple[str, str]]:
        """(module, name) of what annotations need."""
        found = [
            ("collections.abc", "AsyncGenerator"),
            (SQLMODEL_ASYNC if self.is_sqlmodel else SQLALCHEMY_ASYNC, "AsyncSession"),
        ]
        if file is not None and _binds(file, "Session"):
            found.append(("sqlalchemy", "orm"))
        else:
            found.append(("sqlmodel" if self.is_sqlmodel else "sqlalchemy.orm", "Session"))
        return found


def _is_helper(function: Function) -> bool:
    return function.name == HELPER and function.is_async and function.parent is None


def _home_of(item: ImportedName) -> str:
    """The package that a name is imported from."""
    return "" if item.level else item.module.partition(".")[0]


def _name(callee: Node) -> str:
    return text_of(callee).rpartition(".")[2]


def _binds(file: File, name: str) -> bool:
    """Whether a file binds a name to something else than a library's class: the name is taken."""
    brought = [item for item in file.imports if item.local == name and _home_of(item) not in ("sqlalchemy", "sqlmodel")]
    return bool(brought) or any(
        text_of(node) == name and node.parent is not None and node.parent.type == "assignment"
        and node.parent.child_by_field_name("left") == node
        for node in file.names
    )  # fmt: skip
