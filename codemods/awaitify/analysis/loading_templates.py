"""Templates read objects too: a relationship that a rendered template names cannot be loaded there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.loading_names import last_name, string_value, walk
from awaitify.project.index import Function
from awaitify.project.sources import ALWAYS_SKIPPED

RENDERING = {"TemplateResponse", "render_template", "get_template"}
SUFFIXES = {".html", ".jinja", ".jinja2", ".j2", ".txt", ".xml"}


class Templates:
    """The project's templates, read when the first function renders one."""

    def __init__(self, root: Path, relationships: set[str]):
        self.root, self.relationships = root, relationships
        self.texts: dict[str, str] | None = None

    def reads(self, function: Function) -> Iterator[tuple[Node, str]]:
        """(the call that renders, the relationship's name) of what a rendered template, or one it includes, reads."""
        for call in function.calls:
            if last_name(call.node) not in RENDERING:
                continue
            names = [string_value(node) for node in walk(call.node) if node.type == "string"]
            for name in names:
                if name and Path(name).suffix in SUFFIXES:
                    for relationship in sorted(self._named(name, set())):
                        yield call.node, relationship

    def _named(self, name: str, seen: set[str]) -> set[str]:
        if name in seen:
            return set()
        seen.add(name)
        found: set[str] = set()
        for path, text in self._all().items():
            if path == name or path.endswith("/" + name):
                found |= set(re.findall(r"\.\s*(\w+)\b(?!\s*\()", text)) & self.relationships
                for inner in re.findall(r"(?:include|extends|import|from)\s+[\"']([^\"']+)[\"']", text):
                    found |= self._named(inner, seen)
        return found

    def _all(self) -> dict[str, str]:
        if self.texts is None:
            self.texts = {}
            for path in sorted(self.root.rglob("*")):
                relative = path.relative_to(self.root)
                if path.suffix in SUFFIXES and not ALWAYS_SKIPPED & set(relative.parts) and path.is_file():
                    self.texts[relative.as_posix()] = path.read_text(errors="replace")
        return self.texts
