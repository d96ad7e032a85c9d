"""No blocking call may be left where the event loop runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tree_sitter import Node, Query

from awaitify.gate.model import Finding
from awaitify.gate.references import callee_identifier
from awaitify.gate.syntax import LANGUAGE, captures, code, is_async, line, parse, qualname, scope_of
from awaitify.resolve.model import Point, VirtualFile
from awaitify.resolve.oracle import Oracle

_CALLS = Query(LANGUAGE, "(call) @call")


def check_blocking(
    files: Mapping[Path, bytes],
    oracle: Oracle,
    is_blocking: Callable[[str, str], bool],
    virtual: Mapping[Path, VirtualFile] | None = None,
) -> list[Finding]:
    """Calls, directly in an `async def`, of a library function for which is_blocking(name, class of receiver) is true.

    What stands in a nested def or lambda runs where that is called, and is left to the check of its caller."""
    facts = virtual or {}
    oracle.open([facts.get(path) or VirtualFile(path, text) for path, text in files.items()])
    sites = [(path, call, callee) for path, text in files.items() for call, callee in _sites(text)]
    answers = oracle.definitions([Point(path, callee.start_byte) for path, _, callee in sites])
    findings: list[Finding] = []
    for (path, call, callee), targets in zip(sites, answers, strict=True):
        name = next((target.name for target in targets if not target.in_project and is_blocking(target.name, "")), None)
        if name is not None and is_blocking(name, _receiver(path, callee, oracle)):
            text = code(call.child_by_field_name("function"))[:80]
            message = f"{text} blocks the event loop ({name})"
            findings.append(Finding(str(path), line(call), "blocking-call", message, qualname(scope_of(call))))
    return findings


def _receiver(path: Path, callee: Node, oracle: Oracle) -> str:
    """The class of what a method is called on: several may share its definition."""
    owner = callee.parent.child_by_field_name("object") if callee.parent is not None else None
    made = owner.child_by_field_name("function") if owner is not None and owner.type == "call" else owner
    node = callee_identifier(made)
    found = oracle.types([Point(path, node.start_byte)])[0] if node is not None and node != callee else ()
    return next((item.name for item in found if item.kind != "function"), "")


def _sites(text: bytes) -> Iterator[tuple[Node, Node]]:
    """The calls on the loop of one file, with the identifier to ask about."""
    if b"async def" not in text and b"async\tdef" not in text:
        return
    for call in captures(_CALLS, parse(text), "call"):
        scope = scope_of(call)
        if scope is None or scope.type == "lambda" or not is_async(scope) or _awaited(call):
            continue
        callee = callee_identifier(call.child_by_field_name("function"))
        if callee is not None:
            yield call, callee


def _awaited(call: Node) -> bool:
    return call.parent is not None and call.parent.type == "await"
