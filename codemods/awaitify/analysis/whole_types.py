"""The whole types of values, elements included, where a class alone says too little: `list[Item]`.

The checker words them; the words become facts where every name in them has one meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.tuples import TUPLE, TUPLES
from awaitify.analysis.values import FACTORY, SELECT, factory_class, returned, value_classes
from awaitify.project.index import Call, File, Function, text_of

if TYPE_CHECKING:
    from awaitify.analysis.calls import Resolution

BUILTINS = ("bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple")
#: Short names in the checker's words -> what they mean.
NAMES = {
    **{name: f"builtins.{name}" for name in BUILTINS},
    **{name: f"collections.abc.{name}" for name in ("Iterable", "Iterator", "Mapping", "Sequence")},
    "Any": "typing.Any",
    "defaultdict": "collections.defaultdict",
    "Query": "sqlalchemy.orm.query.Query",
    "Result": "sqlalchemy.engine.result.Result",
    "Row": "sqlalchemy.engine.row.Row",
    "ScalarResult": "sqlalchemy.engine.result.ScalarResult",
    "Select": SELECT,
    "SelectOfScalar": "sqlmodel.sql.expression.SelectOfScalar",
}
#: Classes that say nothing of what they hold.
BARE = {
    "builtins.dict", "builtins.list", "builtins.set", "builtins.tuple", "collections.abc.Iterable",
    "collections.abc.Sequence", "typing.Sequence", "collections.defaultdict", SELECT,
}  # fmt: skip
#: The same in annotations, where nothing in brackets follows.
UNSAID = re.compile(r"\b(?:sessionmaker|Select|Query|list|List|tuple|Tuple|set|Set|Sequence|Iterable)\b(?!\s*\[)")
ANY = "typing.Any"
CHOICES = ("conditional_expression", "boolean_operator", "parenthesized_expression")
OPEN = re.compile(r"\s*\|\s*(?:Unknown|None)\b|\b(?:Unknown|None)\s*\|\s*")
WORDS = re.compile(r"[\w.]+(?:\[.*\])?")
DEPTH = 4


def whole_classes(resolution: Resolution, file: File, nodes: Iterable[Node]) -> list[set[str]]:
    """The classes of these expressions' values, and what containers hold as far as it is known."""
    wanted = list(nodes)
    found = value_classes(resolution, file, wanted)
    return [
        {whole_type(resolution, file, node)} - {""} or classes if classes <= BARE else classes
        for node, classes in zip(wanted, found, strict=True)
    ]


def whole_type(resolution: Resolution, file: File, node: Node, depth: int = DEPTH) -> str:
    """The type of one expression as a fact; "" where it is not known whole."""
    if node.type in TUPLES:
        return tuple_class(resolution, file, node, depth)
    if node.type in CHOICES:
        sides = [item for item in _sides(node) if item.type != "none"]
        found = {whole_type(resolution, file, item, depth) for item in sides}
        return found.pop() if len(found) == 1 else ""
    if node.type != "call":
        return _fact(resolution, resolution.hover(file, node)) if _is_worded(node) else ""
    signature, _, _ = resolution.hover(file, node).partition("\n---")
    told = _fact(resolution, _filled(signature.rpartition("-> ")[2], node)) if "-> " in signature else ""
    call = resolution.call_at(file, node)
    return told or (_of_functions(resolution, call, depth - 1) if call is not None and depth else "")


def _filled(words: str, call: Node) -> str:
    """`SelectOfScalar[_T0]` of `select(Item)`: the class that is asked for takes the place of the type variable."""
    arguments = call.child_by_field_name("arguments")
    given = [item for item in arguments.named_children if item.type != "comment"] if arguments is not None else []
    if len(given) != 1 or given[0].type != "identifier":
        return words
    return re.sub(r"(?<=SelectOfScalar\[)_T\d*(?=\]$)", text_of(given[0]), words)


def is_open(fact: str) -> bool:
    """Whether a fact leaves out what some part holds."""
    return ANY in fact or any(re.search(rf"\b{re.escape(name)}(?![\w\[])", fact) for name in BARE)


def says_little(resolution: Resolution, function: Function) -> bool:
    """Whether what a function returns can tell more than its annotation does."""
    if function.node.child_by_field_name("return_type") is None:
        return not function.is_async
    return is_bare(function) and not _is_overridden(resolution, function)


def is_bare(function: Function) -> bool:
    """Whether a function is annotated with a class that says nothing of what it holds: `-> Select`. Not where another
    annotation could not stand around it."""
    said = function.node.child_by_field_name("return_type")
    text = text_of(said) if said is not None else ""
    is_plain = not (function.is_async or function.is_generator) and '"' not in text and "\n" not in text
    return is_plain and UNSAID.search(text) is not None


def _is_overridden(resolution: Resolution, function: Function) -> bool:
    """Whether a call of a method may mean another one, whose annotation covers both."""
    cls = function.cls
    others = (item for item in resolution.project.classes.values() if function.name in item.methods and item is not cls)
    return cls is not None and any(cls in resolution.lineage(item) for item in others)


def _sides(node: Node) -> list[Node]:
    """What a choice gives: not its condition."""
    parts = node.named_children
    return [parts[0], parts[-1]] if node.type == "conditional_expression" else parts


def tuple_class(resolution: Resolution, file: File, node: Node, depth: int = DEPTH) -> str:
    """The class of a tuple with those of its parts, where at least one is known."""
    items = node.named_children
    found = zip(items, value_classes(resolution, file, items), strict=True)
    parts = [_part(resolution, file, item, classes, depth) for item, classes in found]
    if not any(parts) or any(item.type == "list_splat" for item in items):
        return TUPLE
    return f"{TUPLE}[{', '.join(part or ANY for part in parts)}]"


def _part(resolution: Resolution, file: File, node: Node, classes: set[str], depth: int) -> str:
    if classes == {FACTORY}:
        return factory_class(resolution, file, node)
    known = next(iter(classes)) if len(classes) == 1 else ""
    return known if known and known not in BARE else whole_type(resolution, file, node, depth) or known


def _is_worded(node: Node) -> bool:
    """Whether the checker words the type of the whole expression at its place."""
    return node.type in (
        "identifier",
        "attribute",
        "list",
        "list_comprehension",
        "dictionary",
        "dictionary_comprehension",
        "set",
        "set_comprehension",
    )


def _of_functions(resolution: Resolution, call: Call, depth: int) -> str:
    """What the functions without annotations that a call means return."""
    found = {_returned(resolution, function, depth) for function in resolution.functions(call)}
    return found.pop() if len(found) == 1 else ""


def _returned(resolution: Resolution, function: Function, depth: int) -> str:
    is_plain = not (function.is_async or function.is_generator or function.node.child_by_field_name("return_type"))
    found = {whole_type(resolution, function.file, node, depth) for node in returned(function)} if is_plain else set()
    return found.pop() if len(found) == 1 else ""


def _fact(resolution: Resolution, words: str) -> str:
    """The checker's words with dotted names; "" where a name has no meaning, or several."""
    words = OPEN.sub("", words.strip())
    if not WORDS.fullmatch(words) or not re.fullmatch(r"[\w., |\[\]]+", words):
        return ""
    names = {name: _dotted(resolution, name) for name in re.findall(r"\w+", words)}
    if not all(names.values()) or words.partition("[")[0] == ANY:
        return ""
    return re.sub(r"\w+", lambda found: names[found.group()], words)


def _dotted(resolution: Resolution, name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    found = [cls.id for cls in resolution.project.classes.values() if cls.name == name and "<locals>" not in cls.id]
    return found[0] if len(found) == 1 else ""
