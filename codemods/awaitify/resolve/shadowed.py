"""Library classes whose own members hide a type from their annotations: `-> dict[str, Any]` beside a method `dict`.

The checker looks names of an annotation up in the class first, as the language says, and finds a method where a type is
meant: the call has no type. So releases of pydantic before 2.13 say nothing of `model_dump()`, and of SQLAlchemy before
2.0.50 nothing of `func.count()`. The module is shown with other names for those types.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from awaitify.resolve import naming
from awaitify.resolve.links import link

#: The modules where this is known to happen, by package.
MODULES = {"pydantic": "main.py", "sqlalchemy": "sql/functions.py"}
_LEAD = "_awaitify_"
_DEFERRED = b"from __future__ import annotations"


def show_hidden(package: Path, folder: Path, name: str = "") -> Path | None:
    """A search path in the folder that shows a package with no type hidden; None where there is nothing to show. name:
    that of its folder there, if another: stubs go before the package itself."""
    place = Path(MODULES.get(package.name, ""))
    module = package / place
    text = module.read_bytes() if module.is_file() else b""
    shown = without_hidden(text)
    if shown == text:
        return None
    source, target = package, folder / "site-packages" / (name or package.name)
    for part in place.parts:
        target.mkdir(parents=True)
        for item in source.iterdir():
            if item.name not in (part, "__pycache__"):
                link(item, target / item.name)
        source, target = source / part, target / part
    target.write_bytes(shown)
    return folder / "site-packages"


def without_hidden(text: bytes) -> bytes:
    """The text of a module with another name for every type that a method of the class around hides."""
    if _DEFERRED not in text:
        return text  # what an annotation means is settled where it stands
    root = naming.parse(text).root_node
    known = set(dir(builtins)) | {_name(node) for node in root.named_children if node.type == "class_definition"}
    found = [name for cls in _classes(root) for name in _hidden(cls, known)]
    for name in sorted(found, key=lambda node: -node.start_byte):
        text = text[: name.start_byte] + _LEAD.encode() + text[name.start_byte :]
    aliases = sorted({_text(name) for name in found})
    return text + "".join(f"\n{_LEAD}{name} = {name}" for name in aliases).encode() + b"\n" * bool(aliases)


def _classes(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "class_definition":
            yield child
        yield from _classes(child)


def _hidden(cls: Node, known: set[str]) -> Iterator[Node]:
    """The names in the annotations of a class's methods that mean one of these methods, where a known type is meant."""
    methods = list(_methods(cls))
    names = {_name(node) for node in methods} & known
    for method in methods if names else ():
        result, params = method.child_by_field_name("return_type"), method.child_by_field_name("parameters")
        kinds = [param.child_by_field_name("type") for param in (params.named_children if params is not None else ())]
        for kind in (result, *kinds):
            yield from _uses(kind, names) if kind is not None else ()


def _methods(node: Node) -> Iterator[Node]:
    """The functions of a class's body, also those under a condition, but not what is inside them."""
    for child in node.named_children:
        if child.type == "function_definition":
            yield child
        elif child.type != "class_definition":
            yield from _methods(child)


def _uses(node: Node, names: set[str]) -> Iterator[Node]:
    if node.type == "identifier" and _text(node) in names:
        yield node
    for child in node.named_children:
        is_name = node.type == "attribute" and child == node.child_by_field_name("attribute")
        yield from () if is_name else _uses(child, names)


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return _text(name) if name is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode()
