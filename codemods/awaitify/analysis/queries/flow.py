"""Follows queries through the statements of a function: branches, loops, nested functions, returns."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.queries.expressions import Expressions
from awaitify.analysis.queries.uses import Names
from awaitify.analysis.queries.values import Queries, merge, stored

LOOP_ROUNDS = 3


class Flow(Expressions):
    """Runs over a function with what each name may hold."""

    def run(self) -> Queries:
        """What the function does with queries."""
        names: Names = dict(self.summary.closures.get(self.function, {}))
        for param in self.function.params:
            value = self.summary.params.get((self.function, param.name))
            if value is not None:
                names[param.name] = value
                self.queries.params.add(param.name)
        body = self.function.node.child_by_field_name("body")
        if body is not None:
            self._block(body, names)
        self.queries.roots = list(self.roots.values())
        for root in self.queries.roots:
            if root.node.id not in self.queries.members:
                self.queries.problem(root.node, "this query stands where nothing is followed")
        self.queries.uses = list(self.uses.values())
        return self.queries

    def _block(self, node: Node, names: Names) -> Names | None:
        """The names after a statement; None when nothing goes on after it."""
        kind = node.type
        if kind == "block":
            now: Names | None = names
            for child in node.named_children:
                now = self._block(child, now) if now is not None else None
            return now
        if kind == "return_statement":
            self._returned(node, names)
            return None
        if kind == "if_statement":
            return self._if(node, names)
        if kind in ("for_statement", "while_statement"):
            return self._loop(node, names)
        if kind in ("try_statement", "match_statement"):
            return self._branches(node, names)
        if kind == "with_statement":
            return self._children(node, names)
        if kind in ("function_definition", "decorated_definition"):
            self._closure(node, names)
            return names
        if kind == "class_definition":
            return names
        self._plain(node, names)
        return None if kind in ("raise_statement",) else names

    def _children(self, node: Node, names: Names) -> Names | None:
        now: Names | None = names
        for child in node.named_children:
            if child.type == "block":
                return self._block(child, now) if now is not None else None
            self._plain(child, names)
        return now

    def _if(self, node: Node, names: Names) -> Names | None:
        self.condition(node.child_by_field_name("condition"), names)
        ends = [self._block(part, dict(names)) for part in node.children_by_field_name("consequence")]
        has_else = False
        for part in node.children_by_field_name("alternative"):
            if part.type == "elif_clause":
                self.condition(part.child_by_field_name("condition"), names)
            has_else = has_else or part.type == "else_clause"
            body = part.child_by_field_name("consequence") or part.child_by_field_name("body")
            ends.append(self._block(body, dict(names)) if body is not None else dict(names))
        return joined(ends if has_else else [*ends, names])

    def _loop(self, node: Node, names: Names) -> Names | None:
        now = names
        for _ in range(LOOP_ROUNDS):
            if node.type == "for_statement":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                self.bind(left, self.iterated(right, now), now)
            else:
                self.condition(node.child_by_field_name("condition"), now)
            body = node.child_by_field_name("body")
            end = self._block(body, dict(now)) if body is not None else now
            now = joined([now, end]) or now
        other = node.child_by_field_name("alternative")
        return joined([now, self._children(other, dict(now))]) if other is not None else now

    def _branches(self, node: Node, names: Names) -> Names | None:
        """`try` and `match`: any part may run after any other."""
        ends: list[Names | None] = []
        so_far = dict(names)
        parts = node.named_children
        if node.type == "match_statement":
            body = node.child_by_field_name("body")
            parts = body.named_children if body is not None else parts
            for subject in node.children_by_field_name("subject"):
                self._plain(subject, names)
            ends.append(names)
        for part in parts:
            if part.type not in ("block", "except_clause", "else_clause", "finally_clause", "case_clause"):
                self._plain(part, names)
                continue
            start = dict(names) if part.type == "case_clause" else dict(so_far)
            end = self._block(part, start) if part.type == "block" else self._children(part, start)
            if part.type == "finally_clause":
                return end if any(item is not None for item in ends) else None
            ends.append(end)
            so_far = joined([so_far, end]) or so_far
            if part.type == "else_clause":
                ends[0] = None
        return joined(ends)

    def _closure(self, node: Node, names: Names) -> None:
        inner = next((item for item in self.function.file.functions if node.id in (item.node.id, item.outer.id)), None)
        held: Names = {name: value for name, value in names.items() if value is not None}
        if inner is not None and held and self.summary.closures.get(inner) != held:
            self.summary.closures[inner] = held
            self.summary.link(self.function, inner)
            self.summary.wait(inner)

    def _returned(self, node: Node, names: Names) -> None:
        for child in node.named_children:
            value = self.value(child, names)
            if value is None:
                continue
            if not self._is_called():
                self.queries.problem(
                    child, "the query is returned unexecuted, and not everything that calls it is known"
                )
            self.queries.returned = True
            self.result = merge([self.result, stored(value)])

    def _is_called(self) -> bool:
        return bool(self.resolution.callers.get(self.function)) and not self.function.is_generator

    def _plain(self, node: Node, names: Names) -> None:
        """An expression or statement whose value nothing uses."""
        if node.type in ("expression_statement", "with_clause", "with_item"):
            for child in node.named_children:
                if child.type == "comment":
                    continue
                self.value(child, names)
            return
        self.value(node, names)


def joined(ends: Iterable[Names | None]) -> Names | None:
    """The names where branches meet."""
    alive = [end for end in ends if end is not None]
    if not alive:
        return None
    return {name: merge(end.get(name) for end in alive) for name in dict.fromkeys(key for end in alive for key in end)}
