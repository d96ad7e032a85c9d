"""What a rollback expired and is read later: loaded anew behind the rollback, since async code cannot at the read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from textwrap import indent

from awaitify_transforms.edits import InsertCode
from tree_sitter import Node

from awaitify.analysis.loading.context import Context
from awaitify.analysis.loading.expiry import is_checked
from awaitify.analysis.loading.names import last_name
from awaitify.analysis.loading.reads import Read
from awaitify.analysis.loading.rollback import LOOPS, Rollbacks
from awaitify.analysis.loading.types import Types, statement_of
from awaitify.analysis.mapping.model import MappedClass
from awaitify.project.index import Call, Function, ancestors, span_of, text_of

#: What gives an object, or raises.
CERTAIN = {"one", "scalar_one", "get_one"}


def after_rollbacks(
    function: Function, rollbacks: Rollbacks, reads: Collection[Read], context: Context
) -> Iterator[tuple[Node, InsertCode | str]]:
    """(the place, what to insert behind the rollback; or why nothing helps) of each object that is read after one.

    reads: all of them; those that run in the same requests tell the relationships that may be read."""
    found = list(rollbacks.reads(function))
    around = set(context.around.of(function)) if found else set()
    own = [read for read in reads if read.function in around]
    for call, base, node in found:
        code = _refresh(function, rollbacks, call, base, own, context.refreshes)
        if code is None:
            verb = "given back" if node is base else "read"
            yield node, f"`{text_of(node)}` is {verb} after a rollback, which expires it"
        else:
            reason = "a rollback expires objects, and async code cannot load them where they are read"
            yield node, InsertCode(span=span_of(statement_of(call.node)), code=code, reason=reason)


def _refresh(
    function: Function, rollbacks: Rollbacks, call: Call, base: Node, reads: Collection[Read], refreshes: bool
) -> str | None:
    types = rollbacks.types
    owner = call.callee.child_by_field_name("object")
    is_own = last_name(call.node) == "rollback" and owner is not None and owner.type in ("identifier", "attribute")
    value, name = types.value(function, base), text_of(base)
    mapped = types.mapping.get(value.cls) if value is not None and value.shape == "one" else None
    bound = [right for how, right in types.bindings(function).get(name, []) if how == "is"]
    in_loop = any(item.type in LOOPS for item in ancestors(call.node))
    if not is_own or owner is None or mapped is None or in_loop or not bound or function.param(name) is not None:
        return None
    if any(right.start_byte > call.node.start_byte for right in bound):
        return None
    attributes = _relationships(mapped, types, reads)
    if attributes is None or (attributes and not refreshes):
        return None
    code = f"await {text_of(owner)}.refresh({name})"
    if attributes:
        code += f"\nawait {text_of(owner)}.refresh({name}, {attributes})".replace("'", '"')
    certain = all(_is_certain(function, right, types) for right in bound) or is_checked(function, name, call.node)
    conditions = [] if certain else [f"{name} is not None"]
    if value is not None and value.new and not rollbacks.is_surely_committed(function, name, call.node):
        conditions.append(f"{name} in {text_of(owner)}")  # what was not saved is out, and readable
    return f"if {' and '.join(conditions)}:\n{indent(code, '    ')}" if conditions else code


def _is_certain(function: Function, right: Node, types: Types) -> bool:
    callee = right.child_by_field_name("function") if right.type == "call" else None
    return last_name(right) in CERTAIN or (callee is not None and types.class_called(function, callee) is not None)


def _relationships(mapped: MappedClass, types: Types, reads: Collection[Read]) -> list[str] | None:
    """The relationships of a class that anything reads; None where what they lead to is read further."""
    found = sorted({read.attr for read in reads if read.cls == mapped.cls.id and read.attr in mapped.relationships})
    targets = {mapped.relationships[name].target for name in found}
    further = any(
        read.attr in types.mapping.classes[target].relationships for target in targets for read in reads
        if types.mapping.related(read.cls, target)
    )  # fmt: skip
    computed = any(read.attr in mapped.properties or read.attr in mapped.late for read in reads
                   if types.mapping.related(read.cls, mapped.cls.id))  # fmt: skip
    return None if further or computed else found
