"""`# awaitify: ignore[rule] reason`: on the line of a finding, or of any call in its chain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node, Query, QueryCursor

from awaitify.checking.blocking import Blocking
from awaitify.findings import RULES, Finding
from awaitify.project.index import LANGUAGE, File, Project, ancestors, text_of

_COMMENTS = Query(LANGUAGE, "(comment) @comment")
_PATTERN = re.compile(r"#\s*awaitify:\s*ignore(?:\[(?P<rules>[^\]]*)\])?(?P<reason>.*)", re.IGNORECASE)
_MARK = b"awaitify:"


@dataclass(eq=False, slots=True)
class Comment:
    """lines: those that it speaks about. used: the rules that it silenced something of."""

    file: File
    node: Node
    rules: tuple[str, ...]
    reason: str
    lines: range
    used: set[str] = field(default_factory=set)


class Suppressions:
    """The comments of a project, and which of them were needed."""

    def __init__(self, project: Project, tests: bool):
        self.comments: list[Comment] = []
        self._at: dict[tuple[str, int], list[Comment]] = {}
        for file in project.files:
            if _MARK in file.source.text and (tests or not file.is_test):
                self.comments += _comments(file)
        for comment in self.comments:
            for line in comment.lines:
                self._at.setdefault((comment.file.source.relative, line), []).append(comment)

    def cut(self, blocking: Blocking) -> set[tuple[str, int]]:
        """(rule, node id) of the links that comments take out of every chain; marks the comments that do.

        Without comments nothing is computed."""
        if not self.comments:
            return set()
        blocking.trace(set())
        found: set[tuple[str, int]] = set()
        for function in blocking.reached():
            for rule, link in blocking.broken(function):
                place = (function.file.source.relative, link.node.start_point[0] + 1)
                if self._silence(place, rule):
                    found.add((rule, link.node.id))
        return found

    def kept(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings without those that a comment silences."""
        return [item for item in findings if not self._silence((item.file, item.line), item.rule)]

    def stale(self) -> Iterator[Finding]:
        """The comments that silence nothing, name no rule, or give no reason."""
        for comment in self.comments:
            message = _complaint(comment)
            if message:
                line, column = comment.node.start_point
                yield Finding("stale-ignore", comment.file.source.relative, line + 1, column + 1, "", message)

    def _silence(self, place: tuple[str, int], rule: str) -> bool:
        found = [item for item in self._at.get(place, ()) if rule in item.rules]
        for comment in found:
            comment.used.add(rule)
        return bool(found)


def _complaint(comment: Comment) -> str:
    """What is wrong with a comment; empty when it is fine."""
    unknown = [name for name in comment.rules if name not in RULES]
    unused = [name for name in comment.rules if name not in comment.used]
    if not comment.rules:
        return "this comment names no rule: write `awaitify: ignore[rule] reason`"
    if unknown:
        return f"this comment names {', '.join(unknown)}, which is no rule: `awaitify check --rules` lists them"
    if unused:
        return f"this comment silences no {', '.join(unused)} here: take it out"
    return "" if comment.reason else "this comment gives no reason: write why after the bracket"


def _comments(file: File) -> Iterator[Comment]:
    for node in QueryCursor(_COMMENTS).captures(file.root).get("comment", []):
        match = _PATTERN.match(text_of(node))
        if match is not None:
            names = tuple(name.strip() for name in (match["rules"] or "").split(",") if name.strip())
            yield Comment(file, node, names, match["reason"].strip(" :-—"), _lines(node))


def _lines(comment: Node) -> range:
    """The lines that a comment speaks about: its statement's; those of the next statement for one on its own line."""
    line = comment.start_point[0]
    if comment.prev_sibling is None or comment.prev_sibling.end_point[0] != line:
        following = comment.next_named_sibling
        while following is not None and following.type == "comment":
            following = following.next_named_sibling
        if following is not None and following.start_point[0] > line and _is_statement(comment):
            return range(following.start_point[0] + 1, _head_end(following) + 2)
    for node in ancestors(comment):
        if node.type.endswith("_statement") and "block" not in {child.type for child in node.children}:
            return range(node.start_point[0] + 1, node.end_point[0] + 2)
        if node.type in ("block", "module"):
            break
    before = comment.prev_sibling
    start = before.start_point[0] if before is not None and before.end_point[0] == line else line
    return range(start + 1, line + 2)


def _is_statement(comment: Node) -> bool:
    return comment.parent is not None and comment.parent.type in ("block", "module")


def _head_end(statement: Node) -> int:
    """The last row of a simple statement, or of the head of a compound one."""
    body = statement.child_by_field_name("body") or statement.child_by_field_name("consequence")
    return max(statement.start_point[0], body.start_point[0] - 1) if body is not None else statement.end_point[0]
