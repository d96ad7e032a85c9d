"""Requirement lines (PEP 508), as they stand in requirements.txt and in lists of pyproject.toml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

NAME = re.compile(r"(?P<lead>\s*)(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<gap>\s*)(?:\[(?P<extras>[^\]]*)\])?")
INCLUDE = re.compile(r"^\s*(?:-r|--requirement)[\s=]+(\S+)", re.MULTILINE)
OLDEST = {"aiosqlite": "0.19", "psycopg": "3.1", "asyncpg": "0.29", "aiomysql": "0.2", "oracledb": "2.0"}
# Until this SQLAlchemy, an engine that nobody disposed kept Python from ending under aiosqlite 0.22.
SAFE_WITH_AIOSQLITE_22 = Version("2.0.45")
# A project that names psycopg has a libpq already; how it gets it is the project's own choice.
EXTRAS_OPEN = frozenset({"psycopg"})
# pip-freeze lists: what an extra stands for is there by its own name.
EXTRA_MEANS = {("sqlalchemy", "asyncio"): "greenlet"}

Change = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Needed:
    """A requirement that the converted service has. text: as it was asked for, `psycopg[binary]`."""

    text: str
    name: str
    extras: tuple[str, ...]

    def is_met(self, have: Iterable[Requirement]) -> bool:
        """Whether the requirements bring it, extras included."""
        names = {canonicalize_name(item.name): item for item in have}
        found = names.get(canonicalize_name(self.name))
        return found is not None and not self.lacking(found, names)

    def lacking(self, found: Requirement, names: Iterable[str] = ()) -> list[str]:
        """The extras that an existing requirement of the same name does not have."""
        if self.name in EXTRAS_OPEN:
            return []
        known = {extra.lower() for extra in found.extras}
        known |= {extra for (name, extra), means in EXTRA_MEANS.items() if name == self.name and means in names}
        return [extra for extra in self.extras if extra not in known]

    def bound(self, have: Sequence[Requirement]) -> str:
        """The version part for a project that gives its packages one: a lower bound, an upper one where needed."""
        oldest = OLDEST.get(self.name)
        if oldest is None or not any(item.specifier for item in have):
            return ""
        pins = [spec.version for spec in _specifiers(have, "sqlalchemy") if spec.operator in ("==", "~=")]
        return f">={oldest}" + (",<0.22" if self.name == "aiosqlite" and any(map(_is_old, pins)) else "")


def _specifiers(have: Iterable[Requirement], name: str) -> list[Specifier]:
    return [specifier for item in have if item.name == name for specifier in item.specifier]


def _is_old(version: str) -> bool:
    try:
        return Version(version.removesuffix(".*")) < SAFE_WITH_AIOSQLITE_22
    except InvalidVersion:
        return False


def needed(text: str) -> Needed:
    """`psycopg[binary]` taken apart."""
    requirement = Requirement(text)
    return Needed(text, canonicalize_name(requirement.name), tuple(sorted(requirement.extras)))


def parsed(line: str) -> Requirement | None:
    """The requirement of a line, its name normalised (PEP 503); None for options, paths and what is not PEP 508."""
    text = re.sub(r"(^|\s)#.*$", "", line).strip().rstrip("\\").strip()
    text = re.split(r"\s--(?:hash|config-settings|global-option)", text)[0].strip()
    if not text or text.startswith("-"):
        return None
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    requirement.name = canonicalize_name(requirement.name)
    return requirement


def requirement_lines(text: str) -> list[str]:
    """The physical lines of a requirements file."""
    return text.removeprefix("\ufeff").splitlines()


def included_files(path: Path) -> list[Path]:
    """The file and those that it includes with -r, each once."""
    found: list[Path] = []
    todo = [path]
    while todo:
        current = todo.pop(0)
        if current in found or not current.is_file():
            continue
        found.append(current)
        text = current.read_bytes().decode(errors="replace")
        todo += [current.parent / name for name in INCLUDE.findall(text)]
    return found


def with_extras(requirement: str, extras: Sequence[str]) -> str:
    """`SQLAlchemy==2.0 # x` -> `SQLAlchemy[asyncio]==2.0 # x`; what stands behind the name stays as it is."""
    match = NAME.match(requirement)
    if match is None or not extras:
        return requirement
    old = [part.strip() for part in (match["extras"] or "").split(",") if part.strip()]
    gap = match["gap"] if match["extras"] is None else ""
    return f"{match['lead']}{match['name']}[{','.join([*old, *extras])}]{gap}{requirement[match.end() :]}"


def merge(items: Sequence[str], wanted: Sequence[Needed], insert: Change, replace: Change) -> None:
    """Adds to a list of requirement texts what it lacks, through insert and replace, which act on the list's owner.

    A sorted list stays sorted; to another one the new requirement is appended."""
    texts = list(items)
    for item in wanted:
        have = [parsed(text) for text in texts]
        present = [requirement for requirement in have if requirement]
        if item.is_met(present):
            continue
        names = {requirement.name for requirement in present}
        if item.name in names:
            for index, requirement in enumerate(have):
                if requirement and requirement.name == item.name:
                    texts[index] = with_extras(texts[index], item.lacking(requirement, names))
                    replace(index, texts[index])
            continue
        index, text = _place(have, item.name), item.text + item.bound(present)
        texts.insert(index, text)
        insert(index, text)


def _place(have: Sequence[Requirement | None], name: str) -> int:
    named = [(index, item.name) for index, item in enumerate(have) if item]
    names = [other for _, other in named]
    if len(names) > 1 and names == sorted(names):
        return next((index for index, other in named if other > name), named[-1][0] + 1)
    return named[-1][0] + 1 if named else len(have)


def add_to_lines(text: str, wanted: Sequence[Needed]) -> str:
    """A requirements file (line ends: LF) with what it lacks."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = text.removeprefix("\ufeff").split("\n")
    merge(list(lines), wanted, lines.insert, lines.__setitem__)
    return mark + "\n".join(lines)
