"""Engines that tests assign to a module of the app, which they may import under a computed name: the async engine
beside it gets one on the same database. One in memory becomes a file, which both can open.

`module.engine = create_engine("sqlite://", poolclass=StaticPool)` is followed by
`module.async_engine = create_async_engine(module.engine.url.set(drivername="sqlite+aiosqlite"), poolclass=NullPool)`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from awaitify_transforms.edits import InsertCode, ReplaceExpression
from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.target_tests.keys import statement_of
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.engine_options import engine_options
from awaitify.planning.names import SQLALCHEMY_ASYNC
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.memory import FILE_URL, MEMORY
from awaitify.project.index import LANGUAGE, Call, File, owner_of, span_of, text_of

_ASSIGNED = Query(LANGUAGE, "(assignment left: [(identifier) (attribute)] right: (_)) @assignment")
SQLITE_FILE = re.compile(r"""[rbuf]*(["'])sqlite(\+pysqlite)?:///(?!:memory:)[^?"']+\1""")
MODULE_TYPE = "types.ModuleType"
IMPORTS = "import_module"


@dataclass(eq=False)
class AssignedEngines:
    """Plans the engines beside those that tests assign."""

    sessions: Sessions
    draft: Draft

    def paths(self, file: File, node: Node, path: str) -> list[str]:
        """The dotted paths that an assignment to an attribute sets, of names that have an async twin."""
        owner, name = node.child_by_field_name("object"), path.rpartition(".")[2]
        modules = self._modules(file, owner) if owner is not None and name in self._twinned() else None
        return [path] if modules is None else [f"{module}.{name}" for module in modules]

    def _twinned(self) -> set[str]:
        return {key.partition("@")[0] for _, key in self.sessions.made}

    def _modules(self, file: File, owner: Node) -> list[str] | None:
        """The modules of the project that a variable of a test may hold; None where it holds none that is computed."""
        if owner.type != "identifier":
            return None
        names = [item.module for item in self.sessions.resolution.project.files if not item.is_test]
        found = [value for value in _values(file, owner) if IMPORTS in text_of(value)]
        if not found:
            is_module = MODULE_TYPE in self.sessions.resolution.class_names(file, owner)
            if not is_module or any(item.local == text_of(owner) for item in file.imports):
                return None
            found = [call.node for call in file.calls if text_of(call.callee).endswith(IMPORTS)]  # in a fixture
        patterns = [_pattern(value) for value in found] or [".+"]
        return [name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns)]

    def follow(self, file: File, node: Node, paths: Sequence[str]) -> bool:
        """Whether the twins of all these names can be assigned an engine too; plans it."""
        twins = {name for path in paths for name in self._twins_at(path)}
        assignment, statement = node.parent, statement_of(node)
        right = assignment.child_by_field_name("right") if assignment is not None else None
        call = self.sessions.resolution.call_at(file, right) if right is not None else None
        if call is None or len(twins) != 1 or statement is None or statement.named_children[:1] != [assignment]:
            return False
        url = _url(file, call)
        if text_of(call.callee).rpartition(".")[2] != "create_engine" or url is None:
            return False
        try:
            options = [item for item in engine_options(call, "") if not item.startswith("poolclass=")]
        except NotTwinned:
            return False
        if MEMORY.fullmatch(text_of(url)):
            self.draft.add(file, ReplaceExpression(span=span_of(url), code=FILE_URL))
            self.draft.add_import(file, "tempfile")
        made = ", ".join([f'{text_of(node)}.url.set(drivername="sqlite+aiosqlite")', *options, "poolclass=NullPool"])
        code = f"{text_of(node).rpartition('.')[0]}.{twins.pop()} = create_async_engine({made})"
        self.draft.add(file, InsertCode(span=span_of(statement), where="after", code=code))
        self.draft.add_import(file, SQLALCHEMY_ASYNC, "create_async_engine")
        self.draft.add_import(file, "sqlalchemy.pool", "NullPool")
        return True

    def _twins_at(self, path: str) -> Iterator[str]:
        module, _, name = path.rpartition(".")
        for (home, key), twin in self.sessions.made.items():
            if home.module == module and key.partition("@")[0] == name:
                yield twin


def _values(file: File, name: Node) -> Iterator[Node]:
    """What a variable, or an attribute of one, is assigned where it is used."""
    owner = owner_of(file, name)
    for node in QueryCursor(_ASSIGNED).captures(owner.node if owner else file.root).get("assignment", []):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None and text_of(left) == text_of(name):
            yield right


def _pattern(value: Node) -> str:
    """A regular expression for the names that `import_module(...)` may be given."""
    arguments = value.child_by_field_name("arguments")
    named = arguments.named_children if arguments is not None else []
    if len(named) != 1 or named[0].type != "string":
        return ".+"
    parts = {"string_content": lambda item: re.escape(text_of(item)), "interpolation": lambda item: ".+"}
    return "".join(parts[item.type](item) for item in named[0].children if item.type in parts)


def _url(file: File, call: Call) -> Node | None:
    """Where the URL of SQLite is written that an engine is made of: in the call, or in the one value of a variable."""
    node = call.arguments[0] if call.arguments else None
    if node is not None and node.type == "keyword_argument":
        node = None
    if node is not None and node.type in ("identifier", "attribute"):
        values = list(_values(file, node))
        node = values[0] if len(values) == 1 else None
    if node is None:
        return None
    return node if MEMORY.fullmatch(text_of(node)) or SQLITE_FILE.fullmatch(text_of(node)) else None
