"""Whether a value is a str: as the type checker says, else by where it comes from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, walk_own
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.model import annotations_of
from awaitify.project.index import Class, Function, text_of

TEXT = {"builtins.str", "str"}
#: What a parameter may be beside a str (`Union[int, str]`): a cast does nothing to it.
OTHERS = {"builtins.int", "int", "uuid.UUID", "UUID"}
WORDS = {"str": "str", "int": "int", "UUID": "UUID", "None": "NoneType", "Optional": "NoneType"}
#: Whose `decode` gives the claims of a token: `sub` is a str there (RFC 7519, 4.1.2), the others mostly.
TOKEN_MODULES = {"jwt", "jose", "authlib"}
UNTYPED = {"Any", "Unknown", "Todo"}


def text_kind(types: Types, function: Function, value: Node, routes: Collection[str]) -> bool | None:
    """Whether the str may be None, or something else (a claim of a token); None when the value is no str.
    routes: the ids of the routes, whose plain parameters are strings."""
    if value.type == "string":
        return None  # a literal is written for its column
    param = function.param(text_of(value)) if value.type == "identifier" else None
    if param is not None and param.annotation is None and param.default is None and function.id in routes:
        return False
    names = types.raw(function, value)
    if not names and param is not None and param.annotation is not None:
        names = annotated_names(text_of(param.annotation))
    if not names and value.type == "attribute":
        names = _field_names(types, function, value)
    known = {name for name in names if not name.endswith("NoneType")}
    if not known - UNTYPED and _is_claim(types, function, value):
        return True
    return len(known) < len(names) if known & TEXT and known <= TEXT | OTHERS else None


def annotated_names(text: str) -> list[str]:
    """The types of an annotation that is made of str, None and what a cast leaves as it is, else none."""
    words = [word for word in re.findall(r"[\w.]+", text) if word not in ("Union", "typing.Union")]
    names = [WORDS[word] for word in words if word in WORDS]
    return names if len(names) == len(words) and "str" in names else []


def _field_names(types: Types, function: Function, value: Node) -> list[str]:
    """`data.id`, with `data` from a function that makes an object of a class of the project."""
    base, attribute = value.child_by_field_name("object"), value.child_by_field_name("attribute")
    bound = types.bindings(function).get(text_of(base), []) if base is not None else []
    classes = [cls for how, right in bound if how == "is" for cls in _made(types, function, right)]
    if attribute is None or not classes or len({cls.id for cls in classes}) != 1:
        return []
    annotation = annotations_of(classes[0]).get(text_of(attribute))
    return annotated_names(text_of(annotation)) if annotation is not None else []


def _made(types: Types, function: Function, node: Node, depth: int = 0) -> Iterator[Class]:
    """The classes of the project that an expression makes objects of."""
    if node.type == "identifier" and depth < 4:
        for how, right in types.bindings(function).get(text_of(node), []):
            if how == "is":
                yield from _made(types, function, right, depth + 1)
    callee = node.child_by_field_name("function") if node.type == "call" else None
    if callee is None or depth >= 4:
        return
    cls = types.mapping.names.find(function.file, text_of(callee))
    if cls is not None:
        yield cls
        return
    for called in types.callees(function, node):
        for statement in walk_own(called.node):
            if statement.type == "return_statement" and statement.named_children:
                yield from _made(types, called, statement.named_children[0], depth + 1)


def _is_claim(types: Types, function: Function, value: Node) -> bool:
    """Whether a value is read from the claims of a token, as they come from its decoder."""
    for read in _origins(types, function, value):
        field = {"call": "function", "subscript": "value"}.get(read.type, "")
        held = read.child_by_field_name(field) if field else None
        if held is not None and read.type == "call":
            held = held.child_by_field_name("object") if last_name(read) == "get" else None
        for origin in _origins(types, function, held) if held is not None else ():
            if origin.type == "call" and last_name(origin) == "decode" and _is_of_tokens(function, origin):
                return True
    return False


def _origins(types: Types, function: Function, node: Node) -> Iterator[Node]:
    """What a name is assigned, or the expression itself."""
    if node.type != "identifier":
        yield node
        return
    yield from (right for how, right in types.bindings(function).get(text_of(node), []) if how == "is")


def _is_of_tokens(function: Function, call: Node) -> bool:
    root = text_of(call.child_by_field_name("function") or call).partition(".")[0]
    found = [item for item in function.file.imports if item.local == root]
    return any((item.module or item.name).partition(".")[0] in TOKEN_MODULES for item in found)
