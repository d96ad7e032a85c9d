"""Stubs of libraries that make their methods at run time, written where the checker looks first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from awaitify.resolve.environment import temporary_folder

_EACH = re.compile(r"^(?P<indent> *)# each (?P<pattern>\S+): (?P<code>.*)$")
_DEFINED = re.compile(r"^ +(?:def )?(\w+)(?=[(:])")


@dataclass(frozen=True, slots=True)
class Stub:
    """A module as the checker shall see it. module: its name, or a pattern of names of those that the project imports;
    code: a stub file, in which `# each PATTERN: def {name}...` stands for every method that the project calls; names:
    patterns of names that the project imports from it -> the dotted name that each is another name of."""

    module: str
    code: str = ""
    names: tuple[tuple[str, str], ...] = ()


def write_stubs(stubs: Sequence[Stub], imported: Mapping[str, Set[str]], called: Iterable[str]) -> list[Path]:
    """Writes stubs; the folders for the search path, at most one. imported: the project's imports, module -> names;
    called: the names of the methods that it calls."""
    texts: dict[str, str] = {}
    methods = sorted(name for name in set(called) if not name.startswith("_") and name.isidentifier())
    for stub in stubs:
        texts |= _aliases(stub, imported) if stub.names else {stub.module: _complete(stub.code, methods)}
    return [_written(texts)] if texts else []


def is_about(stub: Stub, module: str) -> bool:
    """Whether a module belongs to the package of a stub."""
    return fnmatchcase(module.partition(".")[0], stub.module.partition(".")[0])


def _aliases(stub: Stub, imported: Mapping[str, Set[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for module, names in imported.items():
        lines: list[str] = []
        exported: list[str] = []
        for name in sorted(names):
            target = next((target for pattern, target in stub.names if fnmatchcase(name, pattern)), "")
            if target:
                owner, _, last = target.rpartition(".")
                lines.append(f"from {owner} import {last} as {name}\n")
                exported.append(name)
        if lines and is_about(stub, module):  # without __all__ a stub exports no other name of something
            found[module] = "".join([*lines, f"__all__ = {exported}\n"])
    return found


def _complete(code: str, methods: Sequence[str]) -> str:
    """The stub with a method for each name that its class does not define itself."""
    lines: list[str] = []
    defined: set[str] = set()
    for line in code.strip().splitlines():
        each = _EACH.match(line)
        if line.startswith("class "):
            defined = set()
        elif named := _DEFINED.match(line):
            defined.add(named.group(1))
        if each is None:
            lines.append(line)
            continue
        wanted = [name for name in methods if fnmatchcase(name, each["pattern"]) and name not in defined]
        lines += [each["indent"] + each["code"].format(name=name) for name in wanted]
    return "\n".join([*lines, ""])


def _written(texts: Mapping[str, str]) -> Path:
    """Partial stub packages: what they leave out is found in the real ones."""
    folder = temporary_folder() / "site-packages"
    packages = {module.rpartition(".")[0] for module in texts} | {module.partition(".")[0] for module in texts}
    for module, text in texts.items():
        first, *rest = module.split(".")
        path = folder.joinpath(f"{first}-stubs", *rest)
        path = path / "__init__.pyi" if module in packages else path.with_suffix(".pyi")
        path.parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{first}-stubs" / "py.typed").write_text("partial\n", encoding="utf-8")
        path.write_text(text, encoding="utf-8")
    return folder
