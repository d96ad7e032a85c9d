"""Requirements in pyproject.toml: PEP 621 and Poetry. Formatting and comments are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tomlkit
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from tomlkit.exceptions import ParseError
from tomlkit.items import Array

from awaitify.planning.requirements.lists import Needed, merge, parsed


def pyproject_names(text: str) -> set[str]:
    """The normalised names of the project's own (not its development) requirements."""
    document = _document(text)
    listed, table = _pep621(document), _poetry(document)
    names = {requirement.name for item in listed or () if (requirement := parsed(str(item)))}
    return names | {canonicalize_name(name) for name in table or ()}


def add_to_pyproject(text: str, wanted: Sequence[Needed]) -> str:
    """The text (line ends: LF) with what it lacks, in project.dependencies or else in tool.poetry.dependencies."""
    document = _document(text)
    listed, table = _pep621(document), _poetry(document)
    if listed is not None:
        _add_to_list(listed, wanted)
    elif table is not None:
        _add_to_table(table, wanted)
    return tomlkit.dumps(document)


def _document(text: str) -> Any:
    try:
        return tomlkit.parse(text.removeprefix("\ufeff"))
    except ParseError:
        return {}


def _pep621(document: Any) -> Array | None:
    project = document.get("project", {})
    listed = project.get("dependencies") if isinstance(project, dict) else None
    return listed if isinstance(listed, Array) else None


def _poetry(document: Any) -> dict[str, Any] | None:
    tool = document.get("tool", {})
    table = tool.get("poetry", {}).get("dependencies") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _add_to_list(listed: Array, wanted: Sequence[Needed]) -> None:
    on_one_line = "\n" not in listed.as_string()

    def insert(index: int, text: str) -> None:
        if index == 0 and on_one_line and len(listed):  # tomlkit leaves out the space there
            listed.insert(1, str(listed[0]))
            listed[0] = text
        else:
            listed.insert(index, text)

    merge([str(item) for item in listed], wanted, insert, listed.__setitem__)


def _add_to_table(table: dict[str, Any], wanted: Sequence[Needed]) -> None:
    """Poetry's `name = "^2.0"` and `name = {version = "^2.0", extras = [...]}`; other forms are left."""
    have: dict[str, str] = {canonicalize_name(name): name for name in table}
    known = [_requirement(name, table[key]) for name, key in have.items() if name != "python"]
    for item in wanted:
        if item.name not in have:
            _set(table, item.name, item.bound(known).strip() or "*", item.extras)
            continue
        key = have[item.name]
        lacking = item.lacking(_requirement(item.name, table[key]), have)
        if lacking and isinstance(table[key], dict):
            extras = table[key].get("extras")
            table[key]["extras"] = [*(extras or []), *lacking]
        elif lacking and isinstance(table[key], str):
            _set(table, key, str(table[key]), tuple(lacking))


def _requirement(name: str, value: Any) -> Requirement:
    """A requirement as far as it matters here: its extras, and a version that is pinned or has a lower bound."""
    requirement = Requirement(name)
    version = value.get("version", "") if isinstance(value, dict) else value if isinstance(value, str) else ""
    if isinstance(value, dict):
        requirement.extras = set(value.get("extras", ()))
    try:
        requirement.specifier = SpecifierSet(f"=={version}" if version[:1].isdigit() else version.replace("^", ">="))
    except InvalidSpecifier:
        requirement.specifier = SpecifierSet("" if version in ("", "*") else ">=0")
    return requirement


def _set(table: dict[str, Any], key: str, version: str, extras: Sequence[str]) -> None:
    if not extras:
        table[key] = version
        return
    value = tomlkit.inline_table()
    value.update({"extras": list(extras), "version": version})
    table[key] = value
