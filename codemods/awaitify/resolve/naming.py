"""The qualified name of what stands at an offset: the module name from the path, the rest from the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Tree

_PARSER = Parser(Language(tree_sitter_python.language()))
_SITE = re.compile(r".*/(?:site-packages|dist-packages|typeshed/[^/]+/(?:stdlib|stubs/[^/]+))(?=/)")
_IMPORTS = {"import_statement", "import_from_statement", "future_import_statement"}
_PARAMETERS = {"parameters", "lambda_parameters"}
_SCOPES = {"function_definition", "class_definition", "lambda"}


@dataclass(frozen=True, slots=True)
class Named:
    """A name inside a module ("" is the module itself). kind: that of a Target, or "import" for a name in an import
    statement; its qualname is the whole dotted name that is imported. offset: that of the name itself."""

    qualname: str
    kind: str
    offset: int


@lru_cache(maxsize=64)
def parse(text: bytes) -> Tree:
    """The tree of a text; syntax errors are part of it. The last ones are kept: many questions lead to a few files."""
    return _PARSER.parse(text)


def in_library(path: Path) -> bool:
    """Whether a path lies in an environment's packages or in typeshed."""
    return _SITE.match(path.as_posix()) is not None


def module_name(path: Path, roots: Sequence[Path]) -> str:
    """The dotted module name of a file, relative to the longest root that holds it.

    Packages of an environment and typeshed are known by their folders; anything else (the standard library, an
    editable install) starts above the topmost folder with an `__init__`.
    """
    site = _SITE.match(path.as_posix())
    holders = [root for root in roots if path.is_relative_to(root)]
    if site:
        holders.append(Path(site.group()))
    top = max(holders, key=lambda root: len(root.parts)) if holders else _package_root(path)
    parts = list(path.relative_to(top).with_suffix("").parts)
    if parts and parts[-1] == "__init__":
        parts.pop()
    if parts:
        parts[0] = parts[0].removesuffix("-stubs")
    return ".".join(parts)


def _package_root(path: Path) -> Path:
    folder = path.parent
    while any((folder / name).exists() for name in ("__init__.py", "__init__.pyi")) and folder != folder.parent:
        folder = folder.parent
    return folder


def name_at(tree: Tree, start: int, end: int, package: str) -> Named:
    """What is defined at a place: a name, or an attribute (`self.x`). package: where relative imports start."""
    node = tree.root_node.descendant_for_byte_range(start, end)
    if node is not None and node.type == "attribute":
        node = node.child_by_field_name("attribute")
    elif node is not None and node.type != "identifier":  # `name as other`
        node = tree.root_node.descendant_for_byte_range(start, start + 1)
    if node is not None and node.type in {"*", "**"} and node.next_sibling is not None:
        node = node.next_sibling
    if node is None or node.type != "identifier":
        return Named("", "unknown", start)
    word = _text(node)
    kind, scope = _kind(node)
    if kind == "import":
        return Named(_imported_name(node, package) or word, kind, node.start_byte)
    owner = node.parent
    if owner is not None and owner.type == "attribute" and owner.child_by_field_name("attribute") == node:
        scopes = _instance_scope(owner)  # `self.x = ...` defines an attribute of the class
    else:
        scopes = _scopes(scope)
    return Named("".join(scopes) + word, kind, node.start_byte)


def _kind(node: Node) -> tuple[str, Node | None]:
    """The kind of a defined name, and the node from which to look for its scopes, outwards."""
    parent = node.parent
    if parent is not None and parent.child_by_field_name("name") == node:
        if parent.type == "function_definition":
            return "function", parent.parent
        if parent.type == "class_definition":
            return "class", parent.parent
    climb: Node | None = node
    while climb is not None and climb.type not in {"block", "module"}:
        if climb.type in _IMPORTS:
            return "import", None
        if climb.type in _PARAMETERS:
            return "parameter", climb.parent
        if climb.type in _SCOPES:
            break
        climb = climb.parent
    return "variable", parent


def _scopes(node: Node | None) -> list[str]:
    """The prefixes of the scopes around a node, itself included, outermost first: `Class.`, `function.<locals>.`."""
    scopes: list[str] = []
    while node is not None:
        if node.type in _SCOPES:
            name = node.child_by_field_name("name")
            word = _text(name) if name is not None else "<lambda>"
            scopes.append(f"{word}." if node.type == "class_definition" else f"{word}.<locals>.")
        node = node.parent
    return scopes[::-1]


def _instance_scope(node: Node) -> list[str]:
    scopes = _scopes(node)
    while scopes and scopes[-1].endswith("<locals>."):
        scopes.pop()
    return scopes


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _imported_name(node: Node | None, package: str) -> str:
    """The dotted name that an import brings in for a name in it, "" when there is none."""
    while node is not None and (node.parent is None or node.parent.type not in _IMPORTS):
        node = node.parent
    if node is None or node.parent is None:
        return ""
    inner = node.child_by_field_name("name") if node.type == "aliased_import" else node
    word = _text(inner) if inner is not None else ""
    source = node.parent.child_by_field_name("module_name")
    if source is None:
        return word
    module = _text(source)
    name = module.lstrip(".")
    if levels := len(module) - len(name):
        base = package.split(".")
        name = ".".join([*base[: len(base) - levels + 1], *filter(None, [name])])
    return name if source == node else f"{name}.{word}"
