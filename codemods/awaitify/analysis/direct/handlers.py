"""Who catches what requests raises: the handlers around a call, as httpx raises, and those of its callers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.analysis.direct.model import Change, NotDirect, Place, field_of, is_within
from awaitify.analysis.direct.uses import error_use
from awaitify.analysis.effects import Effects
from awaitify.project.index import Call, File, Function, ancestors, text_of

EXCEPTIONS = "requests.exceptions."
CAUGHT = {
    "RequestException": ("LIB.HTTPError", "LIB.InvalidURL"),
    "Timeout": ("LIB.TimeoutException",),
    "ConnectTimeout": ("LIB.ConnectTimeout",),
    "ReadTimeout": ("LIB.ReadTimeout",),
    "HTTPError": ("LIB.HTTPStatusError",),
    "TooManyRedirects": ("LIB.TooManyRedirects",),
    "JSONDecodeError": ("json.JSONDecodeError",),
}
ALL = {"builtins.Exception", "builtins.BaseException"}
SYSTEM = {"builtins.OSError", "builtins.IOError", "builtins.EnvironmentError"}
BROAD = re.compile(r"\b(OSError|IOError|EnvironmentError|ValueError)\b")
CAUGHT_BROADLY = re.compile(rb"except\b[^:\n]*\b(OSError|IOError|EnvironmentError)\b")
BUNDLES = (b"REQUESTS_CA_BUNDLE", b"CURL_CA_BUNDLE")
VALUE = "builtins.ValueError"
FOREIGN = ("requests.", "urllib3.", "httpx.", "httpx2.", "httpcore.")
CLAUSES = ("except_clause", "except_group_clause")


def clauses_around(node: Node, function: Node) -> Iterator[tuple[Node, Node]]:
    """The `try` statements of a function in whose first block a node stands, each with its handlers."""
    for outer in ancestors(node):
        if outer == function:
            return
        body = field_of(outer, "body") if outer.type == "try_statement" else None
        if body is not None and is_within(node, body):
            yield from ((outer, child) for child in outer.named_children if child.type in CLAUSES)


def caught(clause: Node) -> tuple[Node | None, Node | None]:
    """The expression of the types of a handler, and the name that it binds."""
    first = next((child for child in clause.named_children if child.type not in ("block", "comment")), None)
    if first is None or first.type != "as_pattern":
        return first, None
    target = next((child for child in first.named_children if child.type == "as_pattern_target"), None)
    return first.named_children[0], target.named_children[0] if target is not None else None


def parts(types: Node) -> list[Node]:
    """The single types of a handler."""
    if types.type in ("tuple", "parenthesized_expression"):
        return [item for child in types.named_children if child.type != "comment" for item in parts(child)]
    return [types]


def handler_changes(clause: Node, reads_json: bool, safe: bool, place: Place) -> Iterator[Change]:
    """A handler around the call itself. reads_json: the block reads JSON, whose errors requests makes its own; safe:
    the address has a scheme. Raises NotDirect."""
    types, name = caught(clause)
    if types is None:
        return
    codes, changed, statuses = list[str](), False, True
    for part in parts(types):
        new = _replacement(part, reads_json, safe, place)
        changed |= new is not None
        codes += new if new is not None else [text_of(part)]
        statuses = statuses and new == list(CAUGHT["HTTPError"])
    if name is not None:
        for node in uses_of(name, clause, place.function.file):
            yield from error_use(node, statuses, place)
    if changed:
        codes = list(dict.fromkeys(codes))
        yield Change(types, codes[0] if len(codes) == 1 else f"({', '.join(codes)})")


def _replacement(part: Node, reads_json: bool, safe: bool, place: Place) -> list[str] | None:
    """The types in the place of one; None where it stays."""
    names = place.names(part)
    ours = {name.removeprefix(EXCEPTIONS) for name in names if name.startswith(EXCEPTIONS)}
    if len(ours) == 1 and len(names) == 1:
        found = list(CAUGHT.get(min(ours), ()))
        if not found:
            raise NotDirect(f"{text_of(part)} is nothing that httpx raises")
        return [*found, "json.JSONDecodeError"] if reads_json and "RequestException" in ours else found
    problem = other_problem(part, names, safe, place)
    if problem:
        raise NotDirect(problem)
    return None


def other_problem(part: Node, names: set[str], safe: bool, place: Place) -> str:
    """What stands against a handler that stays as it is; empty for nothing."""
    if part.type not in ("identifier", "attribute") or not names:
        return f"it is not known what {text_of(part)} catches"
    if any(name.startswith(FOREIGN) for name in names) or names & SYSTEM or (VALUE in names and not safe):
        return f"{text_of(part)} is caught, which requests raises and httpx does not"
    targets = place.effects.resolution.definition(place.function.file, part)
    if any(target.kind != "class" for target in targets):
        return f"it is not known what {text_of(part)} catches"
    return ""


def uses_of(name: Node, clause: Node, file: File) -> list[Node]:
    """The places in a handler that use the exception it binds."""
    same = [node for node in file.names if text_of(node) == text_of(name) and node != name and is_within(node, clause)]
    return [node for node in same if not _is_word(node)]


def _is_word(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    return (parent.type == "attribute" and field_of(parent, "attribute") == node) or (
        parent.type == "keyword_argument" and field_of(parent, "name") == node
    )


def callers_of(effects: Effects) -> dict[Function, list[Call]]:
    """The calls of each function outside of the tests, those through a thread or a base class too."""
    found: dict[Function, list[Call]] = {}
    for call, effect in effects.by_call.items():
        for function in {*effect.callees, *effects.resolution.functions(call)} if not call.file.is_test else ():
            found.setdefault(function, []).append(call)
    return found


def callers_problem(function: Function, safe: bool, callers: dict[Function, list[Call]], effects: Effects) -> str:
    """A handler around a call of the function, through any callers, that would catch or tell something else."""
    seen, todo = {function}, [function]
    while todo:
        current = todo.pop()
        if any(BROAD.search(text_of(decorator)) for decorator in current.decorators):
            return f"a decorator of {current.id} catches what requests raises and httpx does not"
        for call in callers.get(current, ()):
            if call.function is None:
                if any(node.type == "try_statement" for node in ancestors(call.node)):
                    return f"{call.file.module} calls it in a block with handlers"
                continue
            problem = next(_problems(call.node, safe, Place(call.function, effects)), "") or suppressed(call.node)
            if problem:
                return f"{call.function.id}: {problem}"
            if call.function not in seen:
                seen.add(call.function)
                todo.append(call.function)
    return ""


def suppressed(node: Node) -> str:
    """A `with suppress(OSError):` around a node."""
    for outer in ancestors(node):
        if outer.type == "function_definition":
            break
        clause = next((item for item in outer.named_children if item.type == "with_clause"), None)
        if clause is not None and BROAD.search(text_of(clause)):
            return f"{text_of(clause)[:40]} catches what requests raises and httpx does not"
    return ""


def _problems(node: Node, safe: bool, place: Place) -> Iterator[str]:
    for _, clause in clauses_around(node, place.function.node):
        types, name = caught(clause)
        for part in parts(types) if types is not None else ():
            names = place.names(part)
            problem = "" if names and names <= ALL else other_problem(part, names, safe, place)
            if problem:
                yield problem
        if name is not None and types is not None and any(place.names(part) & ALL for part in parts(types)):
            for use in uses_of(name, clause, place.function.file):
                try:
                    list(error_use(use, False, place))
                except NotDirect as error:
                    yield str(error)


def mentions_problem(effects: Effects, files: Iterable[File]) -> str:
    """Exceptions of requests that are named outside of handlers (a decorator, a table, a handler of the application),
    or that a generator catches around what it yields: who raises them is not followed."""
    for file in files:
        bundle = next((word.decode() for word in BUNDLES if word in file.source.text), "")
        if bundle and not file.is_test:
            return f"{file.source.relative} names {bundle}, which httpx does not read"
        for function in file.functions if not file.is_test else ():
            if function.is_generator and CAUGHT_BROADLY.search(function.node.text or b""):
                return f"{function.id} catches what requests raises around what it yields"
        if file.is_test or b"requests" not in file.source.text:
            continue
        local = {
            item.local.partition(".")[0] for item in file.imports if f"{item.module}.{item.name}".startswith("requests")
        }
        nodes = [_whole(node) for node in file.names if text_of(node) in local and not _is_import(node)]
        for node, targets in zip(nodes, effects.resolution.definitions(file, nodes), strict=True):
            if any(target.name.startswith(EXCEPTIONS) for target in targets) and not _is_caught(node, file):
                return f"{text_of(node)} is named at {file.source.relative}:{node.start_point[0] + 1}"
    return ""


def _whole(node: Node) -> Node:
    """`requests.exceptions.Timeout` of its first name."""
    parent = node.parent
    while parent is not None and parent.type == "attribute" and field_of(parent, "object") == node:
        node, parent = parent, parent.parent
    return node


def _is_import(node: Node) -> bool:
    return any(item.type in ("import_from_statement", "import_statement") for item in ancestors(node))


def _is_caught(node: Node, file: File) -> bool:
    """Whether a name is one of the types of a handler, in a function that is no generator."""
    clause = next((item for item in ancestors(node) if item.type in CLAUSES), None)
    types = caught(clause)[0] if clause is not None else None
    if types is None or not is_within(node, types):
        return False
    homes = [function for function in file.functions if is_within(node, function.node)]
    return not any(function.is_generator for function in homes)
