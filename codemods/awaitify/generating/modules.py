"""Finds a class by its import name, in the project, its environment or the standard library, by reading files."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

from awaitify.errors import AwaitifyError
from awaitify.project.index import Class, File, parse, text_of
from awaitify.project.sources import Source, python_files, read, source_roots
from awaitify.resolve.environment import find_python, site_packages

RE_EXPORTS = 12  # hops that are followed


class Modules:
    """Modules by name. Each file is parsed once."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(dict.fromkeys(paths))
        self._files: dict[str, File | None] = {}

    def file(self, module: str) -> File | None:
        """The module's source; None: there is none, or it cannot be read."""
        if module not in self._files:
            self._files[module] = self._load(module)
        return self._files[module]

    def named_class(self, module: str, name: str) -> Class:
        """The class that `from module import name` gives. Raises AwaitifyError."""
        if self.file(module) is None:
            raise AwaitifyError(f"{module}: no source of that module in the project or its environment; give --python")
        found = self.find(module, name, RE_EXPORTS)
        if found is None:
            raise AwaitifyError(f"{module}:{name}: no class of that name there; give module:Class")
        return found

    def find(self, module: str, name: str, hops: int = RE_EXPORTS) -> Class | None:
        """The class that a name of a module means, through imports."""
        file = self.file(module)
        if file is None or not hops:
            return None
        here = next((cls for cls in file.classes if cls.id == f"{module}.{name}"), None)
        if here is not None:
            return here
        for item in file.imports:
            source = file.absolute(item.module, item.level)
            if item.local == name and item.name:
                return self.find(source, item.name, hops - 1)
        found = (self.find(source, name, hops - 1) for source in _star_imports(file))
        return next(filter(None, found), None)

    def bases(self, cls: Class) -> Iterator[Class]:
        """The classes that it inherits from and whose source is known, nearest first, each once."""
        seen, waiting = {cls.id}, [cls]
        while waiting:
            current = waiting.pop(0)
            for base in current.bases:
                found = self._base(current.file, text_of(base.child_by_field_name("value") or base))
                if found is not None and found.id not in seen:
                    seen.add(found.id)
                    waiting.append(found)
                    yield found

    def _base(self, file: File, name: str) -> Class | None:
        head, _, last = name.rpartition(".")
        if not head:
            return self.find(file.module, name)
        for item in file.imports:
            if item.local == head:
                parts = (file.absolute(item.module, item.level), item.name) if item.name else (item.module,)
                module = item.name if not item.module and not item.level else ".".join(filter(None, parts))
                return self.find(module, last)
        return None

    def _load(self, module: str) -> File | None:
        relative = Path(*module.split("."))
        for base in self._paths:
            for path in (base / relative / "__init__.py", base / relative.with_suffix(".py")):
                if path.is_file():
                    source = read(path, base, module)
                    return parse(source) if isinstance(source, Source) else None
        return None


def modules_of(root: Path, python: Path | None) -> Modules:
    """The modules that the project's code can import."""
    environment = find_python(root, python)
    packages = site_packages(environment) if environment else []
    library = Path(sysconfig.get_paths()["stdlib"])
    return Modules([*source_roots(root, list(python_files(root))), *packages, library])


def _star_imports(file: File) -> Iterator[str]:
    for node in file.root.named_children:
        if node.type == "import_from_statement" and any(item.type == "wildcard_import" for item in node.named_children):
            module = node.child_by_field_name("module_name")
            name = text_of(module) if module else ""
            yield file.absolute(name.lstrip("."), len(name) - len(name.lstrip(".")))
