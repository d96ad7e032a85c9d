"""The code put into the target's tests: an async session on the database of a test's own sync session."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.planning.draft import Draft
from awaitify.planning.sessions import SQLALCHEMY_ASYNC, SQLMODEL_ASYNC, Sessions
from awaitify.project.index import File, ancestors, span_of, text_of

HELPER = "async_session_of"
DIALECTS = ("postgresql", "sqlite", "mysql")
URL = re.compile(r"[\"'](postgres(?:ql)?|sqlite|mysql|mariadb)(?:\+\w+)?://")
CODE = '''{table}@asynccontextmanager
async def {name}(session{annotation}) -> AsyncGenerator[AsyncSession, None]:
    """Opens an async session on a sync one's database; both see all commits."""
    engine = session.get_bind().engine
    async_engine = create_async_engine(engine.url.set(drivername={driver}), poolclass=NullPool)

    def forget(_, row):
        """What the app deletes leaves the sync session with its values."""
        own = session.identity_map.get(inspect(row).identity_key)
        if own is not None:
            session.expunge(own)

    expire_on_commit = session.expire_on_commit
    session.expire_on_commit = False
    session.commit()
    session.expire_on_commit = expire_on_commit
    try:
        async with AsyncSession(async_engine, expire_on_commit=False) as async_session:
            listen(async_session.sync_session, "persistent_to_deleted", forget)
            yield async_session
    finally:
        session.expire_all()
'''


@dataclass(eq=False)
class Helper:
    """Plans the helper once a file. is_sqlmodel: whether the app's sessions are SQLModel's."""

    draft: Draft
    sessions: Sessions
    is_sqlmodel: bool
    placed: dict[File, str] = field(default_factory=dict)

    def use(self, file: File, node: Node, origins: Iterable[File]) -> str:
        """The helper's name in a file; its code is planned above the top-level statement around the node.
        origins: the files where the sessions are made, which tell the database."""
        if file not in self.placed:
            self.placed[file] = HELPER
            top = next(
                item for item in (node, *ancestors(node)) if item.parent is not None and item.parent.type == "module"
            )
            self.draft.add(file, InsertCode(span=span_of(top), where="before", code=self._code(file, [file, *origins])))
            self._imports(file)
        return HELPER

    def _code(self, file: File, origins: list[File]) -> str:
        driver, table = self._driver(file, origins)
        annotation = "" if _binds(file, "Session") else ": Session"
        return CODE.format(table=table, name=HELPER, annotation=annotation, driver=driver)

    def _driver(self, file: File, origins: list[File]) -> tuple[str, str]:
        """The code of the async driver's name, and the table that it needs."""
        found = {match for file in origins if file.is_test for match in URL.findall(file.source.text.decode())}
        dialects = {{"postgres": "postgresql"}.get(name, name) for name in found}
        if len(dialects) == 1:
            dialect = dialects.pop()
            self.sessions.dialects.add(dialect)
            return f'"{self.sessions.drivers[dialect]}"', ""
        self.sessions.dialects |= {"postgresql", "sqlite"} if not self.sessions.dialects else set()
        if self._imports_table(file):
            return "ASYNC_DRIVERS[engine.dialect.name]", ""
        rows = "".join(f'    "{name}": "{self.sessions.drivers[name]}",\n' for name in DIALECTS)
        return "ASYNC_DRIVERS[engine.dialect.name]", f"ASYNC_DRIVERS = {{\n{rows}}}\n\n\n"

    def _imports_table(self, file: File) -> bool:
        """Imports the table that the app got, where the file imports from the same module already."""
        for home, edits in self.draft.edits.items():
            is_home = any(isinstance(edit, InsertCode) and edit.code.startswith("ASYNC_DRIVERS = ") for edit in edits)
            if is_home and not home.is_test and any(item.module == home.module and item.name for item in file.imports):
                self.draft.add_import(file, home.module, "ASYNC_DRIVERS")
                return True
        return False

    def _imports(self, file: File) -> None:
        add = self.draft.add_import
        add(file, "collections.abc", "AsyncGenerator")
        add(file, "contextlib", "asynccontextmanager")
        add(file, "sqlalchemy", "inspect")
        add(file, "sqlalchemy.event", "listen")
        add(file, SQLALCHEMY_ASYNC, "create_async_engine")
        add(file, "sqlalchemy.pool", "NullPool")
        add(file, SQLMODEL_ASYNC if self.is_sqlmodel else SQLALCHEMY_ASYNC, "AsyncSession")
        if not _binds(file, "Session"):
            add(file, "sqlmodel" if self.is_sqlmodel else "sqlalchemy.orm", "Session")


def _binds(file: File, name: str) -> bool:
    """Whether a file binds a name by other means than an import: the name is taken."""
    return any(
        text_of(node) == name and node.parent is not None and node.parent.type == "assignment"
        and node.parent.child_by_field_name("left") == node
        for node in file.names
    )  # fmt: skip
