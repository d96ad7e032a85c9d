"""Fakes in the place of objects whose class has an async copy beside it: the app is given the async face of them.

`overrides[get_async_service] = lambda: async_face(fake, AsyncService)`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.sessions.params import takes_session
from awaitify.analysis.target_tests.behind import functions_behind
from awaitify.analysis.target_tests.fixtures import handed_over, own_nodes
from awaitify.analysis.target_tests.handed import classes_of
from awaitify.analysis.target_tests.keys import OverrideKey, find_class_keys, find_keys
from awaitify.plan_model import Reason
from awaitify.planning.renaming import rename_function
from awaitify.planning.target_tests.faces import Faces, given_classes
from awaitify.planning.target_tests.saved import Saved
from awaitify.planning.target_tests.second_keys import SecondKeys
from awaitify.project.index import Class, File, Function, owner_of, text_of

ORIGINAL = "tests hand over an object of their own; its class has an async copy, so the methods of theirs are not async"
DEPTH = 5
Value = tuple[File, Node, Function | None]


@dataclass(eq=False)
class CopiedFakes:
    """Plans the faces. refused: the methods that must stay sync."""

    colouring: Colouring
    faces: Faces
    refused: dict[Function, list[Reason]] = field(default_factory=dict)

    def plan(self) -> dict[Function, list[Reason]]:
        """Looks at overrides of dependencies that give objects of such classes, and of such classes themselves."""
        self.resolution, self.tracer = self.colouring.resolution, self.faces.mocks.tracer
        copied, given = {}, set[Function]()
        for target in set[Function]().union(*self.colouring.entries.depends_on.values()):
            classes = given_classes(target, self.resolution) if not target.file.is_test else []
            given |= {target} if classes else set()
            copied |= {target: doubles} if (doubles := [cls for cls in classes if self._copied(cls)]) else {}
        for key in find_keys(self.resolution, set(copied)):
            if key.value is not None and not self._face(key, key.value, copied[key.provider]):
                self._keep_originals(copied[key.provider], key.file, key.value)
        self._classes(find_class_keys(self.resolution, set(self.colouring.colours.doubles)))
        for key in find_keys(self.resolution, given - copied.keys()) if self.colouring.colours.doubles else ():
            if key.value is not None:
                self._made_inside(key, key.value)
        return self.refused

    def _copied(self, cls: Class) -> list[Function]:
        """The methods that become async in a copy of the class beside it."""
        colours = self.colouring.colours
        if cls not in colours.doubles:
            return []
        return [item for item in self.resolution.members(cls) if item in colours.asyncs]

    def _classes(self, keys: list[tuple[OverrideKey, Class]]) -> None:
        """What overrides a class that is a dependency overrides its copy: instead where no route asks for it itself."""
        draft = self.faces.mocks.draft
        seconds = SecondKeys(draft, Saved([key for key, _ in keys]))
        for key, cls in keys:
            code = self._fake(key.file, key.value) if key.value is not None else ""
            value = f"lambda: {self.faces.code(key.file, code, [cls])}" if code else None
            if key.value is not None and not code:
                self._keep_originals([cls], key.file, key.value)
            elif self._is_asked(cls):
                seconds.add(key, value, cls.twin)
            else:
                rename_function(key.file, key.node, cls.twin, draft)
                if key.value is not None and value is not None:
                    self.faces.replace(key.file, key.value, value)

    def _is_asked(self, cls: Class) -> bool:
        """Whether something that stays sync depends on the class."""
        entries, asyncs = self.colouring.entries, self.colouring.colours.asyncs
        asking = {
            owner for owner, targets in entries.depends_on.items() if not targets.isdisjoint(cls.methods.values())
        }
        return any(owner not in asyncs or owner in self.colouring.colours.twins for owner in asking)

    def _face(self, key: OverrideKey, value: Node, classes: list[Class]) -> bool:
        """Gives its face to a fake; says whether what is there is one."""
        code = self._fake(key.file, value)
        if not code:
            return False
        faced = f"lambda: {self.faces.code(key.file, code, classes)}"
        if key.provider in self.colouring.colours.twins:
            self.faces.mocks.copied[value.id] = faced
        else:
            self.faces.replace(key.file, value, faced)
        return True

    def _fake(self, file: File, value: Node) -> str:
        """The code that gives the fake that an override hands over; empty for anything else."""
        owner = owner_of(file, value)
        if value.type == "lambda":
            body = value.child_by_field_name("body")
            return text_of(body) if body is not None and self._is_fake(file, body, owner) else ""
        if value.type not in ("identifier", "attribute"):
            return ""
        cls = self.resolution.class_meant(file, value)
        if cls is not None:
            is_plain = not any("__init__" in base.methods for base in self.resolution.lineage(cls))
            return f"{text_of(value)}()" if cls.file.is_test and is_plain else ""
        functions = functions_behind(self.tracer, file, value, owner)
        function = functions[0] if len(functions) == 1 else None
        if function is None or function.params or function.is_generator or function.is_async:
            return ""
        given = handed_over(function)
        is_fake = given and all(self._is_fake(function.file, node, function) for node in given)
        return f"{text_of(value)}()" if is_fake else ""

    def _is_fake(self, file: File, node: Node, owner: Function | None) -> bool:
        """Whether a value is a mock, or an object of a class of the tests that takes no session."""
        classes = classes_of(self.resolution, file, node)
        if classes and all(cls.file.is_test for cls in classes):
            return not any(takes_session(cls, self.resolution) for cls in classes)
        return not classes and self.tracer.origin(file, node, owner).kind == "fake"

    def _made_inside(self, key: OverrideKey, value: Node) -> None:
        """An object whose class has an async copy may stand inside what tests hand over: `Service(Items(db))`."""
        owner = owner_of(key.file, value)
        found: list[Value] = [(key.file, value, owner)] if value.type == "lambda" else []
        for function in functions_behind(self.tracer, key.file, value, owner):
            found += [(function.file, node, function) for node in handed_over(function)]
        for file, callee in self._called_in(found, 0):
            for target in self.resolution.definition(file, callee):
                cls = self.resolution.project.classes.get(target.name)
                if cls is not None and self._copied(cls):
                    self._keep_originals([cls], file, callee)

    def _called_in(self, values: list[Value], depth: int) -> Iterator[tuple[File, Node]]:
        """What is called in values, and in what the names in them are bound to."""
        for file, value, owner in values if depth < DEPTH else ():
            for node in (value, *own_nodes(value)):
                callee = node.child_by_field_name("function") if node.type == "call" else None
                if callee is not None:
                    yield file, callee
                if node.type == "identifier":
                    yield from self._called_in(list(self.tracer.bindings(file, text_of(node), owner)), depth + 1)

    def _keep_originals(self, classes: list[Class], file: File, node: Node) -> None:
        """What tests hand over is no object of the copy, whose methods alone can be awaited."""
        reason = Reason("test-override", ORIGINAL, file.source.relative, node.start_point[0] + 1)
        for cls in classes:
            self.refused.update({method: [reason] for method in self._copied(cls)})
