"""Classes of tests over `unittest.TestCase`, with the classes that share its setup: their methods may become async
together, as an `IsolatedAsyncioTestCase`, each test on an event loop of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.effects import Effects
from awaitify.analysis.knowledge.origins import library_origin
from awaitify.project.index import Class, File, Function, text_of

CASES = ("unittest.TestCase", "unittest.case.TestCase")
ASYNC_CASES = ("unittest.IsolatedAsyncioTestCase", "unittest.async_case.IsolatedAsyncioTestCase")
ASYNC_NAMES = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
FIXED = ("setUpClass", "tearDownClass", "run", "debug", "__init__", *ASYNC_NAMES.values())
SELF = re.compile(r"\bself\.(\w+)")
OPENED_ONCE = "opens a session for all tests of a class, and each async test has an event loop of its own"


@dataclass(eq=False)
class Suite:
    """Classes that share methods. cases: the bases that are the library's class, with their files; problem: why their
    methods must stay sync; sessions: the attributes (`self.db`) that setUp opens; held: those and what works on one."""

    classes: list[Class]
    cases: list[tuple[File, Node]] = field(default_factory=list)
    problem: str = ""
    sessions: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)

    @property
    def methods(self) -> list[Function]:
        return [method for cls in self.classes for method in cls.methods.values()]

    def group(self) -> list[Function]:
        """The methods that work on what setUp opens, and what prepares and ends the tests: they move together."""
        users = [method for method in self.methods if self.held & set(SELF.findall(text_of(method.node)))]
        names = {method.name for method in users}
        return [method for method in self.methods if method in users or method.name in names & ASYNC_NAMES.keys()]


@dataclass(eq=False)
class Suites:
    """All of a project."""

    resolution: Resolution
    effects: Effects
    by_class: dict[Class, Suite] = field(default_factory=dict)

    def __post_init__(self) -> None:
        classes = [cls for cls in self.resolution.project.classes.values() if cls.file.is_test and cls.bases]
        lineages = [self.resolution.lineage(cls) for cls in classes]
        for lineage in lineages:
            if any(origin in CASES for cls in lineage for _, origin in self._origins(cls)):
                self._join([cls for cls in lineage if cls.file.is_test])
        for suite in {id(item): item for item in self.by_class.values()}.values():
            self._settle(suite)

    def of(self, function: Function) -> Suite | None:
        """The suite that a method belongs to."""
        return self.by_class.get(function.cls) if function.cls is not None else None

    def _join(self, classes: list[Class]) -> None:
        known = [self.by_class[cls] for cls in classes if cls in self.by_class]
        found = list(dict.fromkeys([*(cls for suite in known for cls in suite.classes), *classes]))
        self.by_class.update(dict.fromkeys(found, Suite(found)))

    def _settle(self, suite: Suite) -> None:
        for cls in suite.classes:
            for base, origin in self._origins(cls):
                if origin in CASES:
                    suite.cases.append((cls.file, base))
                elif origin not in ("object", "builtins.object"):
                    suite.problem = (
                        f"{cls.id} derives from {text_of(base)}, which may run its tests in a way of its own"
                    )
        for method in suite.methods:
            opened = list(self._opened(method))
            if method.name in FIXED and opened:
                suite.problem = suite.problem or f"{method.id} {OPENED_ONCE}"
            elif method.name in ASYNC_NAMES.values() or (method.name in ASYNC_NAMES and method.is_async):
                suite.problem = suite.problem or f"{method.id} prepares its tests on the event loop already"
            elif method.name == "setUp":
                suite.sessions += [name for name in opened if name not in suite.sessions]
        suite.held = self._held(suite)

    def _opened(self, method: Function) -> Iterator[str]:
        """The attributes that a method keeps sessions in."""
        for effect in self.effects.of(method):
            parent = effect.call.node.parent
            left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment" else None
            if effect.kind == "opens" and left is not None and left.type == "attribute":
                yield text_of(left)

    def _held(self, suite: Suite) -> set[str]:
        """The attributes that hold a session, or what was made or read with one."""
        held = {name.partition(".")[2] for name in suite.sessions}
        while True:
            found = {
                SELF.findall(text_of(left))[0]
                for method in suite.methods
                for left, right in _assigned(method)
                if held & set(SELF.findall(text_of(right))) and SELF.fullmatch(text_of(left))
            }
            if found <= held:
                return held
            held |= found

    def _origins(self, cls: Class) -> Iterator[tuple[Node, str]]:
        """The bases of a class that the project does not define, with their dotted names."""
        for base in cls.bases:
            if base.type not in ("identifier", "attribute"):
                continue
            targets = self.resolution.definition(cls.file, base)
            if not any(target.name in self.resolution.project.classes for target in targets):
                yield base, library_origin(base, cls.file, self.resolution) or text_of(base)


def _assigned(method: Function) -> Iterator[tuple[Node, Node]]:
    """(target, value) of the assignments in a method."""
    todo = [method.node]
    while todo:
        node = todo.pop()
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "assignment" and left is not None and right is not None:
            yield left, right
        todo += node.named_children
