"""What is known of a value without following it: literals, annotations, classes, functions of libraries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from awaitify.analysis.direct.bindings import UNKNOWN
from awaitify.analysis.direct.model import last_word
from awaitify.project.index import Call, text_of

if TYPE_CHECKING:
    from awaitify.analysis.direct.kinds import Kinds

Kind = frozenset[str]
NOBODY_KNOWS = frozenset({UNKNOWN})
TEXT = frozenset({"str"})
NONE = frozenset({"None"})
LITERALS = {"integer": "int", "float": "float", "true": "bool", "false": "bool", "none": "None"}
CLASSES = {
    "builtins.str": "str", "builtins.int": "int", "builtins.float": "float", "builtins.bool": "bool",
    "builtins.bytes": "bytes", "types.NoneType": "None", "builtins.NoneType": "None",
}  # fmt: skip
URLS = re.compile(r"pydantic(_core)?\..*Url")  # since pydantic 2 these are no texts: requests takes str() of them
GIVE_TEXT = {
    "format", "rstrip", "lstrip", "strip", "replace", "lower", "upper", "join", "removesuffix", "removeprefix",
    "title", "capitalize", "hexdigest", "isoformat", "decode",
}  # fmt: skip
ENVIRONMENT = {"os.getenv", "os.environ.get"}
TEXT_OWNERS = ("builtins.str.", "datetime.", "hashlib.", "builtins.bytes.d")
RESULT = re.compile(r"-> (str|int|float|bool|bytes)$")


def library_kind(call: Call, callee: Node, names: set[str], kinds: Kinds) -> Kind:
    """What a call of a library's function gives. names: what it may mean."""
    if not names:
        return NOBODY_KNOWS
    if len(names) == 1 and min(names) in CLASSES:
        return frozenset({CLASSES[min(names)]})
    is_environment = text_of(callee) in ("os.getenv", "os.environ.get", "getenv", "environ.get")
    if names & ENVIRONMENT or (is_environment and all(name.startswith(("os.", "typing.")) for name in names)):
        return TEXT | (kinds.of(call.arguments[1], call.file) if len(call.arguments) > 1 else NONE)
    is_method = callee.type == "attribute" and last_word(callee) in GIVE_TEXT
    if is_method and all(name.startswith(TEXT_OWNERS) for name in names):
        return TEXT
    found = RESULT.search(kinds.resolution.hover(call.file, callee).strip())
    return frozenset({found[1]}) if found else NOBODY_KNOWS


def annotated(annotation: Node, of_items: bool, is_whole: bool = False) -> Kind:
    """What an annotation says: `str`, `str | None`, `dict[str, str]`; is_whole: it is that of the values. Empty when
    it says nothing."""
    text = re.sub(r"\s|typing\.", "", text_of(annotation)).strip("\"'")
    if of_items and not is_whole:
        found = re.fullmatch(r"(?:Optional\[)?[Dd]ict\[str,([\w|]+)\]\]?(\|None)?", text)
        if found is None:
            return frozenset()
        text = found[1]
    optional = re.fullmatch(r"Optional\[(\w+)\]", text)
    words = {*optional[1].split("|"), "None"} if optional else set(text.split("|"))
    return frozenset(words) if words <= {"str", "int", "float", "bool", "bytes", "None"} else frozenset()
