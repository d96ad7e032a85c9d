"""Work that a service does once, while it is imported: requests that call such a function later wait for nothing.

A function under `lru_cache` without parameters, or one that keeps what it makes in a global (`if _logger is None:`),
which a module calls as the application's own imports run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Call, File, Function, Project, ancestors, text_of

CACHES = {"functools.lru_cache", "functools.cache"}
APPLICATION = "fastapi.applications.FastAPI"
#: What may stand around a call that a module makes whatever happens.
PLAIN = {
    "expression_statement", "assignment", "call", "argument_list", "keyword_argument", "attribute", "subscript",
    "parenthesized_expression", "binary_operator", "tuple", "list", "dictionary", "pair", "module",
}  # fmt: skip


def find_primed(resolution: Resolution) -> Iterator[Call]:
    """The calls in functions of the project that are made when the service starts, and never again."""
    made = _made_by_modules(resolution)
    starting = _imported_first(resolution) if made else set[File]()
    cleared = _cleared(resolution.project) if made else set[str]()
    for function, files in made.items():
        if not files & starting:
            continue
        if _is_cached(function) and function.name not in cleared:
            yield from function.calls
            continue
        block = _once(function, resolution)
        if block is not None:
            yield from (call for call in function.calls if any(item == block for item in ancestors(call.node)))


def _made_by_modules(resolution: Resolution) -> dict[Function, set[File]]:
    """The functions that modules call as they are imported, with the modules."""
    made = defaultdict[Function, set[File]](set)
    for call in resolution.targets:
        if call.function is None and not call.in_lambda and not call.file.is_test:
            found = resolution.functions(call)
            if len(found) == 1 and all(node.type in PLAIN for node in ancestors(call.node)):
                made[found[0]].add(call.file)
    return {function: files for function, files in made.items() if not function.is_async and function.parent is None}


def _imported_first(resolution: Resolution) -> set[File]:
    """What every application of the project imports before it can serve."""
    project = resolution.project
    names = {file.module: file for file in project.files}
    apps = {
        call.file
        for call, targets in resolution.targets.items()
        if not call.file.is_test and any(target.name.startswith(APPLICATION) for target in targets)
        if text_of(call.callee).rpartition(".")[2] == "FastAPI"
    }
    found = [_imports_of(app, names) for app in apps]
    return set.intersection(*found) if found else set()


def _imports_of(app: File, names: dict[str, File]) -> set[File]:
    todo, found = [app], set[File]()
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += _imported(file, names)
    return found


def _imported(file: File, names: dict[str, File]) -> Iterator[File]:
    """The modules that run because a module is imported: packages around it, and what it imports for certain."""
    for item in file.imports:
        if item.statement.parent is None or item.statement.parent.type != "module":
            continue
        module = file.absolute(item.module, item.level)
        parts = f"{module}.{item.name}".strip(".").split(".")
        yield from (names[name] for end in range(len(parts)) if (name := ".".join(parts[: end + 1])) in names)


def _cleared(project: Project) -> set[str]:
    """The names of functions whose caches the service clears. What a test clears is computed anew in that test only."""
    found = re.compile(rb"(\w+)\W*\.\s*cache_clear\b")
    files = (file for file in project.files if not file.is_test)
    return {name.decode() for file in files for name in found.findall(file.source.text)}


def _is_cached(function: Function) -> bool:
    """Whether it computes its value once, for good."""
    if len(function.decorators) != 1 or function.params or function.cls is not None:
        return False
    node = function.decorators[0].named_children[0]
    arguments = node.child_by_field_name("arguments") if node.type == "call" else None
    name = node.child_by_field_name("function") if node.type == "call" else node
    if name is None or (arguments is not None and re.search(r"\b0\b", text_of(arguments))):
        return False
    return _origin(function.file, text_of(name)) in CACHES


def _origin(file: File, text: str) -> str:
    head, dot, rest = text.partition(".")
    for item in file.imports:
        if item.local == head:
            return f"{item.module}.{item.name}".strip(".") + dot + rest
    return text


def _once(function: Function, resolution: Resolution) -> Node | None:
    """The block under `if _value is None:` that gives the global a value; None where it may run again."""
    body = function.node.child_by_field_name("body")
    names = {text_of(name) for node in _of_type(body, "global_statement") for name in node.named_children}
    for node in body.named_children if body is not None else ():
        if node.type == "if_statement":
            return _filled(node, names, function, resolution)
        if node.type not in ("expression_statement", "global_statement", "comment"):
            return None
    return None


def _filled(node: Node, names: set[str], function: Function, resolution: Resolution) -> Node | None:
    condition, block = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    name, _, rest = text_of(condition).partition(" ") if condition is not None else ("", "", "")
    if block is None or name not in names or rest != "is None" or node.child_by_field_name("alternative") is not None:
        return None
    for statement in block.named_children:
        assignment = statement.named_children[0] if statement.named_children else statement
        left, value = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left is not None and value is not None and text_of(left) == name:
            classes = resolution.class_names(function.file, value)
            is_kept = bool(classes) and not any("None" in item for item in classes)
            return block if is_kept and not _is_set_elsewhere(name, function, resolution.project) else None
    return None


def _is_set_elsewhere(name: str, function: Function, project: Project) -> bool:
    """Whether anything but the function, and the module as it begins, gives the global a value."""
    if any(
        text_of(item) == name
        for other in function.file.functions
        if other is not function
        for node in _of_type(other.node, "global_statement")
        for item in node.named_children
    ):
        return True
    pattern = re.compile(rb"(\.\s*|[\"'])" + re.escape(name.encode()) + rb"\b([\"']|\s*=[^=])")
    return any(pattern.search(file.source.text) for file in project.files)


def _of_type(node: Node | None, wanted: str) -> Iterator[Node]:
    found: Iterable[Node] = node.named_children if node is not None else ()
    for child in found:
        if child.type == wanted:
            yield child
        elif child.type != "function_definition":
            yield from _of_type(child, wanted)
