"""One async client for the calls of a file that had none: `httpx.get(url)` becomes `await http_client.get(url)`."""

from __future__ import annotations

from dataclasses import dataclass, field

from awaitify_transforms.edits import InsertCode

from awaitify.analysis.knowledge.forms import Once, Shared
from awaitify.planning.clients.kept import has_tests
from awaitify.planning.draft import Draft
from awaitify.planning.generated import GeneratedModules
from awaitify.project.index import Call, File, span_of, text_of


@dataclass(eq=False)
class SharedClients:
    """Makes the variables, each once. made: their names and how they are closed, by file."""

    draft: Draft
    generated: GeneratedModules
    made: dict[tuple[File, str], tuple[str, Shared]] = field(default_factory=dict)

    def variable(self, file: File, shared: Shared) -> str:
        """The name of the client of a file, planned behind its imports."""
        key = (file, shared.code)
        if key not in self.made:
            taken = set(file.words)
            name = next(name for name in _names(shared.name) if name not in taken or _is_ours(file, name, shared))
            self.made[key] = (name, shared)
            if not _is_ours(file, name, shared):
                self._insert(file, name, shared)
        return self.made[key][0]

    def once(self, file: File, once: Once | None) -> tuple[str, str] | None:
        """The argument for what a file makes once, and its variable."""
        return None if once is None else (once.argument, self.variable(file, once.value))

    def _insert(self, file: File, name: str, shared: Shared) -> None:
        statements = [item.statement for item in file.imports]
        places = [item for item in statements if item.parent is not None and item.parent.type == "module"]
        note = f"# {shared.note}\n" if shared.note else ""
        made, imports = shared.code, shared.imports
        if shared.kept and has_tests(self.generated.project):
            template, _, cls = shared.kept.partition(".")
            taken = f"Shared{cls}" if any(item.local == cls for item in file.imports) else cls
            self.draft.add_import(file, self.generated.module(file, template), cls, taken if taken != cls else "")
            made, imports = f"{taken}({made.partition('(')[2]}", imports[1:]
        code = f"\n{note}{name} = {made}\n"
        if places:
            self.draft.add(file, InsertCode(span=span_of(places[-1]), code=code))
        for dotted in imports:
            module, _, last = dotted.rpartition(".")
            self.draft.add_import(file, module or last, last if module else "")


def can_take(call: Call, once: Once) -> bool:
    """Whether a constructor's call has no argument that would make another thing of it."""
    plain = all(item.type == "keyword_argument" for item in call.arguments)
    return plain and not {text_of(item.named_children[0]) for item in call.arguments} & set(once.unless)


def _names(name: str) -> tuple[str, ...]:
    return (name, f"async_{name}", f"shared_async_{name}", f"awaitify_{name}")


def _is_ours(file: File, name: str, shared: Shared) -> bool:
    """Whether a file has the client from an earlier run."""
    made = shared.code.partition("(")[0]
    classes = (made, made.rpartition(".")[2], f"Shared{made.rpartition('.')[2]}")
    return any(f"\n{name} = {cls}(".encode() in file.source.text for cls in classes)
