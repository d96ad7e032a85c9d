"""How an async engine gets the URL of a sync one: the same database, another driver."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from awaitify_transforms.edits import Edit, InsertCode
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.values import ENGINE_MAKERS, FACTORY, SCOPED
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.drivers import likely_dialects, mentions
from awaitify.planning.engine_options import is_of_server
from awaitify.planning.names import DRIVERS, SQLALCHEMY_ASYNC
from awaitify.planning.url_schemes import dialect_of, scheme_of
from awaitify.planning.written_urls import MEMORY, written_urls
from awaitify.project.index import Call, File, Function, Project, ancestors, span_of, text_of

IN_MEMORY = "memory-database"
#: Pools of one connection: what keeps a database in memory alive.
SINGLE = {"StaticPool", "SingletonThreadPool"}
TABLE = "ASYNC_DRIVERS"
TABLE_DIALECTS = ("postgresql", "sqlite", "mysql")
#: Dialects that a row is written for where the project names their drivers.
RARE_DIALECTS = {"mariadb": "mariadb", "oracle": "oracle", "mssql": "pyodbc"}
ENGINE_HELPER = "async_engine_of"
URL_HELPER = "async_url"
URL_CODE = f'''def {URL_HELPER}(url: str | URL) -> URL:
    """The URL of the same database with an async driver."""
    url = make_url(url)
    return url.set(drivername={TABLE}[url.get_backend_name()])
'''
ENGINE_CODE = f'''@lru_cache
def {ENGINE_HELPER}(engine: Engine) -> AsyncEngine:
    """The async engine on the database of a sync one, made once."""
    return create_async_engine(engine.url.set(drivername={TABLE}[engine.dialect.name]))
'''
DUMPER = "TextDumper"
DUMPER_CODE = f'''class {DUMPER}(Dumper):
    """Sends a value of a type that psycopg does not know as its text, as pg8000 does."""

    def dump(self, obj):
        return str(obj).encode()


adapters.register_dumper(object, {DUMPER})
'''


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """What was planned at some time."""

    edits: dict[File, list[Edit]]
    made: dict[tuple[File, str], str]
    dialects: set[str]


@dataclass(eq=False)
class EngineUrls:
    """Writes URLs, and the helpers that they need, each once a file. drivers: async driver names by dialect; names:
    those that the settings give to generated things; made: what has a twin, by file and key; dialects: which databases
    the twins made so far may speak to; copying: the functions whose async copies are being written; bridge: what runs
    sync code in threads."""

    resolution: Resolution
    effects: Effects
    draft: Draft
    drivers: dict[str, str] = field(default_factory=lambda: dict(DRIVERS))
    names: dict[str, str] = field(default_factory=dict)
    made: dict[tuple[File, str], str] = field(default_factory=dict)
    dialects: set[str] = field(default_factory=set)
    copying: set[Function] = field(default_factory=set)
    bridge: str = "to_thread"

    def url_of_engine(self, home: File, engine: str, call: Call | None, node: Node) -> str:
        """The code of the URL beside a sync engine. call: what makes that, if known; node: where the code goes."""
        _refuse_memory(self.resolution.project, home, call)
        dialect = dialect_of(self.resolution.project, home, call)
        self._adapt(home, node, dialect)
        if dialect:
            self.dialects.add(dialect)
            if scheme_of(self.resolution.project, home, call) == self.drivers[dialect]:  # it serves both engines
                return f"{engine}.url"
            return f'{engine}.url.set(drivername="{self.drivers[dialect]}")'
        self._table(home, node)
        return f"{engine}.url.set(drivername={TABLE}[{engine}.dialect.name])"

    def url_of_text(self, home: File, call: Call, url: str) -> str:
        """The code of the URL where no sync engine is at hand. url: the code of what `create_engine` got."""
        _refuse_memory(self.resolution.project, home, call)
        dialect = dialect_of(self.resolution.project, home, call)
        self._adapt(home, call.node, dialect)
        if dialect:
            self.dialects.add(dialect)
            self.draft.add_import(home, "sqlalchemy", "make_url")
            return f'make_url({url}).set(drivername="{self.drivers[dialect]}")'
        self._table(home, call.node)
        if self._is_new(home, URL_HELPER):
            self._helper(home, call.node, URL_CODE)
            self.draft.add_import(home, "sqlalchemy", "URL")
            self.draft.add_import(home, "sqlalchemy", "make_url")
        return f"{URL_HELPER}({url})"

    def engine_of(self, home: File, node: Node) -> str:
        """The code of an async engine on the database of an engine that is not the project's own to make again."""
        self._adapt(home, node, "")
        self._table(home, node)
        if self._is_new(home, ENGINE_HELPER):
            self._helper(home, node, ENGINE_CODE)
            for module, name in (
                ("functools", "lru_cache"), ("sqlalchemy", "Engine"),
                (SQLALCHEMY_ASYNC, "AsyncEngine"), (SQLALCHEMY_ASYNC, "create_async_engine"),
            ):  # fmt: skip
                self.draft.add_import(home, module, name)
        return f"{ENGINE_HELPER}({text_of(node)})"

    def snapshot(self) -> Snapshot:
        """What is planned so far, to come back to."""
        edits = {file: list(items) for file, items in self.draft.edits.items()}
        return Snapshot(edits, dict(self.made), set(self.dialects))

    def restore(self, state: Snapshot) -> None:
        """Comes back to a snapshot."""
        self.draft.edits.clear()
        self.draft.edits.update(state.edits)
        self.made.clear()
        self.made.update(state.made)
        self.dialects.clear()
        self.dialects.update(state.dialects)

    def _adapt(self, home: File, node: Node, dialect: str) -> None:
        """Where pg8000 gives way to psycopg, it takes the same values. dialect: that of the engine, "" for any."""
        project = self.resolution.project
        is_other = dialect not in ("postgresql", "") or not self.drivers["postgresql"].endswith("+psycopg")
        if is_other or home.is_test or not mentions(project.root, "pg8000"):
            return
        is_there = any(f"register_dumper(object, {DUMPER})".encode() in file.source.text for file in project.files)
        if not is_there and not any(name == DUMPER for _, name in self.made):
            self.made[home, DUMPER] = DUMPER
            self._helper(home, node, DUMPER_CODE)
            self.draft.add_import(home, "psycopg", "adapters")
            self.draft.add_import(home, "psycopg.adapt", "Dumper")

    def _is_new(self, home: File, name: str) -> bool:
        """Notes that a file has something of this name; says whether it had not."""
        if (home, name) in self.made:
            return False
        self.made[home, name] = name
        return not re.search(rf"^(def )?{name}\b", home.source.text.decode(), re.MULTILINE)

    def _table(self, home: File, node: Node) -> None:
        self.dialects |= likely_dialects(self.resolution.project)
        if self._is_new(home, TABLE):
            names = (
                *TABLE_DIALECTS,
                *(name for name, word in RARE_DIALECTS.items() if mentions(self.resolution.project.root, word)),
            )
            rows = "".join(f'    "{name}": "{self.drivers[name]}",\n' for name in names)
            self._helper(home, node, f"{TABLE} = {{\n{rows}}}\n\n")

    def _helper(self, home: File, node: Node, code: str) -> None:
        """Puts code at module level, before everything in the file that makes an engine or sessions."""
        makers = [call.node for call in home.calls if self._is_maker(call)]
        first = min([node, *makers], key=lambda item: item.start_byte)
        chain = [first, *(item for item in ancestors(first) if item.parent is not None)]
        self.draft.add(home, InsertCode(span=span_of(chain[-1]), where="before", code=code))

    def _is_maker(self, call: Call) -> bool:
        names = {target.name for target in self.resolution.targets.get(call, ())}
        return bool(names & {*ENGINE_MAKERS, FACTORY, SCOPED})


def _refuse_memory(project: Project, home: File, call: Call | None) -> None:
    """Raises NotTwinned for a database in memory, which belongs to the one engine that made it. A pool of a single
    connection is made for one: it counts where nothing says that the database is another."""
    if call is None or home.is_test:
        return
    urls = written_urls(project, home, call)
    if any(map(MEMORY.fullmatch, urls)):
        message = "the database is in the memory of the sync engine, where an async one cannot see it"
        raise NotTwinned(Reason(IN_MEMORY, message, home.source.relative, call.line))
    pools = [text_of(item).partition("=")[2].rpartition(".")[2].strip() for item in call.arguments
             if text_of(item).startswith("poolclass")]  # fmt: skip
    is_served = any("://" in url for url in urls) or is_of_server(call)
    if set(pools) & SINGLE and not is_served:
        message = f"{pools[0]} keeps a database in memory, which an async engine cannot see; the URL is not known here"
        raise NotTwinned(Reason(IN_MEMORY, message, home.source.relative, call.line))
