"""The plan while it is made: edits by file, with duplicates merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from awaitify_transforms.edits import AddImport, Edit, InsertCode, RemoveImport, Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.plan_model import FilePlan, Reason
from awaitify.planning.splicing import Splice, spliced_code
from awaitify.project.index import File, is_within, span_of


@dataclass(eq=False)
class Draft:
    """Edits of every file so far."""

    edits: dict[File, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    spliced: dict[tuple[File, Node], list[Splice]] = field(default_factory=lambda: defaultdict(list))

    def add(self, file: File, edit: Edit) -> None:
        """Notes an edit; the same one twice counts once."""
        if edit not in self.edits[file]:
            self.edits[file].append(edit)

    def add_import(self, file: File, module: str, name: str = "", alias: str = "") -> None:
        """An import, unless the file has it already or defines the name itself."""
        local = alias or name or module
        if any(item.local == local and not item.statement.parent is None and item.statement.parent.type == "module"  # noqa: E714
               for item in file.imports):  # fmt: skip
            return
        if module == file.module:
            return
        self.add(file, AddImport(span=(0, 0), module=_as_written(file, module, name), name=name, alias=alias))

    def remove_import(self, file: File, module: str, name: str, alias: str = "") -> None:
        """An import that goes if nothing uses it any more."""
        self.add(file, RemoveImport(span=(0, 0), module=module, name=name, alias=alias))

    def splice(self, file: File, whole: Node, splices: Iterable[Splice]) -> None:
        """Changes parts of an expression, beside other changes of this kind in it."""
        found = self.spliced[file, whole]
        found += [item for item in splices if item not in found]

    def _join(self) -> None:
        """Each spliced expression becomes one change, with the names inside it that change."""
        for (file, whole), splices in self.spliced.items():
            names = [edit for edit in self.edits[file] if isinstance(edit, Rename) and _is_inside(edit, whole)]
            self.edits[file] = [edit for edit in self.edits[file] if edit not in names]
            splices = [*splices, *(((edit.span[0], edit.span[1]), edit.new) for edit in names)]
            self.add(file, ReplaceExpression(span=span_of(whole), code=spliced_code(file, whole, splices)))
        self.spliced.clear()

    def forget(self, file: File, node: Node) -> None:
        """The imports of names that stand in a node go where nothing uses them any more."""
        for item in file.imports:
            if item.is_top and any(is_within(name, node) for name in file.named(item.local)):
                alias = "" if item.local == (item.name or item.written) else item.local
                self.remove_import(file, item.written, item.name, alias)

    def plans(self) -> tuple[FilePlan, ...]:
        """Frozen, in the order of paths and of places."""
        self._join()
        found = []
        for file, edits in sorted(self.edits.items(), key=lambda item: item[0].source.relative):
            if edits:
                ordered = sorted(edits, key=_order)
                found.append(FilePlan(file.source.relative, file.source.sha256, tuple(ordered)))
        return tuple(found)


def is_for_file(edit: Edit, file: File) -> bool:
    """Whether an edit that a copy beside its original needs is one of the file's imports: what the file has imported
    stays for the original."""
    if isinstance(edit, RemoveImport):
        return all(item.local != (edit.alias or edit.name) for item in file.imports)
    return isinstance(edit, AddImport)


def _is_inside(edit: Edit, whole: Node) -> bool:
    return whole.start_byte <= edit.span[0] and edit.span[1] <= whole.end_byte


def _order(edit: Edit) -> tuple[int, int, str, str]:
    code = edit.code if isinstance(edit, InsertCode) else repr(edit)
    return (*edit.span, type(edit).__name__, "" if isinstance(edit, InsertCode) else code)


class NotTwinned(Exception):
    """The sync thing has a shape that has no exact async twin here; carries the reason."""

    def __init__(self, reason: Reason):
        super().__init__(reason.message)
        self.reason = reason


def _as_written(file: File, module: str, name: str) -> str:
    """A module as the file's other imports from it write it: with dots in front, perhaps."""
    relative = (item for item in file.imports if item.level and item.is_top and name)
    return next((item.written for item in relative if file.absolute(item.module, item.level) == module), module)
