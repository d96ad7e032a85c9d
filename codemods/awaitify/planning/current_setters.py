"""What fills the variable from which everyone takes the session of a request fills one with an async session too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.current import Current
from awaitify.analysis.sessions.setters import Setter
from awaitify.plan_model import Reason
from awaitify.planning.draft import NotTwinned
from awaitify.planning.sessions import Sessions
from awaitify.planning.splicing import Splice, spliced_code, spliced_text, whole_lines
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, is_label, is_within, span_of, text_of

Planned = InsertCode | ReplaceStatement


@dataclass(eq=False)
class SetterPlanner:
    """Plans one function that does so. names: what gives or removes the session -> the name of its async twin."""

    sessions: Sessions
    current: Current
    setter: Setter
    names: Mapping[Function, str]
    _planned: list[Planned] = field(default_factory=list)

    @property
    def file(self) -> File:
        return self.setter.function.file

    def plan(self, is_replaced: bool) -> None:
        """is_replaced: whether nothing sync is left that takes the sync session."""
        if self.setter.block is not None:
            self._block(self.setter.block, is_replaced)
            return
        for statement in self.setter.statements:
            if is_replaced:
                code = "" if self._is_there else self._code(statement)
                self._add(ReplaceStatement(span=span_of(statement), code=code))
            elif not self._is_there:
                self._add(InsertCode(span=span_of(statement), code=self._code(statement)))

    def undo(self) -> None:
        """Takes back what was planned."""
        edits = self.sessions.draft.edits[self.file]
        edits[:] = [edit for edit in edits if edit not in self._planned]
        self._planned.clear()

    def _add(self, edit: Planned) -> None:
        self.sessions.draft.add(self.file, edit)
        self._planned.append(edit)

    @property
    def _is_there(self) -> bool:
        """Whether an earlier step has put the async session there."""
        words = [async_name(text_of(self.current.name)), *self.names.values()]
        return re.search(rf"\b(?:{'|'.join(map(re.escape, words))})\b", text_of(self.setter.function.node)) is not None

    def _code(self, statement: Node) -> str:
        return spliced_code(self.file, statement, list(self._splices(statement)))

    def _splices(self, node: Node) -> Iterator[Splice]:
        """What stands in a statement, for the async session."""
        setter, opening = self.setter, self.setter.opening
        if opening is not None and is_within(opening.node, node):
            yield span_of(opening.node), self.sessions.opened(opening)
        for call in setter.waiting:
            if is_within(call.node, node):
                yield (call.node.start_byte, call.node.start_byte), "await "
        for name in self.file.names_in(node):
            if opening is not None and is_within(name, opening.node):
                continue
            if text_of(name) in setter.names and not is_label(name):
                yield span_of(name), async_name(text_of(name))
            elif new := self._given(name):
                yield span_of(name), new
        kind = node.named_children[0].child_by_field_name("type") if node.named_children else None
        yield from self.sessions.type_names(self.file, kind) if kind is not None else ()

    def _given(self, name: Node) -> str:
        """The async twin of what gives or removes the session, where a name means that."""
        if all(text_of(name) != item.name for item in self.names):
            return ""
        targets = self.sessions.resolution.definition(self.file, name)
        found = (self.sessions.resolution.function_of(target) for target in targets)
        return next((self.names[item] for item in found if item is not None and item in self.names), "")

    def _block(self, block: Node, is_replaced: bool) -> None:
        """`with SessionLocal() as session:` becomes `async with`, or gets one inside."""
        if self._is_there and is_replaced:
            self._add(ReplaceStatement(span=span_of(block), code=self._unnested(block)))
        elif is_replaced:
            changes = [item for statement in self.setter.statements for item in self._splices(statement)]
            head = [((block.start_byte, block.start_byte), "async "), *self._head(block)]
            self._add(ReplaceStatement(span=span_of(block), code=spliced_code(self.file, block, [*head, *changes])))
        elif not self._is_there:
            self._add(ReplaceStatement(span=span_of(block), code=self._nested(block)))

    def _head(self, block: Node) -> list[Splice]:
        """The changes before the body of a block."""
        opening, body = self.setter.opening, block.child_by_field_name("body")
        assert opening is not None and body is not None
        names = [item for item in self.file.names_between(block.start_byte, body.start_byte) if not is_label(item)]
        named = [item for item in names if text_of(item) in self.setter.names and not is_within(item, opening.node)]
        opened = (span_of(opening.node), self.sessions.opened(opening))
        return [opened, *((span_of(item), async_name(text_of(item))) for item in named)]

    def _nested(self, block: Node) -> str:
        """The block with an async one inside, over the same body."""
        body = block.child_by_field_name("body")
        if body is None or '"""' in text_of(body) or "'''" in text_of(body):
            where = (self.file.source.relative, block.start_point[0] + 1)
            raise NotTwinned(Reason("session-source", "the block around this session holds long texts", *where))
        column, step = body.start_point[1], body.start_point[1] - block.start_point[1]
        beside = [
            ((item.end_byte, item.end_byte), f"\n{' ' * item.start_point[1]}{self._code(item)}")
            for item in self.setter.statements
        ]
        lines = [line.removeprefix(" " * column) for line in spliced_text(self.file, body, beside).split("\n")]
        inner = "\n".join(f"{' ' * step * 2}{line}" if line else line for line in lines)
        head = outdented(block).partition("\n")[0]
        text = spliced_code(self.file, block, self._head(block)).partition("\n")[0]
        return f"{head}\n{' ' * step}async {text}\n{inner}"

    def _unnested(self, block: Node) -> str:
        """The async block inside, without what it does to the sync session."""
        body = block.child_by_field_name("body")
        inner = body.named_children[0] if body is not None else block
        gaps = [(whole_lines(self.file, item), "") for item in self.setter.statements]
        return spliced_code(self.file, inner, gaps)
