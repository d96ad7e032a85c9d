"""Which database and driver the URL of an engine names, where every value that it may have says so."""

from __future__ import annotations

import re

from tree_sitter import Node

from awaitify.planning.drivers import only_server
from awaitify.planning.engine_options import connection_options, is_of_server, url_node
from awaitify.planning.names import DRIVERS
from awaitify.planning.written_urls import QUOTED, assigned, is_field
from awaitify.project.index import Call, File, Project, text_of

SCHEME = re.compile(r"(\w+(?:\+\w+)?)://")
WRAPPERS = {"str", "make_url"}
BUILDERS = {"URL.create": "drivername", "PostgresDsn.build": "scheme", "MySQLDsn.build": "scheme"}
DSN_TYPES = {"PostgresDsn": "postgresql", "MySQLDsn": "mysql", "MariaDBDsn": "mariadb"}
SQLITE_ONLY = "check_same_thread"
DEPTH = 4


def scheme_of(project: Project, home: File, call: Call | None) -> str:
    """The scheme of an engine's URL, as `postgresql+psycopg2`; "" when it comes from outside, or may be several."""
    url = (url_node(call) or call.arguments[0]) if call is not None and call.arguments else None
    found = _Schemes(project).of(url, home, DEPTH) if url is not None else {""}
    known = {re.sub(r"^postgres\b", "postgresql", item) for item in found}
    if len({item.partition("+")[0] for item in known}) != 1:
        return ""
    return known.pop() if len(known) == 1 else known.pop().partition("+")[0]


def dialect_of(project: Project, home: File, call: Call | None) -> str:
    """The dialect of an engine's URL; "" when it comes from settings that may be anything."""
    name = scheme_of(project, home, call).partition("+")[0]
    if not name and call is not None and SQLITE_ONLY in connection_options(call):  # any other driver refuses it
        return "sqlite"
    if not name and call is not None and is_of_server(call):
        return only_server(project)
    return name if name in DRIVERS else ""


class _Schemes:
    """Looks an expression's values up in the project; "" stands for one that is not known."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def of(self, node: Node, home: File, depth: int) -> set[str]:
        if not depth:
            return {""}
        match node.type:
            case "string":
                text = QUOTED.fullmatch(text_of(node))
                found = SCHEME.match(text.group(2)) if text else None
                return {found.group(1) if found else ""}
            case "concatenated_string" | "parenthesized_expression" | "binary_operator":  # the scheme comes first
                return self.of(node.named_children[0], home, depth)
            case "identifier":
                return self._named(text_of(node), home, depth - 1)
            case "attribute":
                return self._members(text_of(node).rpartition(".")[2], depth - 1)
            case "call":
                return self._called(node, home, depth)
        return {""}

    def _called(self, node: Node, home: File, depth: int) -> set[str]:
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        name = text_of(callee) if callee is not None else ""
        given = arguments.named_children if arguments is not None else []
        if name in WRAPPERS and len(given) == 1:
            return self.of(given[0], home, depth)
        for builder, option in BUILDERS.items():
            if name.endswith(builder):
                return {_driver_name(given, option)}
        return self._returned(name.rpartition(".")[2], depth - 1) or {""}

    def _named(self, name: str, home: File, depth: int) -> set[str]:
        """What a name of the file is bound to, here or where it is imported from."""
        is_imported = any(item.local == name for item in home.imports)
        files = self._service() if is_imported else (home,)
        values = [(value, file) for file in files for value in assigned(name, file)]
        return set().union(*(self.of(value, file, depth) for value, file in values)) or {""}

    def _returned(self, name: str, depth: int) -> set[str]:
        """What the functions of this name return."""
        found: set[str] = set()
        for function in self.project.functions.values():
            if function.name == name and not function.file.is_test:
                values = [child for item in function.returns for child in item.named_children[:1]]
                schemes = set().union(*(self.of(value, function.file, depth) for value in values)) or {""}
                typed = _typed(function.node.child_by_field_name("return_type"))
                found |= {scheme or typed for scheme in schemes}
        return found

    def _members(self, name: str, depth: int) -> set[str]:
        """What the properties of this name return; a field may be set from outside, so only its type says something."""
        found = self._returned(name, depth)
        for file in self._service():
            for node in file.names if name.encode() in file.source.text else ():
                field = node.parent
                is_named = field is not None and field.type == "assignment" and text_of(node) == name
                if field is not None and is_named and is_field(field, node):
                    found.add(_typed(field.child_by_field_name("type")))
        return found or {""}

    def _service(self) -> list[File]:
        return [file for file in self.project.files if not file.is_test]


def _typed(annotation: Node | None) -> str:
    return DSN_TYPES.get(text_of(annotation).rpartition(".")[2], "") if annotation is not None else ""


def _driver_name(arguments: list[Node], option: str) -> str:
    """The scheme that a builder of URLs is given."""
    for index, item in enumerate(arguments):
        is_it = index == 0 if item.type != "keyword_argument" else text_of(item.named_children[0]) == option
        value = item.named_children[1] if item.type == "keyword_argument" else item
        if is_it and value.type == "string" and (text := QUOTED.fullmatch(text_of(value))):
            return text.group(2)
    return ""
