"""The rewritten text must compile; where this Python is too old for the text, the grammar and a few rules stand in."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping

from tree_sitter import Node, Query

from awaitify.gate.model import Finding
from awaitify.gate.syntax import LANGUAGE, captures, function_nodes, is_async, line, parse, qualname, scope_of

_POINTS = Query(
    LANGUAGE,
    """(await) @await (with_statement "async") @async (for_statement "async") @async (for_in_clause "async") @clause
    (yield) @yield (return_statement) @return (ERROR) @error""",
)
_LAZY = frozenset({"generator_expression"})


def check_compiles(after: Mapping[str, bytes], before: Mapping[str, bytes]) -> list[Finding]:
    """One finding for each file (path to text) that compiled, or parsed, before and does not now."""
    findings: list[Finding] = []
    for path, text in after.items():
        old = before.get(path, b"")
        if _compile_error(path, old) is None:
            error = _compile_error(path, text)
            if error is not None:
                findings.append(Finding(path, error.lineno or 1, "compile", error.msg or "invalid syntax"))
        else:
            findings += _grammar_findings(path, text, old)
    return findings


def _compile_error(path: str, text: bytes) -> SyntaxError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            return error
        except ValueError as error:  # null bytes
            return SyntaxError(str(error))
    return None


def _grammar_findings(path: str, text: bytes, old: bytes) -> list[Finding]:
    root, previous = parse(text), parse(old)
    errors = captures(_POINTS, root, "error")
    findings: list[Finding] = []
    if len(errors) > len(captures(_POINTS, previous, "error")) or (root.has_error and not previous.has_error):
        findings.append(Finding(path, line(errors[0]) if errors else 1, "compile", "the text no longer parses"))
    findings += [
        Finding(path, line(node), "compile", message, qualname(scope_of(node))) for node, message in _misplaced(root)
    ]
    return findings


def _misplaced(root: Node) -> Iterator[tuple[Node, str]]:
    """What compile() refuses and the grammar lets pass."""
    for node in captures(_POINTS, root, "await"):
        if not _may_await(node):
            yield node, "'await' outside async function"
    for node in captures(_POINTS, root, "async"):
        if not _in_async(node):
            yield node, "'async with' or 'async for' outside async function"
    for node in captures(_POINTS, root, "clause"):
        if node.parent is not None and node.parent.type not in _LAZY and not _in_async(node):
            yield node, "asynchronous comprehension outside of an asynchronous function"
    yield from _generator_rules(root)


def _in_async(node: Node) -> bool:
    scope = scope_of(node)
    return scope is not None and scope.type == "function_definition" and is_async(scope)


def _may_await(node: Node) -> bool:
    """An await also stands in a generator expression of a plain def: it makes an async generator there."""
    child, parent = node, node.parent
    while parent is not None and parent.type not in ("function_definition", "lambda", "class_definition"):
        if parent.type in _LAZY and not _is_outermost_iterable(parent, child):
            return True
        child, parent = parent, parent.parent
    return _in_async(node)


def _is_outermost_iterable(generator: Node, clause: Node) -> bool:
    first = next((child for child in generator.children if child.type == "for_in_clause"), None)
    return clause == first


def _generator_rules(root: Node) -> Iterator[tuple[Node, str]]:
    yields: dict[int, bool] = {}
    for node in captures(_POINTS, root, "yield"):
        scope = scope_of(node)
        if scope is None or scope.type != "function_definition" or not is_async(scope):
            continue
        yields[scope.id] = True
        if any(child.type == "from" for child in node.children):
            yield node, "'yield from' inside async function"
    for node in captures(_POINTS, root, "return"):
        scope = scope_of(node)
        if scope is not None and scope.id in yields and node.named_child_count:
            yield node, "'return' with value in async generator"


def async_names_in(text: bytes) -> list[str]:
    """Dotted names, inside the module, of the `async def`s of a text."""
    return [qualname(node) for node in function_nodes(parse(text)) if node.type != "lambda" and is_async(node)]
