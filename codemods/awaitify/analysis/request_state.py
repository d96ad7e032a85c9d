"""What middlewares and dependencies put beside a request: `request.state.claims = jwt.decode(...)`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from awaitify.analysis.app_attributes import CONNECTIONS
from awaitify.analysis.calls import Resolution
from awaitify.project.index import File, Function, Project, owner_of, text_of

#: An attribute of a request's state; the state of an application is another thing.
READ = re.compile(r"(?!app\b)\w+\.state\.(\w+)")
SENT = {"headers", "cookies", "query_params", "path_params"}


def state_name(node: Node) -> str:
    """The name under which an expression reads a request's state; empty for anything else."""
    found = READ.fullmatch(text_of(node)) if node.type == "attribute" else None
    return found.group(1) if found is not None else ""


def is_part_of_request(file: File, node: Node, resolution: Resolution) -> bool:
    """Whether an expression is what a request was sent with: texts by their names."""
    holder, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if holder is None or name is None or text_of(name) not in SENT:
        return False
    return bool(resolution.class_names(file, holder) & CONNECTIONS)


def put_in_state(name: str, project: Project) -> Iterator[tuple[File, Function | None, Node]]:
    """All that the service puts there under a name, with the functions that do."""
    for file in project.files:
        for node in file.named(name) if not file.is_test else ():
            target = node.parent
            assignment = target.parent if target is not None else None
            if target is None or assignment is None or assignment.type != "assignment" or not state_name(target):
                continue
            value = assignment.child_by_field_name("right")
            if value is not None and assignment.child_by_field_name("left") == target:
                yield file, owner_of(file, assignment), value


def is_set_by_name(project: Project) -> bool:
    """Whether something sets attributes of a state by names that are not written out."""
    pattern = re.compile(rb"setattr\(\s*\w+\.state\b|\.state\._state\b|\.state\.__dict__")
    return any(pattern.search(file.source.text) for file in project.files if not file.is_test)
