"""The narrow cure: `await db.refresh(obj, attribute_names=["r"])` right before the one statement that reads `obj.r`.

It emits the SELECT that the lazy load emitted, at the same place, and needs no change of the mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from textwrap import indent

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.bindings import TUPLES, returned_by
from awaitify.analysis.loading.life import dominates
from awaitify.analysis.loading.names import last_name, positional
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.steps import Source
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.project.index import File, Function, Param, ancestors, is_within, span_of, text_of

LOADS = {"query", "get", "get_one", "scalar", "scalars", "execute", "exec"}
CONDITIONAL = {"conditional_expression", "boolean_operator", "elif_clause", "else_clause"}
LATER = {"lambda", "while_statement"}
COMPREHENSIONS = {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
PERSISTENT = {"query", "get"}
LEAVING = {"raise_statement", "return_statement", "continue_statement", "break_statement"}
REFRESH = re.compile(r"(?s)(.*\.refresh\(\w+, attribute_names=\[)(.*)(\]\))")


class Narrow:
    """Finds the place and the session of a refresh."""

    def __init__(self, types: Types):
        self.types = types

    def before(self, read: Read, sources: list[Source], is_left_out: bool, is_stale: bool) -> InsertCode | None:
        """The refresh before a read of a local variable; None when it is not certain that the variable then holds a
        persistent object of a known session.

        is_left_out: by a refresh; the lazy load itself runs then. is_stale: it may be loaded, and have changed."""
        if read.receiver is None or read.receiver.type != "identifier" or read.path or read.function.parent is not None:
            return None
        name, value = text_of(read.receiver), self.types.value(read.function, read.receiver)
        if value is not None and value.shape != "one":
            return None
        session = self._session(read.function, name, sources, is_left_out)
        if session is None or _is_deleted(read.function, name) or not _same_scope(read):
            return None
        kinds = {item.type for item in between(read.node)} if not read.via else set()
        if kinds & LATER:
            return None
        code = f'await {session}.refresh({name}, attribute_names=["{read.attr}"])'
        if is_left_out:
            code = f"await {session}.run_sync(lambda _: {name}.{read.attr})"
            code = f'{session}.expire({name}, ["{read.attr}"])\n{code}' if is_stale else code
        is_new = bool(sources) and all(source.kind == "new" for source in sources)
        if not is_new and self._may_be_none(read, name, bool(kinds & CONDITIONAL)):
            if not self._is_bound_before(read, name):
                return None
            code = f"if {name} is not None:\n{indent(code, '    ')}"
        reason = "what the lazy load read"
        return InsertCode(span=span_of(statement_of(read.node)), code=code, where="before", reason=reason)

    def _session(self, function: Function, name: str, sources: list[Source], is_any: bool) -> str | None:
        """is_any: any session does, since the object's own one loads."""
        bindings = self.types.bindings(function).get(name, [])
        kinds = {*PERSISTENT, "new"} if is_any else PERSISTENT
        known = bool(sources) and all(source.kind in kinds for source in sources)
        if function.param(name) is not None:
            if bindings:
                return None
            return _shared_session(function, name, self.types) or (self._own_session(function) if known else None)
        made = _only(bindings)
        if made is None:
            return None
        if self._is_project_call(function, made) or made.type == "attribute":
            return self._own_session(function) if known else None
        return loading_session(made) or (self._own_session(function) if known and is_any else None)

    def _is_project_call(self, function: Function, node: Node) -> bool:
        while node.type in ("await", "parenthesized_expression"):
            node = node.named_children[-1]
        key = (function.file.source.relative, node.start_byte, node.end_byte)
        return node.type == "call" and bool(self.types.called.get(key))

    def _own_session(self, function: Function) -> str | None:
        """The name of the function's only session."""
        given = {param.name: _given(function, param, self.types) for param in function.params}
        found = [name for name, text in given.items() if self.types.mapping.names.is_session(function.file, text)]
        return found[0] if len(found) == 1 else None

    def _may_be_none(self, read: Read, name: str, conditional: bool) -> bool:
        """Whether the refresh needs a guard: the value may be None, and the statement may not read it at all."""
        bindings = self.types.bindings(read.function).get(name, [])
        param = read.function.param(name)
        if not bindings and param is not None and param.annotation is not None:
            text = _given(read.function, param, self.types)
            return (conditional or bool(read.via)) and ("None" in text or "Optional" in text)
        if not bindings:
            return conditional
        if not (conditional or read.via) or _is_guarded(read.node, read.function, name, bindings[0][1], self.types):
            return False
        return not self._never_none(read.function, bindings[0][1])

    def _never_none(self, function: Function, node: Node) -> bool:
        """Whether a function of the project gives the object, and raises where there is none."""
        while node.type in ("await", "parenthesized_expression"):
            node = node.named_children[-1]
        found = self.types.callees(function, node) if self._is_project_call(function, node) else []
        return bool(found) and all(
            bool(returned_by(callee)) and all(self._is_object(callee, item) for item in returned_by(callee))
            for callee in found
        )

    def _is_object(self, function: Function, node: Node) -> bool:
        if node.type != "identifier":
            return node.type == "call" and last_name(node) in ("one", "scalar_one", "get_one")
        bindings = self.types.bindings(function).get(text_of(node), [])
        return len(bindings) == 1 and _is_guarded(node, function, text_of(node), bindings[0][1], self.types)

    def _is_bound_before(self, read: Read, name: str) -> bool:
        bindings = self.types.bindings(read.function).get(name, [])
        return all(dominates(right, read.node) for _, right in bindings)


def as_one(edits: Iterable[tuple[File, InsertCode]]) -> Iterator[tuple[File, InsertCode]]:
    """Refreshes of one object at one place become one, with all the names."""
    found: dict[tuple[object, ...], tuple[File, InsertCode]] = {}
    for file, edit in edits:
        parts = REFRESH.fullmatch(edit.code)
        key = (file.path, edit.span, parts.group(1) if parts else edit.code)
        if key in found and parts is not None:
            earlier = found[key][1]
            code = f"{earlier.code.removesuffix(parts.group(3))}, {parts.group(2)}{parts.group(3)}"
            edit = replace(earlier, code=code)
        found[key] = (file, edit)
    yield from found.values()


def is_repeated(file: File, edit: InsertCode, after: Iterable[tuple[File, InsertCode]]) -> bool:
    """Whether the statement before the place is followed by the same refresh already."""
    ends = {other.span[1] for where, other in after if where is file and other.code == edit.code}
    node = file.root.descendant_for_byte_range(edit.span[0], edit.span[0] + 1) if ends else None
    if node is None:
        return False
    earlier = statement_of(node).prev_named_sibling
    while earlier is not None and earlier.type == "comment":
        earlier = earlier.prev_named_sibling
    return earlier is not None and earlier.end_byte in ends


def _only(bindings: list[tuple[str, Node]]) -> Node | None:
    """The one expression that a name is assigned, by itself or in a tuple."""
    if len(bindings) != 1:
        return None
    how, right = bindings[0]
    if how.isdigit() and right.type in TUPLES and int(how) < len(right.named_children):
        return right.named_children[int(how)]
    return right if how == "is" else None


def _shared_session(function: Function, name: str, types: Types) -> str | None:
    """The function's own session when FastAPI gives it both that and the object, which then belongs to it."""
    given = {param.name: _given(function, param, types) for param in function.params}
    sessions = [key for key, text in given.items() if types.mapping.names.is_session(function.file, text)]
    text = given[name]
    certain = "Depends(" in text and "Optional" not in text and "None" not in text
    return sessions[0] if certain and len(sessions) == 1 and "Depends(" in given[sessions[0]] else None


def _given(function: Function, param: Param, types: Types) -> str:
    """A parameter's annotation (aliases spelled out) and default."""
    written = text_of(param.annotation) if param.annotation is not None else ""
    aliases = [text_of(right) for _, right in types.aliased(function, written)] if written.isidentifier() else []
    return " ".join([written, *aliases, text_of(param.default) if param.default is not None else ""])


def loading_session(node: Node) -> str | None:
    """The code of the session in the chain that loads one object."""
    current: Node | None = node
    while current is not None:
        if current.type == "call":
            callee = current.child_by_field_name("function")
            base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
            if base is not None and last_name(current) in LOADS and base.type in ("identifier", "attribute"):
                return text_of(base)
            current = base
        elif current.type in ("await", "parenthesized_expression"):
            current = current.named_children[-1]
        else:
            return None
    return None


def between(node: Node) -> list[Node]:
    """The nodes between a read and its statement, the statement included."""
    found, statement = [], statement_of(node)
    for item in ancestors(node):
        found.append(item)
        if item.id == statement.id:
            break
    return found if node.id != statement.id else []


def _same_scope(read: Read) -> bool:
    inner = {"lambda", "function_definition", "class_definition"}
    for item in ancestors(read.node):
        if item.id == read.function.node.id:
            return True
        if item.type in inner:
            return False
    return False


def _is_deleted(function: Function, name: str) -> bool:
    return any(
        last_name(call.node) in ("delete", "expunge") and any(text_of(item) == name for item in positional(call.node))
        for call in function.calls
    )


def _is_guarded(node: Node, function: Function, name: str, bound: Node, types: Types) -> bool:
    """Whether None cannot come here: `.one()`, or an `if not name: raise` on the way."""
    if last_name(bound) in ("one", "scalar_one", "get_one"):
        return True
    block = statement_of(node).parent
    while block is not None and block.id != function.node.id:
        for statement in block.named_children:
            is_between = bound.start_byte < statement.start_byte < node.start_byte
            if is_between and (_rules_out_none(statement, name) or _needs(statement, name, function, types)):
                return True
        block = block.parent
    return False


def _needs(statement: Node, name: str, function: Function, types: Types) -> bool:
    """Whether a statement fails where the name means None: it reads an attribute of it, or has a session refresh it."""
    if statement.type != "expression_statement" or len(types.bindings(function).get(name, [])) != 1:
        return False
    for node in function.file.named(name):
        outer = node.parent
        if not is_within(node, statement) or outer is None:
            continue
        is_read = outer.type == "attribute" and outer.child_by_field_name("object") == node
        is_refreshed = (
            outer.type == "argument_list" and outer.named_children[0] == node and _refreshes(outer, function, types)
        )
        kinds = {item.type for item in between(node)}
        if (is_read or is_refreshed) and not kinds & {*CONDITIONAL, *LATER, *COMPREHENSIONS}:
            return True
    return False


def _refreshes(arguments: Node, function: Function, types: Types) -> bool:
    """Whether these are arguments of a session's refresh."""
    call = arguments.parent
    callee = call.child_by_field_name("function") if call is not None and last_name(call) == "refresh" else None
    base = callee.child_by_field_name("object") if callee is not None and callee.type == "attribute" else None
    param = function.param(text_of(base)) if base is not None and base.type == "identifier" else None
    return param is not None and types.mapping.names.is_session(function.file, _given(function, param, types))


def _rules_out_none(statement: Node, name: str) -> bool:
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    body = statement.child_by_field_name("consequence") if condition is not None else None
    if condition is None or body is None or not body.named_children:
        return False
    asked = {f"not {name}", f"{name} is None", f"{name} == None", f"None is {name}"}
    return body.named_children[-1].type in LEAVING and any(text_of(item) in asked for item in _alternatives(condition))


def _alternatives(condition: Node) -> Iterator[Node]:
    """What each makes a condition true by itself: `a` and `b` of `a or b`."""
    if condition.type == "parenthesized_expression":
        yield from _alternatives(condition.named_children[0])
    elif condition.type == "boolean_operator" and any(child.type == "or" for child in condition.children):
        for side in ("left", "right"):
            node = condition.child_by_field_name(side)
            yield from _alternatives(node) if node is not None else ()
    else:
        yield condition
