"""The fixtures of the target's tests: which one a parameter of a test names, and what it hands over."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from awaitify.project.index import File, Function, Project, text_of

SCOPES = ("function_definition", "class_definition", "lambda")
WIDTHS = ("function", "class", "module", "package", "session")
DECORATOR = re.compile(r"@(?:\w+\.)*fixture\b(.*)", re.DOTALL)


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
    for decorator in function.decorators:
        match = DECORATOR.match(text_of(decorator))
        if match:
            named = re.search(r"\bname\s*=\s*[\"'](\w+)", match.group(1))
            return named.group(1) if named else function.name
    return ""


def fixture_scope(function: Function) -> str:
    """How long a fixture lives: the word of its decorator; "" where that is not a plain word."""
    for decorator in function.decorators:
        match = DECORATOR.match(text_of(decorator))
        if match and "scope" in match.group(1):
            named = re.search(r"\bscope\s*=\s*[\"'](\w+)[\"']", match.group(1))
            return named.group(1) if named else ""
    return WIDTHS[0]


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
