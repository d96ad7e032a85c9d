"""What the type checker is told beyond the source, as annotations that only it sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.app_attributes import Kept
from awaitify.analysis.facts_of_aliases import is_object
from awaitify.analysis.relationship_facts import Attributes
from awaitify.analysis.undecided import openings
from awaitify.project.index import File, Function, text_of
from awaitify.project.made_bases import made_bases
from awaitify.resolve.model import Insertion, VirtualFile


@dataclass(eq=False)
class Facts:
    """What the server is told beyond the source: types of parameters and results, by function. undecided: functions
    whose comparisons with None are to decide nothing; kept: what the application holds; forward: for a file, the
    classes that its annotations name without an import; attributes: what relationships lead to."""

    params: dict[tuple[Function, str], str] = field(default_factory=dict)
    results: dict[Function, str] = field(default_factory=dict)
    undecided: set[Function] = field(default_factory=set)
    kept: Kept = field(default_factory=Kept)
    forward: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)
    attributes: Attributes = field(default_factory=dict)

    def virtual(self, file: File) -> VirtualFile:
        """The file's text with its facts."""
        names: dict[str, str] = {}
        insertions = []
        for function in file.functions:
            insertions += openings(function) if function in self.undecided else ()
            for param in function.params:
                fact = self.params.get((function, param.name))
                if fact and param.annotation is not None and is_object(param.annotation):
                    insertions += _instead(param.annotation, fact, names)
                elif fact and param.annotation is not None:  # of what a wrapper takes: `**kwargs: Any`
                    insertions.append(Insertion(param.annotation.end_byte, f' | "{_alias(fact, names)}"'))
                elif fact:
                    insertions.append(Insertion(param.node.end_byte, f': "{_alias(fact, names)}"'))
            insertions += self._returns(function, names) if function in self.results else ()
        for offset, before, fact in self.attributes.get(file.path, ()):
            insertions.append(Insertion(offset, f'{before}: "{_alias(fact, names)}"'))
        for made in made_bases(file):
            insertions.append(Insertion(made.call.start_byte, f"{text_of(made.cls)} if True else "))
        kept = self.kept.insertions(file)
        declared = self.kept.declarations(partial(_alias, names=names)) if kept else []
        given = [*names.items(), *_by_class(self.forward.get(file.path, {}))]
        imports = [_named(name, alias, file) for name, alias in given]
        ordered = tuple(sorted([*insertions, *kept], key=lambda item: item.offset))
        return VirtualFile(file.path, file.source.text, ordered, "\n".join([*imports, *declared]))

    def _returns(self, function: Function, names: dict[str, str]) -> list[Insertion]:
        """What a function gives; an annotation that says less becomes a remark in it, all as text, for its names."""
        said = function.node.child_by_field_name("return_type")
        parameters = function.node.child_by_field_name("parameters")
        if said is not None:
            return _instead(said, self.results[function], names)
        alias = _alias(self.results[function], names)
        return [Insertion(parameters.end_byte, f' -> "{alias}"')] if parameters is not None else []


def _instead(annotation: Node, fact: str, names: dict[str, str]) -> list[Insertion]:
    """An annotation becomes a remark in one that says more, all as text."""
    marked, alias = _local("typing.Annotated", names), _alias(fact, names)
    return [Insertion(annotation.start_byte, f'"{marked}[{alias}, '), Insertion(annotation.end_byte, ']"')]


def _named(name: str, alias: str, file: File) -> str:
    """The line that gives a class another name: the checker finds nothing of a file that imports itself."""
    module, _, last = name.rpartition(".")
    own = name.removeprefix(f"{file.module}.")
    is_own = own != name and own.partition(".")[0] in {cls.name for cls in file.classes}
    return f"{alias} = {own}" if is_own else f"from {module} import {last} as {alias}"


def _by_class(forward: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(cls, name) for name, cls in forward.items()]


def _alias(fact: str, names: dict[str, str]) -> str:
    """The code of a fact (`a.X`, `a.X[b.Y]`) with names that the file imports for it."""
    return re.sub(r"\w+(?:\.\w+)*", lambda found: _local(found.group(), names), fact)


def _local(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"_awaitify_{len(names)}_{name.rpartition('.')[2]}")
