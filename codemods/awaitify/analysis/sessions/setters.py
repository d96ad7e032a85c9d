"""What fills or empties, for a request, the variable or the registry from which everyone takes its session."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.sessions.calls import AWAITED
from awaitify.project.index import Call, File, Function, ancestors, is_label, is_within, text_of
from awaitify.project.nodes import with_of

if TYPE_CHECKING:
    from awaitify.analysis.effects import Effects

BLOCKS = ("block", "module")


@dataclass(eq=False, slots=True)
class Setter:
    """An async function that does so. opening: the call that makes the session; names: what has to do with it is called
    there; statements: those of these, in their order; block: the `with` over the session, if there is one; waiting: the
    calls that wait for the database."""

    function: Function
    opening: Call | None = None
    names: set[str] = field(default_factory=set)
    statements: list[Node] = field(default_factory=list)
    block: Node | None = None
    waiting: list[Call] = field(default_factory=list)


def setter_of(call: Call, variable: str, given: Collection[Function], effects: Effects) -> Setter | None:
    """How an async function fills a variable; None when more happens to the session there. given: what gives it."""
    function = call.function
    value = call.arguments[0] if len(call.arguments) == 1 else None
    opening = _opening(value, function, effects) if function is not None and value is not None else None
    if function is None or value is None or opening is None:
        return None
    found = Setter(function, opening, {variable}, block=with_of(opening.node))
    found.names |= {text_of(value)} if value.type == "identifier" else set()
    token = call.node.parent
    left = token.child_by_field_name("left") if token is not None and token.type == "assignment" else None
    found.names |= {text_of(left)} if left is not None else set()
    is_followed = follow(found, given, effects)
    is_closed = found.block is not None or any(text_of(item.callee).endswith(".close") for item in found.waiting)
    return found if is_followed and is_closed else None


def _opening(value: Node, function: Function, effects: Effects) -> Call | None:
    """The only call that makes the session which is put into the variable."""
    opened = [effect.call for effect in effects.of(function) if effect.kind == "opens"]
    call = opened[0] if len(opened) == 1 else None
    parent = call.node.parent if call is not None else None
    if call is None or parent is None or call.node == value:
        return call
    bound = parent.child_by_field_name("left") if parent.type == "assignment" else None
    bound = parent.named_children[-1] if parent.type == "as_pattern" else bound
    return call if bound is not None and text_of(bound) == text_of(value) else None


def follow(found: Setter, given: Collection[Function], effects: Effects) -> bool:
    """Notes all that happens to the session in the function; says whether it is understood."""
    file = found.function.file
    for node in _meant(found, given, effects):
        around = (item for item in (node, *ancestors(node)) if item.parent is not None and item.parent.type in BLOCKS)
        statement = next(around, None)
        if statement is not None and statement == found.block:
            body = statement.child_by_field_name("body")
            if body is None or node.start_byte >= body.start_byte:
                return False
        elif statement is None or not _is_plain(node, statement):
            return False
        elif statement not in found.statements:
            found.statements.append(statement)
            found.waiting += _waiting(file, statement, given, effects)
    return True


def _meant(found: Setter, given: Collection[Function], effects: Effects) -> Iterator[Node]:
    """The names in the function that have to do with the session."""
    file, resolution = found.function.file, effects.resolution
    words = {item.name for item in given}
    for node in file.names_in(found.function.node):
        if text_of(node) in found.names and not is_label(node):
            yield node
        elif text_of(node) in words:
            targets = resolution.definition(file, node)
            if any(resolution.function_of(target) in given for target in targets):
                yield node


def _is_plain(node: Node, statement: Node) -> bool:
    """Whether a statement is a call or an assignment of one, and no function stands between."""
    if statement.type != "expression_statement":
        return False
    inner = statement.named_children[0]
    value = inner.child_by_field_name("right") if inner.type == "assignment" else inner
    between = {item.type for item in ancestors(node) if item.start_byte >= statement.start_byte}
    return value is not None and value.type == "call" and not {"lambda", "await"} & between


def _waiting(file: File, statement: Node, given: Collection[Function], effects: Effects) -> Iterator[Call]:
    """The calls in a statement that an async session awaits."""
    for call in file.calls:
        effect = effects.by_call.get(call) if is_within(call.node, statement) else None
        is_session = effect is not None and effect.kind == "session" and effect.detail in AWAITED
        is_removal = text_of(call.callee).endswith("remove") and effect is not None and effect.kind != "harmless"
        if is_session or is_removal:
            yield call
