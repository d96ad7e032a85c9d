"""Fakes of objects whose methods become async: what hands them over gives them an async face, patches make mocks with
awaitable methods, and where a fake cannot follow, the methods stay sync.

`overrides[get_service] = lambda: mock` -> `overrides[get_service] = lambda: async_face(mock, Service)`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.target_tests.behind import functions_behind
from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.analysis.target_tests.handed import classes_of
from awaitify.analysis.target_tests.keys import OverrideKey, find_class_keys, find_keys
from awaitify.plan_model import Reason
from awaitify.planning.target_tests.beside import has_own_mock, is_multiple
from awaitify.planning.target_tests.copied_fakes import CopiedFakes
from awaitify.planning.target_tests.faces import Faces, given_classes, moving_methods
from awaitify.planning.target_tests.handed import face_handed
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.planning.target_tests.replaced import Replacement, class_of_path, is_named, replacements
from awaitify.project.index import Class, File, Function, owner_of, text_of

WHY = "tests hand over a fake in its object's place in a way that is not followed; awaited, the fake would fail"


@dataclass(eq=False)
class ServiceFakes:
    """Plans the fakes. refused: the methods that must stay sync."""

    colouring: Colouring
    mocks: Mocks
    refused: dict[Function, list[Reason]] = field(default_factory=dict)

    def plan(self) -> dict[Function, list[Reason]]:
        """Looks at overrides of dependencies that give such objects, and at patches of such objects and classes."""
        self.resolution, self.tracer, self.faces = self.colouring.resolution, self.mocks.tracer, Faces(self.mocks)
        given = {}
        for target in set[Function]().union(*self.colouring.entries.depends_on.values()):
            classes = given_classes(target, self.resolution) if not target.file.is_test else []
            if moving := [cls for cls in classes if moving_methods(self.colouring, cls)]:
                given[target] = moving
        for key in find_keys(self.resolution, set(given)):
            if key.value is not None:
                self._override(key, key.value, given[key.provider])
        moving = {cls for cls in self.resolution.project.classes.values() if moving_methods(self.colouring, cls)}
        for key, cls in find_class_keys(self.resolution, moving):
            if key.value is not None:
                self._override(key, key.value, [cls])
        for item in replacements(self.resolution.project):
            self._patch(item)
        face_handed(self.colouring, self.faces)
        return {**self.refused, **CopiedFakes(self.colouring, self.faces).plan()}

    def _override(self, key: OverrideKey, value: Node, classes: list[Class]) -> None:
        owner = owner_of(key.file, value)
        if value.type == "lambda":
            body = value.child_by_field_name("body")
            if body is not None and not self._is_real(key.file, body, owner, classes):
                self.faces.put(key.file, body, classes)
            return
        cls = self._class_at(key.file, value)
        if cls is not None:
            if any(base in classes for base in self.resolution.lineage(cls)):
                return
            if "__init__" in {name for base in self.resolution.lineage(cls) for name in base.methods}:
                self._refuse(classes, key.file, value)
                return
            self.faces.replace(key.file, value, f"lambda: {self.faces.code(key.file, f'{text_of(value)}()', classes)}")
            return
        functions = functions_behind(self.tracer, key.file, value, owner)
        if not functions and not self._is_same(key, value):
            self._refuse(classes, key.file, value)
        for function in functions:
            for node in handed_over(function):
                if not self._is_real(function.file, node, function, classes):
                    self.faces.put(function.file, node, classes)

    def _is_same(self, key: OverrideKey, value: Node) -> bool:
        """Whether a dependency overrides itself, or another one of the app does."""
        targets = [self.resolution.function_of(item) for item in self.resolution.definition(key.file, value)]
        return any(target is not None and not target.file.is_test for target in targets)

    def _is_real(self, file: File, node: Node, owner: Function | None, classes: list[Class]) -> bool:
        """Whether a value is surely an object of one of the classes, or of one that derives from them."""
        if self.tracer.origin(file, node, owner).kind == "fake":
            return False
        if self._stands_in(classes_of(self.resolution, file, node), classes):
            return True
        found = [self.resolution.project.classes.get(name) for name in self.resolution.class_names(file, node)]
        return any(cls is not None and set(self.resolution.lineage(cls)) & set(classes) for cls in found)

    def _stands_in(self, found: list[Class], classes: list[Class]) -> bool:
        """Whether what is awaited of the classes is async in these, too."""
        awaited = {item.name for cls in classes for item in moving_methods(self.colouring, cls)}
        moving = [{item.name for item in moving_methods(self.colouring, cls)} for cls in found]
        return bool(found) and all(awaited <= names for names in moving)

    def _class_at(self, file: File, node: Node) -> Class | None:
        names = [target.name for target in self.resolution.definition(file, node)]
        return next((found for name in names if (found := self.resolution.project.classes.get(name))), None)

    def _patch(self, item: Replacement) -> None:
        """A patch of an object, or of its class."""
        project = self.resolution.project
        cls = project.classes.get(item.path)
        of_object = class_of_path(project, item.path, of_class=False)
        if cls is None and of_object is None:
            cls = class_of_path(project, item.path, of_class=True)
        if of_object is None:
            if cls is not None and moving_methods(self.colouring, cls) and not _is_specified(item):
                self._patched_class(item, cls)
            return
        moving = moving_methods(self.colouring, of_object)
        if not moving or _is_specified(item):
            return
        is_own = item.value is None and (has_own_mock(item) or is_multiple(item))
        if self._is_set(item.file, moving) or is_own:
            self._refuse([of_object], item.file, item.call.node)
        elif item.value is not None:
            if not self._is_real(item.file, item.value, owner_of(item.file, item.value), [of_object]):
                self.faces.put(item.file, item.value, [of_object])
        else:
            self.faces.mock(item.call, of_object)

    def _patched_class(self, item: Replacement, cls: Class) -> None:
        """A plain mock of a class gives objects whose methods can be awaited; one that a test sets up itself stays."""
        given = item.value is not None or any(map(is_named, item.call.arguments)) or is_multiple(item)
        if given or self._is_set(item.file, moving_methods(self.colouring, cls)) or _is_given(item):
            self._refuse([cls], item.file, item.call.node)
        else:
            self.faces.mock(item.call, cls)

    def _is_set(self, file: File, moving: list[Function]) -> bool:
        """Whether a test puts something of its own in the place of one of the methods of a mock."""
        names = "|".join(re.escape(item.name) for item in moving)
        return re.search(rf"\.(?:{names})\s*=[^=]", file.source.text.decode()) is not None

    def _refuse(self, classes: list[Class], file: File, node: Node) -> None:
        reason = Reason("test-fake", WHY, file.source.relative, node.start_point[0] + 1)
        for cls in classes:
            self.refused.update({method: [reason] for method in moving_methods(self.colouring, cls)})


def _is_given(item: Replacement) -> bool:
    """Whether a test says what a mock of a class gives when it is called: `cls.return_value = fake`."""
    holder = item.call.function.outer if item.call.function is not None else item.file.root
    parent = item.call.node.parent
    if parent is not None and parent.type == "decorator" and parent.parent is not None:
        holder = parent.parent
    return re.search(r"(?<![\w.])\w+\.(?:return_value|side_effect)\s*=[^=]", text_of(holder)) is not None


def _is_specified(item: Replacement) -> bool:
    """Whether the mock takes its methods from what is there: those that are async can be awaited."""
    return any(text_of(argument).startswith(("autospec=True", "spec=True")) for argument in item.call.arguments)


def plan_services(colouring: Colouring, mocks: Mocks) -> dict[Function, list[Reason]]:
    """Plans the fakes of objects; returns the methods that must stay sync."""
    return ServiceFakes(colouring, mocks).plan()
