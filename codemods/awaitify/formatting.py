"""Black on what was touched, and only where the project's own code was already stable under Black."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import black
import tree_sitter_python
from black.mode import TargetVersion
from black.parsing import InvalidInput
from black.report import NothingChanged
from tree_sitter import Language, Node, Parser

from awaitify.errors import AwaitifyError
from awaitify.pragmas import keep_pragma

#: Nodes that hold statements, and those whose first lines (up to the colon) are a piece of their own.
CONTAINERS = ("module", "block")
COMPOUND = {
    "if_statement",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "match_statement",
    "function_definition",
    "class_definition",
    "elif_clause",
    "except_clause",
}
#: What must stand around a piece so that Black can read it.
AROUND = {
    "elif_clause": ("if 0:\n    pass\n", "\n    pass\n"),
    "except_clause": ("try:\n    pass\n", "\n    pass\n"),
    "try_statement": ("", "\n    pass\nfinally:\n    pass\n"),
    "match_statement": ("", "\n    case _:\n        pass\n"),
    "decorator": ("", "\ndef f():\n    pass\n"),
}


@dataclass(frozen=True, slots=True)
class BlackSettings:
    """How a project formats: what its Black or ruff is told. versions are Black's names (py311)."""

    line_length: int = 88
    string_normalization: bool = True
    magic_trailing_comma: bool = True
    preview: bool = False
    versions: tuple[str, ...] = ()

    def mode(self, indent: int) -> black.Mode:
        """Black's mode for a piece that stands at this column."""
        return black.Mode(
            line_length=max(self.line_length - indent, 1),
            string_normalization=self.string_normalization,
            magic_trailing_comma=self.magic_trailing_comma,
            preview=self.preview,
            target_versions={TargetVersion[version.upper()] for version in self.versions},
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A simple statement, a decorator, or the head of a compound statement: whole lines, first and end (exclusive)."""

    kind: str
    first: int
    end: int


def black_settings(root: Path) -> BlackSettings:
    """The settings under root: `[tool.black]`, else those of ruff, else Black's defaults. Raises AwaitifyError."""
    tool = _toml(root / "pyproject.toml").get("tool", {})
    if "black" in tool:
        return _from_black(tool["black"])
    for name in (".ruff.toml", "ruff.toml"):
        if (root / name).is_file():
            return _from_ruff(_toml(root / name))
    return _from_ruff(tool.get("ruff", {}))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise AwaitifyError(f"{path} cannot be read: {error}; mend it, or move it away") from error


def _from_black(data: dict[str, Any]) -> BlackSettings:
    """Keys may be written with - or _; a target version that this Black does not know is left out."""
    values = {key.replace("-", "_"): value for key, value in data.items()}
    versions = values.get("target_version", [])
    known = {version.name.lower() for version in TargetVersion}
    return BlackSettings(
        line_length=int(values.get("line_length", 88)),
        string_normalization=not values.get("skip_string_normalization", False),
        magic_trailing_comma=not values.get("skip_magic_trailing_comma", False),
        preview=bool(values.get("preview", False)),
        versions=tuple(item for item in ([versions] if isinstance(versions, str) else versions) if item in known),
    )


def _from_ruff(data: dict[str, Any]) -> BlackSettings:
    style = data.get("format", {})
    return BlackSettings(
        line_length=int(style.get("line-length", data.get("line-length", 88))),
        string_normalization=style.get("quote-style", "double") == "double",
        magic_trailing_comma=not style.get("skip-magic-trailing-comma", False),
    )


def format_touched(before: bytes, after: bytes, settings: BlackSettings) -> bytes:
    """after, with Black's layout for the statements that differ from before and that were stable under Black there.

    New statements are laid out too; every other line stays as it is. Both texts are UTF-8.
    """
    # Lines of bytes, since str.splitlines would also break at form feeds.
    old = [line.decode("utf-8") for line in before.splitlines(keepends=True)]
    new = [line.decode("utf-8") for line in after.splitlines(keepends=True)]
    hunks = _hunks(old, new)
    if not hunks:
        return after
    old_pieces, new_pieces = _pieces(before), _pieces(after)
    result = list(new)
    for piece in reversed(new_pieces):
        origins = _origins(piece, hunks, old_pieces, new_pieces)
        if origins is None or _is_short(piece, new, origins, settings):
            continue
        if all(_formatted(origin, old, settings) == "".join(old[origin.first : origin.end]) for origin in origins):
            text = _formatted(piece, new, settings)
            if text is not None:
                before_text = "".join(line for origin in origins for line in old[origin.first : origin.end])
                result[piece.first : piece.end] = [keep_pragma(before_text, text)]
    return "".join(result).encode("utf-8")


Hunk = tuple[int, int, int, int]


def _hunks(old: list[str], new: list[str]) -> list[Hunk]:
    """The line ranges that differ: first and end in old, first and end in new."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(i, j, k, m) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]


def _overlapping(pieces: list[Piece], first: int, end: int) -> list[Piece]:
    return [piece for piece in pieces if piece.first < end and first < piece.end]


def _origins(piece: Piece, hunks: list[Hunk], old: list[Piece], new: list[Piece]) -> list[Piece] | None:
    """The original pieces of a touched one (none: it is new), or None when it was not touched."""
    mine = [hunk for hunk in hunks if piece.first < hunk[3] and hunk[2] < piece.end]
    if not mine:
        return None
    result: list[Piece] = []
    for first, end, new_first, new_end in mine:
        was, now = _overlapping(old, first, end), _overlapping(new, new_first, new_end)
        result += [was[now.index(piece)]] if len(was) == len(now) else was
    return result


def _is_short(piece: Piece, new: list[str], origins: list[Piece], settings: BlackSettings) -> bool:
    """Whether nothing can have to be broken or joined: one line that fits, and was one line."""
    line = new[piece.first].rstrip("\r\n")
    lines = [piece, *origins]
    return bool(origins) and all(p.end - p.first == 1 for p in lines) and len(line) <= settings.line_length


def _formatted(piece: Piece, lines: list[str], settings: BlackSettings) -> str | None:
    """The piece's lines as Black has them, at their indentation; None when Black cannot say."""
    text = "".join(lines[piece.first : piece.end])
    indent = text[: len(text) - len(text.lstrip())]
    newline = "\r\n" if text.endswith("\r\n") else "\n"
    if "\t" in indent or len(indent) % 4:
        return None
    body = textwrap.dedent(text).replace("\r\n", "\n").rstrip("\n")
    if indent and _has_string_lines(text, indent):
        return None
    start, ending = AROUND.get(piece.kind, ("", "\n    pass\n" if piece.kind in COMPOUND else "\n"))
    try:
        whole = black.format_str(start + body + ending, mode=settings.mode(len(indent)))
    except (InvalidInput, NothingChanged, ValueError, KeyError):
        return None
    if not whole.startswith(start) or not whole.endswith(ending):
        return None
    result = whole[len(start) : len(whole) - len(ending)]
    return "".join(f"{indent}{line}{newline}" if line else newline for line in result.split("\n"))


def _has_string_lines(text: str, indent: str) -> bool:
    """A line that starts left of the statement is inside a string, which must not move."""
    outside = any(line.strip() and not line.startswith(indent) for line in text.split("\n"))
    return outside or '"""' in text or "'''" in text


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def _pieces(source: bytes) -> list[Piece]:
    """The pieces in the order of their lines, without those that share a line with another."""
    found = sorted(_walk(_parser().parse(source).root_node), key=lambda piece: (piece.first, piece.end))
    return [
        piece
        for number, piece in enumerate(found)
        if (number == 0 or found[number - 1].end <= piece.first)
        and (number + 1 == len(found) or piece.end <= found[number + 1].first)
    ]


def _walk(node: Node) -> Iterator[Piece]:
    for child in node.children:
        if child.type in COMPOUND:
            head = _head_end(child)
            yield Piece(child.type, child.start_point.row, (head or child).end_point.row + 1)
            yield from _walk(child)
        elif child.type in ("block", "decorated_definition", "else_clause", "finally_clause", "case_clause"):
            yield from _walk(child)
        elif child.type == "decorator" or (node.type in CONTAINERS and child.is_named and child.type != "comment"):
            yield Piece(child.type, child.start_point.row, child.end_point.row + 1)


def _head_end(node: Node) -> Node | None:
    """The colon that ends the head of a compound statement."""
    colons = [child for child in node.children if child.type == ":"]
    return colons[0] if colons else None
