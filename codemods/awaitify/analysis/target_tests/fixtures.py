"""The fixtures of the target's tests: which one a parameter of a test names, and what it hands over."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from tree_sitter import Node

from awaitify.project.index import File, Function, Project, text_of

SCOPES = ("function_definition", "class_definition", "lambda")
WIDTHS = ("function", "class", "module", "package", "session")
DECORATOR = re.compile(r"@(?:\w+\.)*fixture\b(.*)", re.DOTALL)
FIXTURE = re.compile(r"(?:\w+\.)*fixture")


@dataclass(eq=False)
class Fixtures:
    """All fixtures of a project, by name."""

    project: Project

    def __post_init__(self) -> None:
        self.by_name: dict[str, list[Function]] = defaultdict(list)
        for file in self.project.files:
            for function in file.functions if file.is_test else ():
                if name := fixture_name(function):
                    self.by_name[name].append(function)

    def named(self, file: File, name: str, user: Function) -> Function | None:
        """The fixture of that name that is nearest to a file."""
        found = [function for function in self.by_name.get(name, ()) if function is not user]
        return max(found, key=lambda item: (item.file is file, _nearness(item.file, file)), default=None)

    def requested(self, function: Function) -> list[Function]:
        """The fixtures that a test or a fixture asks for by the names of its parameters."""
        if not (fixture_name(function) or is_test_function(function)):
            return []
        found = [self.named(function.file, param.name, function) for param in function.params]
        return [fixture for fixture in found if fixture is not None]


def is_test_function(function: Function) -> bool:
    """Whether pytest collects it."""
    return function.file.is_test and function.parent is None and function.name.startswith("test")


def fixture_name(function: Function) -> str:
    """The name under which pytest knows a fixture; "" for what is none."""
    return next((name for name, _ in _fixtures(function)), "")


def fixture_scope(function: Function) -> str:
    """How long a fixture lives: the word of its decorator; "" where that is not a plain word."""
    for _, arguments in _fixtures(function):
        if "scope" in arguments:
            named = re.search(r"\bscope\s*=\s*[\"'](\w+)[\"']", arguments)
            return named.group(1) if named else ""
    return WIDTHS[0]


def is_called_fixture(function: Function) -> bool:
    """Whether a call beside the function makes the fixture: `db = pytest.fixture(open_db)`."""
    return bool(fixture_name(function)) and not any(DECORATOR.match(text_of(item)) for item in function.decorators)


def _fixtures(function: Function) -> Iterator[tuple[str, str]]:
    """(name, the code of the arguments) of the fixtures that a function is."""
    for decorator in function.decorators:
        match = DECORATOR.match(text_of(decorator))
        if match:
            yield _named(match.group(1)) or function.name, match.group(1)
    if function.file.is_test and function.cls is None and function.parent is None:
        yield from _called_fixtures(function.file).get(function.name, ())


def _named(arguments: str) -> str:
    named = re.search(r"\bname\s*=\s*[\"'](\w+)", arguments)
    return named.group(1) if named else ""


_called: WeakKeyDictionary[File, dict[str, list[tuple[str, str]]]] = WeakKeyDictionary()


def _called_fixtures(file: File) -> dict[str, list[tuple[str, str]]]:
    """`db = pytest.fixture(open_db, scope="module")` and `pytest.fixture(scope="module")(open_db)`, by the function."""
    if file not in _called:
        found = _called[file] = {}
        for statement in file.root.named_children:
            node = statement.named_children[0] if statement.named_children else statement
            if node.type == "assignment":
                for name, item in _call_of_fixture(node):
                    found.setdefault(name, []).append(item)
    return _called[file]


def _call_of_fixture(assignment: Node) -> Iterator[tuple[str, tuple[str, str]]]:
    left, call = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
    made = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    arguments = call.child_by_field_name("arguments") if call is not None else None
    if left is None or left.type != "identifier" or made is None or arguments is None or not arguments.named_children:
        return
    outer = made.child_by_field_name("function") if made.type == "call" else made
    first = arguments.named_children[0]
    if outer is not None and FIXTURE.fullmatch(text_of(outer)) and first.type == "identifier":
        options = text_of(made if made.type == "call" else arguments)
        yield text_of(first), (_named(options) or text_of(left), options)


def handed_over(function: Function) -> list[Node]:
    """The expressions that a function yields or returns."""
    return [value for _, value in hand_overs(function)]


def hand_overs(function: Function) -> list[tuple[Node, Node]]:
    """(the yield or return, the expression) of a function, nested functions left out."""
    found = []
    for node in own_nodes(function.node.child_by_field_name("body")):
        if node.type in ("yield", "return_statement"):
            values = [child for child in node.named_children if child.type != "comment"]
            if values and text_of(values[0]) != "None":
                found.append((node, values[0]))
    return found


def own_nodes(node: Node | None) -> Iterator[Node]:
    """The nodes below one, inner functions and classes left out."""
    for child in node.named_children if node is not None else ():
        if child.type not in SCOPES:
            yield child
            yield from own_nodes(child)


def _nearness(fixture: File, user: File) -> int:
    """Length of the common folder; a fixture outside the user's own folders counts nothing."""
    folder = os.path.dirname(fixture.source.relative)
    return len(folder) + 1 if not folder or user.source.relative.startswith(folder + "/") else 0
