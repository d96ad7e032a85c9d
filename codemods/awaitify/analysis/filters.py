"""Filters of fastapi-filter: each field is compared with the column of its name, inside the library. A driver that
compares by type refuses text beside a column of another type."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.loading.names import last_name, positional, walk_own
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.column_kinds import column_kind
from awaitify.analysis.mapping.model import MappedClass, annotations_of
from awaitify.project.index import Class, Function, text_of

LIBRARY = "fastapi_filter"


@dataclass(eq=False, slots=True)
class Filters:
    """Finds what filters compare. models: the project's filters -> the mapped class that each is for."""

    types: Types
    models: dict[Class, MappedClass] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.types.project.files:
            for cls in file.classes:
                model = self._model(cls) if self._is_filter(cls) else None
                if model is not None:
                    self.models[cls] = model

    def problems(self, functions: Collection[Function]) -> Iterator[tuple[Function, Node, str]]:
        """(function, call, why) of each use of a filter that compares text with a column of another type."""
        found = [(function, *call) for function in functions if self.models for call in _calls(function)]
        self.types.ask([(function, receiver) for function, _, receiver, _ in found])
        for function, call, receiver, query in found:
            for cls in self._used(function, receiver, query):
                problem = next(self._compared(cls), None)
                if problem is not None:
                    yield function, call, problem

    def _used(self, function: Function, receiver: Node, query: Node) -> list[Class]:
        """The filters that a receiver may be: by its type, subclasses included, else those of the query's class."""
        names = {name for name in self.types.told(function, receiver) or [] if not name.endswith("NoneType")}
        param = function.param(text_of(receiver))
        if not names and param is not None and param.annotation is not None:
            names = {item.id for item in self.types.mapping.names.in_annotation(function.file, param.annotation)}
        known = [cls for cls in self.models if {item.id for item in self.types.mapping.names.bases(cls)} & names]
        if known or (names and not any(name.startswith(LIBRARY) for name in names)):
            return known
        held = self.types.value(function, query)
        if held is None:
            return list(self.models) if names else []
        return [cls for cls, model in self.models.items() if self.types.mapping.related(model.cls.id, held.cls)]

    def _compared(self, cls: Class) -> Iterator[str]:
        model = self.models[cls]
        for base in self.types.mapping.names.bases(cls):
            for name, annotation in annotations_of(base).items():
                column = name.partition("__")[0]
                kind = column_kind(model, column, self.types.mapping) if column in model.columns else "str"
                if kind not in ("", "str") and "str" in re.findall(r"\w+", text_of(annotation)):
                    yield f"{cls.name}.{name} compares {model.cls.name}.{column} ({kind}) with a str"

    def _is_filter(self, cls: Class) -> bool:
        for item in self.types.mapping.names.bases(cls):
            names = {text_of(base).partition(".")[0] for base in item.bases if last_name(base) != "Constants"}
            if any(known.local in names and known.module.startswith(LIBRARY) for known in item.file.imports):
                return True
        return False

    def _model(self, cls: Class) -> MappedClass | None:
        """The `model` of the `Constants` inside a filter or a base of it."""
        for item in self.types.mapping.names.bases(cls):
            body = item.node.child_by_field_name("body")
            for inner in body.named_children if body is not None else ():
                name = inner.child_by_field_name("name") if inner.type == "class_definition" else None
                for value in _assigned_model(inner) if name is not None and text_of(name) == "Constants" else ():
                    found = self.types.mapping.names.find(item.file, text_of(value))
                    return self.types.mapping.get(found.id) if found is not None else None
        return None


def _assigned_model(constants: Node) -> Iterator[Node]:
    body = constants.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        node = statement.named_children[0] if statement.named_children else statement
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None and text_of(left) == "model":
            yield right


def _calls(function: Function) -> Iterator[tuple[Node, Node, Node]]:
    """(call, receiver, query) of each `x.filter(query)`."""
    for node in walk_own(function.node):
        callee = node.child_by_field_name("function") if node.type == "call" else None
        receiver = (
            callee.child_by_field_name("object") if callee is not None and last_name(callee) == "filter" else None
        )
        given = positional(node) if receiver is not None else []
        if receiver is not None and len(given) == 1 and given[0].type != "comparison_operator":
            yield node, receiver, given[0]
