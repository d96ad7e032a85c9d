"""What the text of a template reads: chains of attributes, from the names that the context gives.

`{% for post in user.posts %}{{ post.author.name }}` reads `user.posts` and `user.posts.author.name`. A chain whose
start is not known (a parameter of a macro, what a call gives) has no root."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

CODE = re.compile(r"\{\{(.*?)\}\}|\{%-?\+?(.*?)%\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
NAME = re.compile(r"[A-Za-z_]\w*")
STEP = re.compile(r"\s*\.\s*(?P<name>\w+)|\s*\[\s*([\"'])(?P<key>\w+)\2\s*\]|\s*\[[^\[\]]*\]")
LOOP = re.compile(r"\s*for\s+(?P<targets>[\w\s,()]+?)\s+in\s+(?P<value>.+)", re.DOTALL)
SET = re.compile(r"\s*(?:set|with)\s+(?P<targets>\w+)\s*=\s*(?P<value>.+)", re.DOTALL)
PARAMETERS = re.compile(r"\s*(?:macro\s+\w+|call)\s*\((?P<targets>[^)]*)\)")
# Filters whose result holds the same objects.
SAME = r"(?:\s*\|\s*(?:sort|list|reverse|unique|first|last|selectattr|rejectattr)\b(?:\([^()]*\))?)*"
PLAIN = re.compile(
    rf"(?P<chain>[A-Za-z_][\w.]*){SAME}\s*(?:\sif\b.*?)?(?P<recursive>\srecursive\b\s*)?-?\+?", re.DOTALL
)
# Filters are told attributes by strings.
NAMED = re.compile(r"(?:attribute\s*=|\b(?:groupby|selectattr|rejectattr|sort|sum|map)\s*\()\s*([\"'])([\w.]+)\1")
INNER = re.compile(r"(?:include|extends|import|from)\s+[\"']([^\"']+)[\"']")
DEPTH = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """root: a name of the context, "" when the start is not known."""

    root: str
    names: tuple[str, ...]


@dataclass(eq=False, slots=True)
class TemplateText:
    """The code of a template; aliases: a name that it binds -> the chains that it may stand for."""

    code: list[str]
    aliases: dict[str, list[Chain]] = field(default_factory=dict)

    def chains(self, given: Collection[str]) -> set[Chain]:
        """Every chain, with the names that the template binds followed. given: those of the context, which may be bound
        in one of the joined templates and read in another."""
        written = {chain for part in self.code for chain in _chains(part)}
        followed = {found for chain in written for found in self._followed(chain, DEPTH)}
        return followed | {chain for chain in written if chain.root in given}

    def _followed(self, chain: Chain, depth: int) -> Iterator[Chain]:
        meant = self.aliases.get(chain.root)
        if meant is None or depth == 0:
            yield chain if depth else Chain("", chain.names)
            return
        for item in meant:
            if item.root == chain.root:  # `{% for node in node.children recursive %}`, or a name of the context again
                yield Chain(item.root, (*item.names, *chain.names))
                continue
            for start in self._followed(item, depth - 1):
                yield Chain(start.root, (*start.names, *chain.names))


def inner_names(text: str) -> list[str]:
    """The templates that a template includes, extends or imports."""
    return INNER.findall(text)


def read_template(text: str) -> TemplateText:
    """Parses the text; one that has no delimiters of Jinja is code as a whole."""
    text = COMMENT.sub("", text)
    parts = [expression or statement for expression, statement in CODE.findall(text)] or [text]
    found = TemplateText(parts)
    for part in parts:
        for match in (LOOP.match(part), SET.match(part), PARAMETERS.match(part)):
            if match is not None:
                _bind(match, found.aliases)
    return found


def _bind(match: re.Match[str], aliases: dict[str, list[Chain]]) -> None:
    targets = NAME.findall(match["targets"])
    plain = PLAIN.fullmatch(match["value"].strip()) if "value" in match.groupdict() and len(targets) == 1 else None
    root, *names = plain["chain"].split(".") if plain is not None else [""]
    goes_on = plain is not None and plain["recursive"] is not None  # to a depth that nothing tells
    for target in targets:
        aliases.setdefault(target, []).extend([Chain(root, tuple(names)), *([Chain("", ())] if goes_on else [])])


def _chains(code: str) -> Iterator[Chain]:
    """The chains of one piece of code; what follows a call's or a bracket's end has no root."""
    yield from (Chain("", tuple(names.split("."))) for _, names in NAMED.findall(code))
    place = 0
    while place < len(code):
        string, name, step = STRING.match(code, place), NAME.match(code, place), STEP.match(code, place)
        after = code[:place].rstrip()[-1:]
        if step is not None and step.end() > place and after in (")", "]", "}"):
            names, place = _steps(code, place)
            yield Chain("", names)
        elif name is not None:
            names, place = _steps(code, name.end())
            yield Chain(name.group(), names)
        else:
            place = string.end() if string is not None else place + 1


def _steps(code: str, place: int) -> tuple[tuple[str, ...], int]:
    """The attributes that follow, and where they end; the name of a method that is called is none."""
    names: list[str] = []
    while (match := STEP.match(code, place)) is not None:
        name = match["name"] or match["key"]
        if name and match["name"] and re.match(r"\s*\(", code[match.end() :]):
            return tuple(names), match.end()
        names += [name] if name else []
        place = match.end()
    return tuple(names), place
