"""What an override of a session provider becomes: its async copy, or one that opens an async session beside its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.target_tests.built import Built, plain_names
from awaitify.analysis.target_tests.fixtures import hand_overs
from awaitify.analysis.target_tests.keys import statement_of
from awaitify.analysis.target_tests.trace import Origin
from awaitify.plan_model import Reason
from awaitify.planning.draft import NotTwinned
from awaitify.planning.sessions import Sessions, yielded_type
from awaitify.planning.splicing import spliced_text, whole_lines
from awaitify.project.index import Function, is_within, span_of, text_of

Splice = tuple[tuple[int, int], str]
ENDS = re.compile(r"\.(close|rollback|remove|expunge_all|reset|invalidate)\(|\bwith\b")
COMMITS = re.compile(r"\.(commit|begin)\(")
RESULT = "AsyncGenerator[AsyncSession, None]"


def own_session(function: Function, name: str, sessions: Sessions) -> str | None:
    """The async copy of an override that opens its own session; None, with nothing planned, when none is exact."""
    state = sessions.snapshot()
    try:
        return sessions.async_copy(function, name)
    except NotTwinned:
        sessions.restore(state)
        return None


def beside_session(function: Function, name: str, helper: str, options: str = "", built: Built | None = None) -> str:
    """The code of an override that hands over an async session on the database of what it handed over before. options:
    more arguments of the helper; built: what it builds on the session and hands over, if that is more than the session
    itself. Raises NotTwinned when it hands over in the middle of an expression."""
    base = function.outer.start_byte
    splices: list[Splice] = [(span_of(function.name_node), name)]
    if not function.is_async:
        splices.append(((function.node.start_byte, function.node.start_byte), "async "))
    result = function.node.child_by_field_name("return_type")
    if result is not None:
        splices.append((span_of(result), _result(function, result) if built is not None else RESULT))
    for node, value in hand_overs(function):
        session, code = (value, "async_session") if built is None else (built.sessions[0], built_code(built, value))
        splices.append(_handed_over(function, node, code, f"{helper}({text_of(session)}{options})"))
    for statement in built.statements if built is not None else ():
        splices.append((whole_lines(function.file, statement), ""))
    data = function.file.source.text
    text = data[base : function.outer.end_byte]
    for (start, end), new in sorted(splices, reverse=True):
        text = text[: start - base] + new.encode() + text[end - base :]
    prefix = " " * function.outer.start_point[1]
    return "\n".join(line.removeprefix(prefix) for line in text.decode().split("\n"))


def leaves_open(origins: Iterable[Origin], override: Function | Node, providers: Iterable[Function]) -> bool:
    """Whether the app leaves what it has not committed to the test: it undoes it all in the end, or its session, which
    goes on after the request, stands for one of a dependency that commits."""
    node = override.node if isinstance(override, Function) else override
    openers = [origin.opener for origin in origins]
    is_shared = override not in openers and node.type != "call" and not any(map(_undoes, openers))
    undone = all(origin.rolled_back or origin.begun for origin in origins)
    return (undone or (is_shared and any(map(_commits, providers)))) and ENDS.search(text_of(node)) is None


def is_undone(origins: Iterable[Origin], providers: Iterable[Function]) -> bool:
    """Whether the tests undo by a rollback of their session what the dependency that it stands for would commit: the
    app's own session could only commit it, or lose it at the end of the request."""
    left = [origin.opener for origin in origins if not (origin.rolled_back or origin.begun)]
    return any(map(_undoes, left)) and any(map(_commits, providers))


def _undoes(opener: Function | None) -> bool:
    """Whether a rollback of the session is what keeps the tests apart: nothing committed may be left behind then."""
    text = text_of(opener.node) if opener is not None else ""
    return ".rollback(" in text and "drop_all" not in text and "create_all" not in text


def _commits(provider: Function) -> bool:
    return provider.is_generator and COMMITS.search(text_of(provider.node)) is not None


def built_code(built: Built, value: Node) -> str:
    """The code of what an override hands over, on the async session; what it has names for stands in their place."""
    names = [node for node in plain_names(value) if node.id in built.bound]
    splices = [(span_of(node), built_code(built, built.bound[node.id])) for node in names]
    splices += [(span_of(item), "async_session") for item in built.sessions if is_within(item, value)]
    return spliced_text(built.file, value, splices)


def _result(function: Function, result: Node) -> str:
    """The type of a generator of what an override gave."""
    given = yielded_type(result) if function.is_generator else result
    return f"AsyncGenerator[{text_of(given or result)}, None]"


def _handed_over(function: Function, node: Node, code: str, opened: str) -> Splice:
    statement = statement_of(node)
    is_plain = statement is not None and (
        statement == node or (statement.type == "expression_statement" and statement == node.parent)
    )
    if statement is None or not is_plain or not _starts_line(function, statement):
        problem = f"{function.id}: {text_of(node)[:60]} has no plain async form"
        raise NotTwinned(Reason("test-override", problem, function.file.source.relative, node.start_point[0] + 1))
    indent = " " * statement.start_point[1]
    step = " " * _step(function)
    code = code.replace("\n", f"\n{step}")
    lines = [f"async with {opened} as async_session:", f"{indent}{step}yield {code}"]
    if node.type == "return_statement" and not _is_last(function, statement):
        lines.append(f"{indent}return")
    return span_of(statement), "\n".join(lines)


def _is_last(function: Function, statement: Node) -> bool:
    body = function.node.child_by_field_name("body")
    return body is not None and bool(body.named_children) and body.named_children[-1] == statement


def _step(function: Function) -> int:
    """The project's own width of an indentation."""
    body = function.node.child_by_field_name("body")
    width = body.start_point[1] - function.node.start_point[1] if body is not None else 4
    return width if 0 < width <= 8 and body is not None and body.start_point[0] > function.node.start_point[0] else 4


def _starts_line(function: Function, statement: Node) -> bool:
    before = function.file.source.text[: statement.start_byte].rpartition(b"\n")[2]
    return not before.strip()
