"""What setting an attribute runs: setters of properties, `@validates`, "set" listeners. A constructor sets them too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.exact import is_super
from awaitify.analysis.listeners import listeners
from awaitify.analysis.loading.names import string_value
from awaitify.analysis.values import value_classes
from awaitify.project.index import Call, Class, File, Function, text_of

#: The name of an attribute that is computed: any.
ANY = ""


@dataclass(frozen=True, slots=True)
class Sets:
    """setters: class -> attribute -> what setting it runs."""

    resolution: Resolution
    setters: Mapping[Class, Mapping[str, set[Function]]]

    @property
    def names(self) -> set[str]:
        """Every attribute whose setting runs something."""
        return {name for found in self.setters.values() for name in found}

    def run_by(self, classes: Iterable[str], name: str) -> Iterator[Function]:
        """What setting an attribute of objects of these classes may run; of any class where none is known."""
        known = [self.resolution.project.classes.get(item) for item in classes]
        lines = [self.resolution.lineage(cls) for cls in known if cls is not None]
        for owner, found in self.setters.items():
            above = self.resolution.lineage(owner)
            if not known or any(owner in line or line[0] in above for line in lines):
                for attribute, functions in found.items():
                    yield from functions if name == attribute or ANY in (name, attribute) else ()


def find_sets(resolution: Resolution, working: Iterable[Function]) -> dict[File, list[tuple[Node, Function]]]:
    """Where setting an attribute runs one of these functions, by file."""
    setters: dict[Class, dict[str, set[Function]]] = defaultdict(lambda: defaultdict(set))
    wanted = set(working)
    for owner, name, function in _setters(resolution):
        if function in wanted:
            setters[owner][name].add(function)
    sets = Sets(resolution, setters)
    files = [file for file in resolution.project.files if not file.is_test] if setters else []
    return {file: [*_assigned(file, sets), *_called(file, sets)] for file in files}


def _setters(resolution: Resolution) -> Iterator[tuple[Class, str, Function]]:
    """(class, attribute, what setting it runs)."""
    for file in resolution.project.files:
        for function in file.functions if not file.is_test else ():
            for decorator in function.decorators if function.cls is not None else ():
                node = decorator.named_children[0]
                written = text_of(node).partition("(")[0]
                if function.cls is not None and written.endswith(".setter"):
                    yield function.cls, written.removesuffix(".setter"), function
                elif function.cls is not None and written.rpartition(".")[2] == "validates":
                    given = node.child_by_field_name("arguments")
                    for argument in given.named_children if given is not None else ():
                        yield function.cls, string_value(argument) or ANY, function
    for listener in listeners(resolution):
        owner, _, name = text_of(listener.target).rpartition(".")
        base = listener.target.child_by_field_name("object")
        cls = resolution.class_meant(listener.call.file, base) if owner and base is not None else None
        if cls is not None and listener.event == "set":
            yield cls, name, listener.function


def _assigned(file: File, sets: Sets) -> Iterator[tuple[Node, Function]]:
    """Assignments of such attributes."""
    places = []
    for name in file.names if ANY in sets.names else file.named(*sets.names):
        whole = name.parent
        owner = whole.child_by_field_name("object") if whole is not None and whole.type == "attribute" else None
        if owner is not None and owner != name and _is_target(name.parent):
            places.append((name, owner))
    answers = value_classes(sets.resolution, file, [owner for _, owner in places])
    for (name, _), classes in zip(places, answers, strict=True):
        for function in sets.run_by(classes, text_of(name)):
            yield name, function


def _is_target(whole: Node | None) -> bool:
    """Whether an attribute is assigned, alone or with others."""
    while whole is not None and whole.parent is not None:
        parent = whole.parent
        if parent.type in ("assignment", "augmented_assignment", "for_statement"):
            return parent.child_by_field_name("left") == whole
        if parent.type not in ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"):
            return False
        whole = parent
    return False


def _called(file: File, sets: Sets) -> Iterator[tuple[Node, Function]]:
    """Constructors that set such attributes by keyword, and `setattr`."""
    for call in file.calls:
        if text_of(call.callee) == "setattr" and len(call.arguments) == 3:
            classes = value_classes(sets.resolution, file, call.arguments[:1])[0]
            found = list(sets.run_by(classes, string_value(call.arguments[1]) or ANY))
        else:
            given = {name for item in call.arguments if (name := _keyword(item)) is not None} & {ANY, *sets.names}
            made = _made(call, sets.resolution) if given else None
            found = [item for name in sorted(given) for item in sets.run_by(made, name)] if made is not None else []
        yield from ((call.node, function) for function in dict.fromkeys(found))


def _keyword(argument: Node) -> str | None:
    """The name of a keyword argument; ANY for what is spread."""
    if argument.type == "keyword_argument":
        return text_of(argument.named_children[0])
    return ANY if argument.type == "dictionary_splat" else None


def _made(call: Call, resolution: Resolution) -> set[str] | None:
    """The classes that a call makes an object of, by what SQLAlchemy puts in place of a constructor; empty for one that
    a variable holds, None for what makes nothing."""
    method = call.function
    if is_super(call) and text_of(call.callee).endswith(".__init__") and method is not None and method.cls is not None:
        return {method.cls.id}
    targets = resolution.targets.get(call, ())
    found = [resolution.project.definition(item.path, item.offset) for item in targets if item.in_project]
    classes = [item for item in found if isinstance(item, Class)]
    if any(isinstance(item, Function) for item in found) or call.callee.type not in ("identifier", "attribute"):
        return None
    if classes:
        plain = [cls for cls in classes if not any("__init__" in base.methods for base in resolution.lineage(cls))]
        return {cls.id for cls in plain} if plain else None
    hover = resolution.hover(call.file, call.callee)
    held = re.search(r"type\[(\w+)|<class '(\w+)", hover)
    if held is None:
        return None
    named = next(filter(None, held.groups()))
    return {cls.id for file in resolution.project.files for cls in file.classes if cls.name == named}
