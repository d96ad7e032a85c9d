"""Templates read objects too: a relationship that a rendered template names cannot be loaded there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, string_value, walk
from awaitify.analysis.loading.types import Types
from awaitify.project.index import Function
from awaitify.project.sources import ALWAYS_SKIPPED

RENDERING = {"TemplateResponse", "render_template", "get_template"}
INCLUDE = r"(?:include|extends|import|from)\s+[\"']([^\"']+)[\"']"
SUFFIXES = {".html", ".jinja", ".jinja2", ".j2", ".txt", ".xml"}


class Templates:
    """The project's templates, read when the first function renders one."""

    def __init__(self, root: Path, types: Types):
        self.root, self.types = root, types
        self.texts: dict[str, str] | None = None

    def reads(self, function: Function) -> Iterator[tuple[Node, str]]:
        """(the call that renders, the relationship's name) of what a rendered template, or one it includes, reads."""
        for call in function.calls:
            if last_name(call.node) not in RENDERING:
                continue
            names = [string_value(node) or "" for node in walk(call.node) if node.type == "string"]
            text = "".join(self._text(name, set()) for name in names if Path(name).suffix in SUFFIXES)
            for name in sorted(self._named(function, call.node, text)) if text else ():
                yield call.node, name

    def _named(self, function: Function, call: Node, text: str) -> set[str]:
        """The relationships that a template names, of the objects that it is given."""
        found: set[str] = set()
        words = set(re.findall(r"\.\s*(\w+)\b(?!\s*\()", text))
        for pair in walk(call):
            key, given = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if pair.type != "pair" or key is None or given is None:
                continue
            value = self.types.value(function, given)
            if value is not None:
                found |= words & self._within_reach(value.cls)
            elif self.types.told(function, given) is None:
                direct = re.findall(rf"\b{re.escape(string_value(key) or '')}\.(\w+)\b(?!\s*\()", text)
                found |= set(direct) & self.types.mapping.relationship_names()
        return found

    def _within_reach(self, cls: str) -> set[str]:
        """The names of the relationships of a class and of the classes that they lead to."""
        seen: set[str] = set()
        names: set[str] = set()
        queue = [cls]
        while queue:
            mapped = self.types.mapping.get(queue.pop())
            if mapped is not None and mapped.cls.id not in seen:
                seen.add(mapped.cls.id)
                names |= mapped.relationships.keys() & mapped.attributes
                queue += [item.target for item in mapped.relationships.values()]
        return names

    def _text(self, name: str, seen: set[str]) -> str:
        """The text of a template and of those that it includes or extends."""
        if name in seen:
            return ""
        seen.add(name)
        found = [text for path, text in self._all().items() if path == name or path.endswith("/" + name)]
        inner = [item for text in found for item in re.findall(INCLUDE, text)]
        return "".join([*found, *(self._text(item, seen) for item in inner)])

    def _all(self) -> dict[str, str]:
        if self.texts is None:
            self.texts = {}
            for path in sorted(self.root.rglob("*")):
                relative = path.relative_to(self.root)
                if path.suffix in SUFFIXES and not ALWAYS_SKIPPED & set(relative.parts) and path.is_file():
                    self.texts[relative.as_posix()] = path.read_text(errors="replace")
        return self.texts
