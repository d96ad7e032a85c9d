"""The handlers around a call, which catch what httpx raises instead of what requests does."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.direct.model import Change, NotDirect, Place, field_of
from awaitify.analysis.direct.uses import error_use
from awaitify.project.index import File, ancestors, is_label, is_within, text_of

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


def tells_types(clause: Node, place: Place) -> bool:
    """Whether a handler catches what requests raises for a header of the wrong type, or the TypeError of httpx, and
    not both."""
    types = caught(clause)[0]
    for part in parts(types) if types is not None else ():
        names = place.names(part)
        if names <= ALL and names:
            return False
        if not names or names & {VALUE, "builtins.TypeError"} or any(name.startswith(FOREIGN) for name in names):
            return True
    return False


def uses_of(name: Node, clause: Node, file: File) -> list[Node]:
    """The places in a handler that use the exception it binds."""
    same = [node for node in file.named(text_of(name)) if node != name and is_within(node, clause)]
    return [node for node in same if not is_label(node)]
