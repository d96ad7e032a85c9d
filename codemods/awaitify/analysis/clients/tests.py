"""What the target's tests know of a client: a fake or a patch of the sync one would miss its async form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.model import Component
from awaitify.analysis.clients.refs import References
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.plan_model import Reason
from awaitify.project.index import LANGUAGE, File, text_of

_STRINGS = Query(LANGUAGE, "(string_content) @text")


@dataclass(eq=False)
class TestsMention:
    """Looks clients up in the tests, each text once."""

    resolution: Resolution
    knowledge: Knowledge
    references: References
    _strings: dict[File, list[Node]] = field(default_factory=dict)

    __test__ = False

    def reason(self, component: Component) -> Reason | None:
        """The first place in the tests that stands in for a component's clients, or patches them."""
        for file in self.resolution.project.files:
            found = self._fake(component, file)
            if file.is_test:
                found = (
                    found
                    or self._reference(component, file)
                    or self._patch(component, file)
                    or self._argument(component, file)
                )
            if found is not None:
                node, what = found
                message = f"{'the tests put ' if file.is_test else ''}{what} in place of the sync client"
                return Reason("client-in-tests", message, file.source.relative, node.start_point[0] + 1)
        return None

    def _fake(self, component: Component, file: File) -> tuple[Node, str] | None:
        """A package that fakes the sync client, imported by the tests."""
        classes = {seed.client.name.partition(".")[0] for seed in component.seeds}
        fakes = {
            fake
            for library in self.knowledge.libraries()
            if classes & {client.name.partition(".")[0] for client in library.clients}
            for fake in library.fakes
        }
        for item in file.imports:
            name = f"{item.module}.{item.name}" if item.name else item.module
            real = any(_is_below(name, fake[1:]) for fake in fakes if fake.startswith("!"))
            if not real and any(_is_below(name, fake) for fake in fakes):
                return item.node, name
        return None

    def _argument(self, component: Component, file: File) -> tuple[Node, str] | None:
        """Something else that the tests give to a function or a class of the project in place of a client."""
        for holder in component.holders:
            function = holder.function if holder.kind == "parameter" else None
            for call in self.resolution.callers.get(function, ()) if function is not None else ():
                for name, value in bind(function, call) if function is not None and call.file is file else ():
                    if name == holder.name and text_of(value) != "None":
                        return value, text_of(value)[:40]
        return None

    def _reference(self, component: Component, file: File) -> tuple[Node, str] | None:
        for holder in component.holders:
            if holder.kind == "result" or holder.is_global or holder.kind == "attribute":
                found = next(
                    (item for item in self.references.in_file(holder, file) if self._is_known(item.node, file)), None
                )
                if found is not None:
                    return found.node, f"something that knows {holder.name}"
        return None

    def _is_known(self, node: Node, file: File) -> bool:
        return bool(self.resolution.definition(file, node))

    def _patch(self, component: Component, file: File) -> tuple[Node, str] | None:
        """A dotted path in a string (`patch("app.main.client")`, `patch("openai.OpenAI")`), or an attribute by name."""
        words = {holder.name for holder in component.holders if holder.kind != "parameter"}
        words |= {seed.client.name.rpartition(".")[2] for seed in component.seeds}
        packages = {seed.client.name.partition(".")[0] for seed in component.seeds}
        words |= packages
        for library in self.knowledge.libraries():
            if any(client.name.partition(".")[0] in packages for client in library.clients):
                packages = packages | set(library.packages)
        for node in self._texts(file):
            text = text_of(node)
            parts = text.split(".")
            is_path = len(parts) > 1 and re.fullmatch(r"[\w.]+", text) is not None
            if is_path and (parts[0] in packages or words.intersection(parts[1:])):
                return node, f'a patch of "{text}"'
            if text in words and _is_patched_name(node):
                return node, f'a patch of "{text}"'
        return None

    def _texts(self, file: File) -> list[Node]:
        if file not in self._strings:
            self._strings[file] = QueryCursor(_STRINGS).captures(file.root).get("text", [])
        return self._strings[file]


def _is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _is_patched_name(node: Node) -> bool:
    """Whether a string is the second argument of `setattr(module, "client", ...)` or `patch.object`."""
    string = node.parent
    arguments = string.parent if string is not None else None
    call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and text_of(callee).rpartition(".")[2] in ("setattr", "object", "delattr")
