"""Which overrides a call may mean: none, where its receiver is one object whose class is known exactly."""

from __future__ import annotations

import re

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, Class, Function, text_of, unbound_owner
from awaitify.resolve.model import Target


def is_super(call: Call) -> bool:
    """`super().method()`, which means the method of the base alone."""
    return text_of(call.callee).startswith("super(")


def meant_overrides(call: Call, method: Function, resolution: Resolution) -> tuple[Function, ...]:
    """What overrides a method, as far as the call may mean it."""
    others = resolution.overrides.get(method, ())
    if not others or is_super(call) or _names_its_class(call, resolution):
        return ()
    cls = _exact_class(call, resolution)
    meant = next((item.methods[method.name] for item in _lineage(cls, resolution) if method.name in item.methods), None)
    return () if meant is method else others


def _names_its_class(call: Call, resolution: Resolution) -> bool:
    """Whether a call names the class whose method it means: `Base.method(self)`."""
    owner = unbound_owner(call)
    found = resolution.definition(call.file, owner) if owner is not None else ()
    meant = [resolution.project.definition(target.path, target.offset) for target in found]
    return bool(meant) and all(isinstance(item, Class) for item in meant)


def _lineage(cls: Class | None, resolution: Resolution) -> list[Class]:
    return resolution.lineage(cls) if cls is not None else []


def _exact_class(call: Call, resolution: Resolution) -> Class | None:
    """The class of a receiver that a module makes once, and for good: `users = Users(User)`."""
    receiver = call.callee.child_by_field_name("object") if call.callee.type == "attribute" else None
    if receiver is None or receiver.type not in ("identifier", "attribute"):
        return None
    found = [_made(target, resolution) for target in resolution.definition(call.file, receiver)]
    return found[0] if len(found) == 1 else None


def _made(target: Target, resolution: Resolution) -> Class | None:
    project = resolution.project
    file = project.by_path.get(target.path) if target.path is not None else None
    if file is None or file.is_test:
        return None
    nodes = [item for node in file.root.named_children for item in node.named_children if item.type == "assignment"]
    pairs = [(node.child_by_field_name("left"), node.child_by_field_name("right")) for node in nodes]
    own = next((pair for pair in pairs if pair[0] is not None and pair[0].start_byte == target.offset), None)
    if own is None or own[0] is None or own[1] is None or own[1].type != "call":
        return None
    name = text_of(own[0])
    is_again = sum(left is not None and text_of(left) == name for left, _ in pairs) > 1
    put = re.compile(rf"\bglobal\b[^\n]*\b{name}\b|\.{name}\s*=[^=]".encode())
    if is_again or any(put.search(item.source.text) for item in project.files if not item.is_test):
        return None
    callee = own[1].child_by_field_name("function")
    targets = resolution.definition(file, callee) if callee is not None else ()
    classes = [project.definition(item.path, item.offset) for item in targets if item.in_project]
    return classes[0] if len(classes) == len(targets) == 1 and isinstance(classes[0], Class) else None
