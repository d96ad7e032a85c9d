"""The texts of a project's templates, read when the first function renders one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from awaitify.analysis.loading.rendering import SUFFIXES, has_suffix
from awaitify.analysis.loading.template_text import TemplateText, inner_names, read_template
from awaitify.project.index import Project
from awaitify.project.sources import ALWAYS_SKIPPED


@dataclass(eq=False)
class TemplateFiles:
    """The templates below a folder."""

    root: Path
    _texts: dict[str, str] | None = None
    _parsed: dict[tuple[str, ...], TemplateText] = field(default_factory=dict)

    def is_template(self, name: str) -> bool:
        """Whether a text is the name of a template."""
        return has_suffix(name) and any(_is_at(path, name) for path in self._all())

    def parsed(self, names: Iterable[str]) -> TemplateText:
        """The code of templates and of those that they include or extend; of all, where none is named."""
        key = tuple(sorted(names))
        if key not in self._parsed:
            text = "".join([self._text(name, set()) for name in key] if key else self._all().values())
            self._parsed[key] = read_template(text)
        return self._parsed[key]

    def _text(self, name: str, seen: set[str]) -> str:
        if name in seen:
            return ""
        seen.add(name)
        found = [text for path, text in self._all().items() if _is_at(path, name)]
        inner = [item for text in found for item in inner_names(text)]
        return "".join([*found, *(self._text(item, seen) for item in inner)])

    def _all(self) -> dict[str, str]:
        if self._texts is None:
            self._texts = {}
            for path in sorted(self.root.rglob("*")):
                relative = path.relative_to(self.root)
                if path.suffix in SUFFIXES and not ALWAYS_SKIPPED & set(relative.parts) and path.is_file():
                    self._texts[relative.as_posix()] = path.read_text(errors="replace")
        return self._texts


_known: WeakKeyDictionary[Project, TemplateFiles] = WeakKeyDictionary()


def template_files(project: Project) -> TemplateFiles:
    """Those of a project, read once."""
    if project not in _known:
        _known[project] = TemplateFiles(project.root)
    return _known[project]


def _is_at(path: str, name: str) -> bool:
    return path == name or path.endswith("/" + name)
