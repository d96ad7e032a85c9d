"""The async faces that fakes of objects get: `mock` -> `async_face(mock, Service)`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.colour import Colouring
from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.analysis.target_tests.handed import classes_of
from awaitify.planning.splicing import spliced_code
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.project.index import Call, Class, File, Function, span_of, text_of

FACE = "async_face"
MOCK = "async_mock_of"


@dataclass(eq=False)
class Faces:
    """Plans them, one for each place. replaced: the expressions that another one has taken the place of."""

    mocks: Mocks
    replaced: set[int] = field(default_factory=set)

    def put(self, file: File, node: Node, classes: Iterable[Class]) -> None:
        """Gives the value of an expression its face."""
        self.replace(file, node, self.code(file, text_of(node), classes))

    def code(self, file: File, code: str, classes: Iterable[Class]) -> str:
        """The face of a value in whose place objects of the classes stand."""
        names = ", ".join(self.imported(file, cls) for cls in classes)
        return f"{self.mocks.use(file, FACE)}({code}, {names})"

    def mock(self, call: Call, cls: Class) -> None:
        """Lets a patch make mocks of a class, or of its objects, with methods that are awaited as its own are."""
        end = call.arguments[-1].end_byte
        code = f", new_callable={self.mocks.use(call.file, MOCK)}({self.imported(call.file, cls)})"
        self.replace(call.file, call.node, spliced_code(call.file, call.node, [((end, end), code)]))

    def imported(self, file: File, cls: Class) -> str:
        """The name of a class, or of its async copy, in a file that imports it."""
        name = cls.twin or cls.name
        self.mocks.draft.add_import(file, cls.file.module, name)
        return name

    def replace(self, file: File, node: Node, code: str) -> None:
        """Plans other code in the place of an expression."""
        if node.id not in self.replaced:
            self.replaced.add(node.id)
            self.mocks.draft.add(file, ReplaceExpression(span=span_of(node), code=code))


def given_classes(function: Function, resolution: Resolution) -> list[Class]:
    """The classes of what a dependency gives."""
    return [cls for node in handed_over(function) for cls in classes_of(resolution, function.file, node)]


def moving_methods(colouring: Colouring, cls: Class) -> list[Function]:
    """The methods of a class that become async in place."""
    colours = colouring.colours
    methods = colouring.resolution.members(cls)
    return [item for item in methods if item in colours.asyncs and item not in colours.twins and not item.is_async]
