"""What making an object of a class runs besides its constructor: validators of pydantic, factories of defaults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.routes import METHODS
from awaitify.analysis.implicit import is_property
from awaitify.analysis.loading.names import Names, keyword, last_name, positional, walk
from awaitify.analysis.mapping.model import annotations_of
from awaitify.analysis.waiting import waits
from awaitify.project.index import Class, File, Function, text_of

MAKERS = {
    "model_validate", "model_validate_json", "model_construct", "parse_obj", "parse_raw", "from_orm", "validate",
}  # fmt: skip
VALIDATORS = {"field_validator", "model_validator", "validator", "root_validator"}
#: They hold a function that validates: `Annotated[str, AfterValidator(f)]`.
HOLDERS = {"AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator"}
#: They read the attributes of an object.
READERS = {"model_validate", "from_orm", "validate"}
#: Names that other classes use too.
NO_MAKERS = {"validate"}


def is_validator(function: Function) -> bool:
    """Whether pydantic runs a method when it makes an object."""
    names = (text_of(item).lstrip("@").strip().partition("(")[0] for item in function.decorators)
    is_named = function.name == "model_post_init" or any(name.rpartition(".")[2] in VALIDATORS for name in names)
    return function.cls is not None and is_named


@dataclass(eq=False, slots=True)
class Constructions:
    """Knows for each class, once, what making its objects runs; those of its fields are made with them. properties: by
    their name, those of mapped objects that a model may read of the one that it is made of."""

    resolution: Resolution
    names: Names = field(init=False)
    known: dict[Class, tuple[Function, ...]] = field(default_factory=dict)
    properties: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.names = Names(self.resolution.project)

    def run_by(self, effect: Effect) -> tuple[Function, ...]:
        """What a call runs, of the class that it makes an object of."""
        cls, name = self.made(effect), text_of(effect.call.callee).rpartition(".")[2]
        if cls is None:
            return self.every() if name in MAKERS - NO_MAKERS and self._is_open(effect) else ()
        return (*self.of(cls), *(self.read_by(cls) if name in READERS else ()))

    def every(self) -> tuple[Function, ...]:
        """What making an object of any class runs."""
        classes = (cls for file in self.resolution.project.files if not file.is_test for cls in file.classes)
        return tuple(dict.fromkeys(function for cls in classes for function in self.of(cls)))

    def _is_open(self, effect: Effect) -> bool:
        """Whether a variable holds the class: `self.schema.model_validate(found)`."""
        owner = effect.call.callee.child_by_field_name("object")
        targets = self.resolution.definition(effect.call.file, owner) if owner is not None else ()
        return owner is not None and (not targets or any(target.in_project for target in targets))

    def read_by(self, cls: Class) -> Iterator[Function]:
        """The properties that a model may read, by the names of its fields and of those inside."""
        todo, seen = [cls] if self.properties else [], {cls}
        while todo:
            item = todo.pop()
            for owner in self.resolution.lineage(item):
                for name, annotation in annotations_of(owner).items():
                    yield from self.properties.get(name, ())
                    inner = [found for found in self.names.in_annotation(owner.file, annotation) if found not in seen]
                    seen.update(inner)
                    todo += inner

    def made(self, effect: Effect) -> Class | None:
        """The class that a call makes an object of."""
        call, project = effect.call, self.resolution.project
        targets = self.resolution.targets.get(call, ())
        owner = call.callee.child_by_field_name("object")
        if owner is not None and text_of(call.callee).rpartition(".")[2] in MAKERS:
            return self.resolution.class_meant(call.file, owner)
        found = [project.definition(item.path, item.offset) for item in targets if item.in_project]
        return next((item for item in found if isinstance(item, Class)), project.classes.get(effect.detail))

    def of(self, cls: Class) -> tuple[Function, ...]:
        """What making an object of a class runs."""
        if cls not in self.known:
            self.known[cls] = ()
            found = [item for owner in self.resolution.lineage(cls) for item in self._own(owner)]
            self.known[cls] = tuple(dict.fromkeys(found))
        return self.known[cls]

    def in_annotation(self, file: File, node: Node) -> Iterator[Function]:
        """What validating a value of this type runs."""
        for cls in self.names.in_annotation(file, node):
            yield from self.of(cls)
        for item in walk(node):
            if item.type == "call" and last_name(item) in HOLDERS:
                yield from self._functions(file, positional(item))

    def in_response(self, file: File, node: Node) -> Iterator[Function]:
        """What a response model of this type runs, which is made of an object."""
        yield from self.in_annotation(file, node)
        for cls in self.names.in_annotation(file, node):
            yield from self.read_by(cls)

    def _own(self, cls: Class) -> Iterator[Function]:
        yield from filter(is_validator, cls.methods.values())
        if "render" in cls.methods and any(last_name(base).endswith("Response") for base in cls.bases):
            yield cls.methods["render"]
        for annotation in annotations_of(cls).values():
            yield from self.in_annotation(cls.file, annotation)
        body = cls.node.child_by_field_name("body")
        statements = [item for item in body.named_children if item.type == "expression_statement"] if body else []
        for node in (node for item in statements for node in walk(item) if node.type == "call"):
            value = keyword(node, "default_factory")
            yield from self._functions(cls.file, [value]) if value is not None else ()

    def _functions(self, file: File, nodes: list[Node]) -> Iterator[Function]:
        asked = [node for node in nodes if node.type in ("identifier", "attribute")]
        for target in (target for answer in self.resolution.definitions(file, asked) for target in answer):
            function = self.resolution.function_of(target)
            if function is not None:
                yield function


def find_constructions(effects: Effects) -> dict[File, list[tuple[Node, Function]]]:
    """Where making an object, or the model of a response in a thread, runs what waits, by file."""
    constructions, slow = Constructions(effects.resolution), dict[Function, bool]()
    for name, function in (item for mapped in effects.mapping.classes.values() for item in mapped.properties.items()):
        if is_property(function) and waits(function, effects):
            constructions.properties[name].append(function)
    found: dict[File, list[tuple[Node, Function]]] = {}
    places = [(effect.call.file, effect.call.node, constructions.run_by(effect)) for effect in effects.by_call.values()]
    for file, node, functions in (*places, *_responses(constructions)):
        for function in functions:
            if function not in slow:
                slow[function] = waits(function, effects)
            if slow[function]:
                found.setdefault(file, []).append((node, function))
    return found


def _responses(constructions: Constructions) -> Iterator[tuple[File, Node, tuple[Function, ...]]]:
    """(file, the name of a route that runs in a thread, what making its response runs)."""
    for file in constructions.resolution.project.files:
        for function in file.functions if not file.is_test else ():
            calls = [item.named_children[0] for item in function.decorators if not function.is_async]
            routes = [node for node in calls if node.type == "call" and last_name(node) in METHODS]
            for node in routes:
                model = keyword(node, "response_model") or function.node.child_by_field_name("return_type")
                if model is not None:
                    yield file, function.name_node, tuple(constructions.in_response(file, model))
