"""Modules that awaitify writes beside the service's code, from its templates, where a library has no async form."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from awaitify_templates.environment import render
from awaitify_transforms.edits import ReplaceExpression

from awaitify.analysis.effects import Effect
from awaitify.plan_model import TextPlan
from awaitify.planning.draft import Draft
from awaitify.project.index import File, Project, span_of, text_of

HTTP = ("httpx", "httpx2")


@dataclass(eq=False)
class GeneratedModules:
    """Each module once in a package. used: folder and template -> its dotted name; texts: the new files; packages: what
    they need installed."""

    project: Project
    used: dict[tuple[Path, str], str] = field(default_factory=dict)
    texts: list[TextPlan] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)

    def call(self, effect: Effect, template: str, draft: Draft) -> None:
        """The function of the same name in the module is called instead."""
        file, callee = effect.call.file, effect.call.callee
        package, _, name = self.module(file, template).rpartition(".")
        draft.add_import(file, package or name, name if package else "")
        code = f"{name}.{effect.detail.rpartition('.')[2]}"
        draft.add(file, ReplaceExpression(span=span_of(callee), code=code))
        called = text_of(callee).partition(".")[0]
        for item in file.imports:
            if item.local == called and called in (item.name, item.module):
                draft.remove_import(file, item.written, item.name)

    def module(self, file: File, template: str) -> str:
        """The dotted name of the module for a file: in its top package, or beside it."""
        folder, package = _top(file)
        if (folder, template) not in self.used:
            self.used[folder, template] = ".".join(filter(None, (package, self._written(folder, template))))
        return self.used[folder, template]

    def _written(self, folder: Path, template: str) -> str:
        """The module's name; its text is planned unless an earlier run left it."""
        library = self._library()
        text = render(f"{template}.py.j2", httpx=library)
        if library not in self.packages:
            self.packages.append(library)
        for name in (template, f"{template}_calls", f"awaitify_{template}"):
            path = folder / f"{name}.py"
            known = self.project.by_path.get(path)
            if known is None and not path.exists():
                relative = path.relative_to(self.project.root).as_posix()
                self.texts.append(TextPlan(relative, "", text))
                return name
            if known is not None and known.source.text.startswith(text.partition("\n")[0].encode()):
                return name
        return template

    def _library(self) -> str:
        """httpx, or httpx2 where the project has that one alone."""
        heads = {(item.module or item.name).partition(".")[0] for file in self.project.files for item in file.imports}
        return "httpx2" if "httpx2" in heads and "httpx" not in heads else "httpx"


def _top(file: File) -> tuple[Path, str]:
    """The folder of a file's top package, and the package's name."""
    parts = file.module.split(".")
    is_package = file.path.name == "__init__.py"
    depth = len(parts) - (0 if is_package else 1)
    if depth < 1:
        return file.path.parent, ""
    return file.path.parents[depth - 1], parts[0]
