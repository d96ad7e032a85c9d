"""The opposite mistakes: an await on what is not awaitable, and a plain with or for over something async."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node, Query

from awaitify.gate import consumers
from awaitify.gate.model import Finding
from awaitify.gate.references import callee_identifier
from awaitify.gate.symbols import Function, Symbols
from awaitify.gate.syntax import LANGUAGE, captures, code, def_of, is_async, line, qualname, scope_of
from awaitify.resolve.model import Point, Target
from awaitify.resolve.oracle import Oracle

_NODES = Query(
    LANGUAGE,
    """(await) @await (with_item) @with (for_statement "async") @for (for_in_clause "async") @for
    (return_statement) @return""",
)
_MAYBE_AWAITABLE = re.compile(r"Awaitable|Coroutine|Future|Task|Any\b|object\b|\b[A-Z]\b|_T\b|Callable|Async|None \|")
_HARMLESS_DECORATORS = frozenset({"staticmethod", "classmethod"})
_SYNC_LIBRARY = re.compile(
    r"sqlalchemy\.(?:engine\.(?:result|cursor)|orm\.(?:session|query))\.|sqlmodel\.orm\.session\.Session\."
)
_RUNS_QUERY = r"(?:execute|scalars|exec|stream)"
_DUNDER = re.compile(r"__\w+__")


@dataclass(frozen=True, slots=True)
class _Question:
    """A call whose callee decides. kind: await, with (a plain one), async-with or async-for."""

    path: Path
    kind: str
    call: Node
    callee: Node


def check_overawaits(symbols: Symbols, oracle: Oracle) -> list[Finding]:
    """Over-awaiting, sync context managers and loops over async things, special methods that may not be async."""
    questions = [item for path, root in symbols.roots.items() for item in _questions(path, root)]
    answers = oracle.definitions([Point(item.path, item.callee.start_byte) for item in questions])
    findings = list(_dunders(symbols))
    variables: list[_Question] = []
    for question, targets in zip(questions, answers, strict=True):
        if question.kind == "with" and any(target.kind in ("variable", "parameter", "unknown") for target in targets):
            variables.append(question)
        why = _wrong(symbols, question, targets)
        if why:
            findings.append(_finding(question, why))
    types = oracle.types([Point(item.path, item.callee.start_byte) for item in variables])
    for question, classes in zip(variables, types, strict=True):
        if any(target.name.endswith("async_sessionmaker") for target in classes):
            findings.append(_finding(question, "entered by a plain with"))
    return findings


def _questions(path: Path, root: Node) -> Iterator[_Question]:
    for node in captures(_NODES, root, "await"):
        yield from _question(path, "await", node.named_children[-1])
    for node in captures(_NODES, root, "for"):
        yield from _question(path, "async-for", node.child_by_field_name("right"))
    for node in captures(_NODES, root, "with"):
        value = node.child_by_field_name("value")
        if value is not None and value.type == "as_pattern":
            value = value.named_children[0]
        statement = node.parent.parent if node.parent is not None else None
        kind = "async-with" if statement is not None and is_async(statement) else "with"
        yield from _question(path, kind, value)


def _question(path: Path, kind: str, value: Node | None) -> Iterator[_Question]:
    while value is not None and value.type == "parenthesized_expression":
        value = value.named_children[0]
    if value is None or value.type != "call":
        return
    callee = callee_identifier(value.child_by_field_name("function"))
    if callee is not None and code(callee) != "open":
        yield _Question(path, kind, value, callee)


def _wrong(symbols: Symbols, question: _Question, targets: tuple[Target, ...]) -> str:
    """What is wrong with the call at this place, empty for nothing. A union is left alone."""
    if len(targets) != 1:
        return _await_of_result(question) if question.kind == "await" and not targets else ""
    target = targets[0]
    key = (target.path, target.offset) if target.path is not None else None
    function = symbols.functions.get(key) if key else None
    coloured = key in symbols.colours
    if question.kind == "await":
        if function is not None and not coloured:
            return "awaited though it is a plain function" if _never_awaitable(symbols, function) else ""
        return "awaited though it is not a coroutine" if _sync_library(target) else ""
    if question.kind == "with":
        return "entered by a plain with" if _async_manager(target) else ""
    if function is None or function.asynchronous or coloured or not function.generator:
        return ""
    if question.kind == "async-with":
        return "entered by async with though it is a plain context manager" if _is_manager(function) else ""
    return "iterated by async for though it is a plain generator" if not function.decorators else ""


def _sync_library(target: Target) -> bool:
    method = target.name.rpartition(".")[2]
    owner_is_session = "AsyncSession." in target.name or "AsyncConnection." in target.name
    return (owner_is_session and method in consumers.SESSION_SYNC) or _SYNC_LIBRARY.match(target.name) is not None


def _async_manager(target: Target) -> bool:
    library = target.name.startswith(("sqlalchemy.", "sqlmodel.", "httpx"))
    return library and any(target.name.endswith("." + name) for name in consumers.ASYNC_MANAGERS)


def _is_manager(function: Function) -> bool:
    return "contextmanager" in function.decorators


def _never_awaitable(symbols: Symbols, function: Function) -> bool:
    """Provably not an awaitable: by its annotation, or because it returns nothing at all."""
    if function.generator or not _HARMLESS_DECORATORS.issuperset(function.decorators):
        return False
    if function.in_class and any(symbols.functions[key].name == function.name for key in _function_keys(symbols)):
        return False  # an override may be async
    annotation = function.node.child_by_field_name("return_type")
    if annotation is not None:
        return _MAYBE_AWAITABLE.search(code(annotation)) is None
    body = code(function.node.child_by_field_name("body")).strip()
    if body in ("...", "pass") or "NotImplementedError" in body:
        return False
    returns = [node for node in captures(_NODES, function.node, "return") if scope_of(node) == function.node]
    return not any(node.named_child_count for node in returns)


def _function_keys(symbols: Symbols) -> Iterator[tuple[Path, int]]:
    return (key for key in symbols.colours if key in symbols.functions)


def _await_of_result(question: _Question) -> str:
    """`r = await s.execute(q)`, then `await r.scalars()`, where r has no known type."""
    receiver = question.callee.parent.child_by_field_name("object") if question.callee.parent is not None else None
    if receiver is None or code(question.callee) not in consumers.RESULT_METHODS:
        return ""
    if receiver.type == "parenthesized_expression" and re.match(
        rf"\(\s*await\s.*\.{_RUNS_QUERY}\(", code(receiver), re.S
    ):
        return "awaited though it is the result of an execution"
    scope = def_of(question.call)
    assigned = rf"(?<![\w.]){re.escape(code(receiver))}\s*=\s*\(?\s*await\s+[\w.]+\.{_RUNS_QUERY}\("
    return "awaited though it is the result of an execution" if re.search(assigned, code(scope)) else ""


def _dunders(symbols: Symbols) -> Iterator[Finding]:
    for function in symbols.functions.values():
        dunder = _DUNDER.fullmatch(function.name) is not None and function.name not in consumers.ASYNC_DUNDERS
        if function.asynchronous and function.in_class and (dunder or "setter" in function.decorators):
            message = f"{function.qualname} is called by the language, which does not await it"
            where = line(function.node)
            yield Finding(str(function.path), where, "async-special-method", message, function.qualname)


def _finding(question: _Question, why: str) -> Finding:
    rule = "over-await" if question.kind == "await" else "wrong-" + question.kind.replace("async-", "")
    message = f"{code(question.call.child_by_field_name('function'))[:80]} is {why}"
    return Finding(str(question.path), line(question.call), rule, message, qualname(def_of(question.call)))
