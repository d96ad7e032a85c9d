"""What stands in place of a library's functions, in the tests or the whole process: its async form would go past it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify.analysis.calls import Resolution
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.project.index import Call, File, text_of

_DOTTED = re.compile(r"[\"'](\w+(?:\.\w+)+)[\"']")
_SET = re.compile(r"(?:setattr|delattr|\.object)\(\s*([\w.]+)\s*,\s*[\"'](\w+)")
_MODULES = re.compile(r"modules(?:\[|\.\w+\(|,)\s*[\"'](\w+)")


@dataclass(eq=False)
class Fakes:
    """Looks once through the files of a project."""

    resolution: Resolution
    knowledge: Knowledge
    _patched: set[str] | None = None
    _faked: dict[tuple[str, str], str] = field(default_factory=dict)

    def problem(self, name: str, call: Call, but: str = "") -> str:
        """What stands in place of a library's function that is called under this name; empty for nothing. but: a
        package that is looked after elsewhere."""
        library = name.partition(".")[0]
        if (library, but) not in self._faked:
            self._faked[library, but] = next(self._importing(library, but), "")
        called = text_of(call.callee).partition(".")[0]
        if self._faked[library, but]:
            return f"{self._faked[library, but]} takes its place"
        return "the tests replace it" if self._parts() & {library, called} else ""

    def _importing(self, library: str, but: str) -> Iterator[str]:
        """The packages that fake a library and that the project imports."""
        packs = [pack for pack in self.knowledge.libraries() if library in pack.packages]
        fakes = {fake for pack in packs for fake in pack.fakes} - {but}
        for fake, other in (pair for pack in packs for pair in pack.beside):
            if any(next(imported(file, {other}), "") for file in self.resolution.project.files):
                fakes.discard(fake)
        for file in self.resolution.project.files if fakes else ():
            yield from imported(file, fakes)

    def _parts(self) -> set[str]:
        """The words of every dotted path in the tests' texts (`patch("app.main.requests.get")`), and what they set."""
        if self._patched is None:
            texts = [file.source.text.decode() for file in self.resolution.project.files if file.is_test]
            found = [path for text in texts for path in _DOTTED.findall(text)]
            found += [f"{owner}.{name}" for text in texts for owner, name in _SET.findall(text)]
            found += [name for text in texts for name in _MODULES.findall(text)]
            self._patched = {part for path in found for part in path.split(".")}
        return self._patched


def imported(file: File, modules: set[str]) -> Iterator[str]:
    """Which of these modules a file imports, or something of them."""
    for item in file.imports:
        path = f"{item.module}.{item.name}".strip(".")
        yield from (module for module in sorted(modules) if f"{path}.".startswith(f"{module}."))
