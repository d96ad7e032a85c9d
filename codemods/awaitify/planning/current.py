"""The session of the current request that a module gives to everyone: an async one beside it, or in its place.

`db.session` -> `db.async_session`, and what fills the variable behind it opens an async session too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode, ReplaceStatement
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.naming import async_name
from awaitify.analysis.sessions.current import Current
from awaitify.analysis.sessions.current_uses import users
from awaitify.plan_model import Reason
from awaitify.planning.current_setters import SetterPlanner
from awaitify.planning.draft import NotTwinned
from awaitify.planning.names import SQLALCHEMY_ASYNC
from awaitify.planning.sessions import Sessions
from awaitify.planning.splicing import Splice, spliced_code
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, span_of, text_of


@dataclass(eq=False)
class CurrentPlanner:
    """Plans it on demand. used: what an async function takes the session from."""

    colouring: Colouring
    sessions: Sessions
    used: list[Current] = field(default_factory=list)
    _setters: dict[Current, list[SetterPlanner]] = field(default_factory=dict)

    def use(self, file: File, giver: Function | Current) -> str:
        """The name of what gives the async session, usable in a file."""
        old = text_of(giver.name) if isinstance(giver, Current) else giver.name
        name = self._registry(giver) if isinstance(giver, Current) else self._twin(giver)
        is_imported = isinstance(giver, Current) or giver.cls is None
        for item in file.imports if is_imported else ():
            if item.name == old and item.local == old and item.is_top:
                self.sessions.draft.add_import(file, item.written, name)
                self.sessions.draft.remove_import(file, item.written, old)
            elif item.name == old:
                problem = f"{item.local} is imported in a way that is not followed"
                where = (file.source.relative, item.statement.start_point[0] + 1)
                raise NotTwinned(Reason("session-source", problem, *where))
        return name

    def _registry(self, current: Current) -> str:
        self._begin(current)
        return async_name(text_of(current.name))

    def _begin(self, current: Current) -> None:
        if current in self.used:
            return
        for setter in current.setters:
            if setter.opening is not None:
                self.sessions.opened(setter.opening)  # raises where there is no async form
        if current.made is not None:
            self._registry_code(current)
        self.used.append(current)

    def _twin(self, function: Function) -> str:
        """The name of the async twin of what gives or removes the session."""
        key, name = (function.file, function.id), async_name(function.name)
        if key in self.sessions.made:
            return self.sessions.made[key]
        current = next(item for item in self.sessions.effects.current if function in item.given)
        self._begin(current)
        self.sessions.made[key] = name
        if f"{function.id.removesuffix(function.name)}{name}" in self.sessions.resolution.project.functions:
            self.sessions.there.add(function)
            return name
        lead = "\n" if function.cls is not None else "\n\n"
        code = spliced_code(function.file, function.outer, list(self._given(function, current, name)))
        self.sessions.draft.add(function.file, InsertCode(span=span_of(function.outer), code=lead + code))
        self.sessions.copied.add(function)
        return name

    def _given(self, function: Function, current: Current, name: str) -> Iterator[Splice]:
        old = text_of(current.name)
        yield span_of(function.name_node), name
        for node in function.file.names_in(function.node):
            if text_of(node) == old:
                yield span_of(node), async_name(old)
        if function in current.removers:
            yield (function.node.start_byte, function.node.start_byte), "async "
            start = function.calls[0].node.start_byte
            yield (start, start), "await "
        yield from self.sessions.types(function)

    def prepare(self) -> None:
        """What fills the variables opens the async session alone, if nothing sync is left in the end."""
        for current in self.used:
            names = {item: self._twin(item) for item in current.given}
            self._setters[current] = [SetterPlanner(self.sessions, current, item, names) for item in current.setters]
            for setter in self._setters[current]:
                setter.plan(is_replaced=True)

    def finish(self, gone: set[Function]) -> None:
        """Once it is known what goes: what fills the variables, and the variables."""
        for current in self.used:
            is_replaced = current.given <= gone and not self._is_left(current)
            for setter in self._setters[current] if not is_replaced else ():
                setter.undo()
                setter.plan(is_replaced=False)
            for statement, code in self._statements(current):
                self._put(current, statement, code, is_replaced)
            self._imports(current, is_replaced)

    def _is_left(self, current: Current) -> bool:
        """Whether something sync goes on using a registry or a variable."""
        colours = self.colouring.colours
        staying = {item for item, givers in users(self.sessions.effects).items() if current in givers}
        return bool(current.sync) or not staying <= colours.asyncs - colours.twins.keys()

    def _put(self, current: Current, statement: Node, code: str, is_replaced: bool) -> None:
        home, draft = current.home, self.sessions.draft
        there = _assigned(statement.parent, async_name(text_of(current.name)))
        if is_replaced and there is not None:  # with the comments and blank lines before the sync one
            draft.add(home, ReplaceStatement(span=span_of(statement), code=outdented(there)))
            draft.add(home, ReplaceStatement(span=span_of(there)))
        elif is_replaced:
            draft.add(home, ReplaceStatement(span=span_of(statement), code=code))
        elif there is None:
            draft.add(home, InsertCode(span=span_of(statement), code=code))

    def _statements(self, current: Current) -> Iterator[tuple[Node, str]]:
        """The statements that make a variable, each with the code of the async one."""
        if current.made is None:
            yield current.statement, self._variable_code(current)
            return
        yield current.statement, self._registry_code(current)
        for node in current.home.named(text_of(current.name)):
            left = node.parent
            made = left.parent if left is not None and left.type == "attribute" else None
            right = made.child_by_field_name("right") if made is not None else None
            if left is not None and made is not None and made.parent is not None and text_of(right or left) == "None":
                lead = text_of(left).rpartition(".")[0]
                kind = "async_scoped_session[AsyncSession] | None"
                self.sessions.draft.add_import(current.home, SQLALCHEMY_ASYNC, "AsyncSession")
                yield made.parent, f"{lead}.{async_name(text_of(node))}: {kind} = None"

    def _registry_code(self, current: Current) -> str:
        made, draft = current.made, self.sessions.draft
        assert made is not None
        draft.add_import(current.home, SQLALCHEMY_ASYNC, "async_scoped_session")
        values = [item.child_by_field_name("value") or item for item in made.arguments]
        left = made.node.parent.child_by_field_name("left") if made.node.parent is not None else None
        lead = text_of(left or current.name).removesuffix(text_of(current.name))
        factory = self.sessions.code(current.home, values[0], made.function)
        name = f"{lead}{async_name(text_of(current.name))}"
        return f"{name} = async_scoped_session({factory}, scopefunc={text_of(values[1])})"

    def _variable_code(self, current: Current) -> str:
        old, new = text_of(current.name), async_name(text_of(current.name))
        splices: list[Splice] = [(span_of(current.name), new)]
        for node in _types(current.statement.named_children[0]):
            splices += list(self.sessions.type_names(current.home, node))
        code = spliced_code(current.home, current.statement, splices)
        return code.replace(f'"{old}"', f'"{new}"').replace(f"'{old}'", f"'{new}'")

    def _imports(self, current: Current, is_replaced: bool) -> None:
        """Those of a variable where other modules fill it."""
        old, draft = text_of(current.name), self.sessions.draft
        for setter in current.setters:
            for item in setter.function.file.imports if old in setter.names else ():
                if item.local == old and item.name:
                    draft.add_import(setter.function.file, item.written, async_name(old))
                    if is_replaced:
                        draft.remove_import(setter.function.file, item.written, old)


def _assigned(block: Node | None, name: str) -> Node | None:
    """The statement of a block that assigns the variable or the attribute of that name."""
    for statement in block.named_children if block is not None else ():
        node = statement.named_children[0] if statement.type == "expression_statement" else statement
        left = node.child_by_field_name("left") if node.type == "assignment" else None
        if left is not None and text_of(left).rpartition(".")[2] == name:
            return statement
    return None


def _types(assignment: Node) -> list[Node]:
    right, kind = assignment.child_by_field_name("right"), assignment.child_by_field_name("type")
    made = right.child_by_field_name("function") if right is not None else None
    return [node for node in (kind, made if made is not None and made.type == "subscript" else None) if node]
