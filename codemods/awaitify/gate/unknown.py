"""Calls that look like those of an async session, or of an async project method, on a receiver of unknown type."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tree_sitter import Node

from awaitify.gate import consumers
from awaitify.gate.climb import climb
from awaitify.gate.model import Finding
from awaitify.gate.references import Reference
from awaitify.gate.symbols import Colour, Symbols
from awaitify.gate.syntax import code, def_of, is_async, last_name, line, qualname
from awaitify.resolve.model import Target

_WITH_SESSIONS = {"sqlalchemy", "sqlmodel", "fastapi_async_sqlalchemy", "advanced_alchemy"}
_PLAIN_METHODS = frozenset(name for kind in (str, bytes, list, dict, set, int) for name in dir(kind))


def check_unknown(
    symbols: Symbols,
    resolved: Sequence[tuple[Reference, tuple[Target, ...]]],
    receivers: Collection[tuple[Path, int, str]],
    awaited: Collection[str],
) -> list[Finding]:
    """receivers: (file, id of the def, source) of what is known to be an async session there; awaited: the texts of the
    methods that the project awaits somewhere (`redis_client.get`)."""
    importers = {path for path, root in symbols.roots.items() if "AsyncSession" in code(root)}
    only_async = _only_async_names(symbols)
    findings: list[Finding] = []
    for reference, targets in resolved:
        scope = def_of(reference.expression)
        if targets or scope is None or not is_async(scope) or reference.receiver is None:
            continue
        suspicious = (
            reference.name in only_async
            or _awaited_elsewhere(reference, scope, awaited)
            or _is_session(reference, scope, reference.path in importers, bool(importers), receivers)
        ) and not _is_foreign(reference, scope, symbols)
        if suspicious and _is_called(reference.expression) and climb(reference.expression, Colour(1)) is not None:
            message = f"{code(reference.expression)} is not awaited, and the type of its receiver is unknown"
            where = line(reference.expression)
            findings.append(Finding(str(reference.path), where, "unknown-receiver", message, qualname(scope)))
    return findings


def _only_async_names(symbols: Symbols) -> set[str]:
    """Names that every def of the project which bears them makes async, and that no plain built-in type has."""
    both: dict[str, set[bool]] = {}
    for key, function in symbols.functions.items():
        if function.in_class:
            both.setdefault(function.name, set()).add(key in symbols.colours)
    names = {name for name, colours in both.items() if colours == {True}}
    return names - _PLAIN_METHODS - consumers.SESSION_AWAITED - consumers.LIBRARY_NAMES


def _awaited_elsewhere(reference: Reference, scope: Node, awaited: Collection[str]) -> bool:
    """The same method of the same name is awaited in another place, and the name is not a local variable here."""
    text = code(reference.expression)
    if text not in awaited or reference.name in consumers.RESULT_METHODS:
        return False
    root = re.escape(text.partition(".")[0])
    return re.search(rf"(?<![\w.]){root}\s*(?::[^=\n]+)?=(?!=)|\b(?:for|as)\s+{root}\b", code(scope)) is None


def _is_session(
    reference: Reference,
    scope: Node,
    imports_session: bool,
    project_async: bool,
    receivers: Collection[tuple[Path, int, str]],
) -> bool:
    receiver = reference.receiver
    text = code(receiver)
    if reference.name not in consumers.SESSION_AWAITED:
        return False
    if (reference.path, scope.id, text) in receivers:
        return True
    if receiver is None or receiver.type not in ("identifier", "attribute") or _is_awaited_result(text, scope):
        return False
    if last_name(receiver).lower() in consumers.SESSION_RECEIVERS:
        return project_async
    return imports_session and reference.name in consumers.SESSION_TELLING


def _is_awaited_result(text: str, scope: Node) -> bool:
    """`text = await ...` in the function: a result, not a session."""
    return re.search(rf"(?<![\w.]){re.escape(text)}\s*(?::[^=\n]+)?=\s*\(?\s*await\b", code(scope)) is not None


def _is_foreign(reference: Reference, scope: Node, symbols: Symbols) -> bool:
    """Whether the receiver is a local name for what a library makes that has to do with no session of SQLAlchemy:
    `async with aiohttp.ClientSession() as session`, which nothing resolves where the library is not installed."""
    text = code(reference.receiver)
    if not text.isidentifier():
        return False
    body = code(scope)
    given = re.search(rf"\b{text}\b", code(scope.child_by_field_name("parameters")))
    bound = re.findall(rf"\b(?:as|for)\s+{text}\b|(?<![\w.]){text}\s*(?::[^=\n]+)?=(?!=)", body)
    makers = re.findall(rf"\bwith\s+(\w+)[\w.]*\([^\n]*\)\s+as\s+{text}\b", body)
    if given or not makers or len(bound) != len(makers):
        return False
    imported = dict(_imported(symbols.roots[reference.path]))
    own = {part for path in symbols.roots for part in path.parts}
    modules = {imported.get(name, "") for name in makers}
    return all(module and module not in own and module not in _WITH_SESSIONS for module in modules)


def _imported(root: Node) -> Iterator[tuple[str, str]]:
    """(local name, top module) of what a file imports at its top."""
    for statement in root.named_children:
        module = statement.child_by_field_name("module_name")
        for item in statement.children_by_field_name("name"):
            alias, name = item.child_by_field_name("alias"), item.child_by_field_name("name") or item
            top = code(module or name).partition(".")[0]
            if statement.type in ("import_statement", "import_from_statement"):
                yield code(alias) if alias is not None else code(name).partition(".")[0], top


def _is_called(expression: Node) -> bool:
    parent = expression.parent
    return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == expression
