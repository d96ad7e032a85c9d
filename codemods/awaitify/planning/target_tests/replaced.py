"""Where the tests put something in the place of a name of the project: patches and `monkeypatch.setattr`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from awaitify.analysis.calls import Resolution
from awaitify.analysis.target_tests.handed import classes_of
from awaitify.project.index import LANGUAGE, Call, Class, File, Function, Project, text_of

MOCKS = ("Mock", "MagicMock", "NonCallableMock")
FAKES = ("lambda", "identifier", "attribute", "call")
OPTIONS = ("spec", "create", "spec_set", "autospec", "new_callable")
_ASSIGNED = Query(LANGUAGE, "(assignment left: (attribute) @left)")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A call that puts something in the place of a dotted path. literal: the text that spells the path out; holder: the
    object of which something is replaced."""

    file: File
    call: Call
    path: str
    value: Node | None
    literal: Node | None
    holder: Node | None = None


def replacements(project: Project) -> Iterator[Replacement]:
    """All patches of the tests."""
    for file in project.files:
        for call in file.calls if file.is_test else ():
            callee = text_of(call.callee)
            if callee.endswith("patch.multiple"):
                yield from _several(file, call)
                continue
            if callee.endswith((".setattr", "patch.object")):
                found = _replaced(file, call, callee.endswith(".setattr"))
            elif callee == "patch" or callee.endswith(".patch"):
                found = _replaced(file, call, True)
            else:
                continue
            if found is not None:
                yield found


def assignments(project: Project) -> Iterator[tuple[File, Node, str]]:
    """(file, attribute, dotted path) of all that tests assign to attributes: `database.engine = create_engine(url)`."""
    for file in project.files:
        for node in QueryCursor(_ASSIGNED).captures(file.root).get("left", []) if file.is_test else ():
            yield file, node, _dotted(file, text_of(node))


def _several(file: File, call: Call) -> Iterator[Replacement]:
    """What `patch.multiple(target, name=value)` replaces; a mock that it makes itself has no value."""
    target = next((item for item in call.arguments if not is_named(item) and item.type != "comment"), None)
    path = (literal_of(target) or _dotted(file, text_of(target))) if target is not None else ""
    for item in call.arguments if path else ():
        if is_named(item) and text_of(item.named_children[0]) not in OPTIONS:
            name, value = text_of(item.named_children[0]), item.named_children[-1]
            is_made = text_of(value).rpartition(".")[2] == "DEFAULT"
            yield Replacement(file, call, f"{path}.{name}", None if is_made else value, None)


def _replaced(file: File, call: Call, takes_path: bool) -> Replacement | None:
    """What a call replaces: by a dotted text, or by an object and a name."""
    plain = [item for item in call.arguments if item.type not in ("keyword_argument", "comment")]
    given = {text_of(item.named_children[0]): item.named_children[-1] for item in call.arguments if is_named(item)}
    if not plain:
        return None
    literal = holder = None
    if takes_path and (path := literal_of(plain[0])) is not None:
        values, literal = plain[1:], plain[0]
    elif len(plain) > 1 and (name := literal_of(plain[1])) is not None:
        path, values, holder = f"{_dotted(file, text_of(plain[0]))}.{name}", plain[2:], plain[0]
    else:
        return None
    return Replacement(file, call, path, values[0] if values else given.get("new", given.get("value")), literal, holder)


def method_of_object(resolution: Resolution, item: Replacement) -> Function | None:
    """The method that is replaced of an object whose class is known by its type: `setattr(service, "find", fake)`."""
    name = item.path.rpartition(".")[2]
    classes = classes_of(resolution, item.file, item.holder) if item.holder is not None else []
    lineage = [base for cls in classes[:1] for base in resolution.lineage(cls)] if len(classes) == 1 else []
    return next((base.methods[name] for base in lineage if name in base.methods), None)


def function_of_path(project: Project, path: str, depth: int = 5) -> Function | None:
    """The function of a dotted path: where it is defined, or where another module has imported it, also from a package
    that imports it in turn."""
    if path in project.functions:
        return project.functions[path]
    module, _, name = path.rpartition(".")
    owner = class_of_path(project, module) or class_of_path(project, module, of_class=True)
    if owner is not None:
        return owner.methods.get(name)
    for file in project.files:
        if file.module == module:
            for item in file.imports:
                if item.local == name and item.name:
                    origin = f"{file.absolute(item.module, item.level)}.{item.name}"
                    return function_of_path(project, origin, depth - 1) if depth and origin != path else None
    origin = _module_of_path(project, module)
    return function_of_path(project, f"{origin}.{name}", depth - 1) if depth and origin not in ("", module) else None


def _module_of_path(project: Project, path: str) -> str:
    """The module that another one has imported under a name: `app.routes.crud`, after `import app.crud as crud`."""
    holder, _, name = path.rpartition(".")
    home = next((file for file in project.files if file.module == holder), None)
    if home is None:
        return ""
    for item in home.imports:
        if item.local == name:
            return f"{home.absolute(item.module, item.level)}.{item.name}" if item.name else item.module
    return ""


def class_of_path(project: Project, path: str, of_class: bool = False, depth: int = 5) -> Class | None:
    """The class of the object that a module keeps under a dotted path (`service = Service()`), or imports, also from a
    package that imports it in turn. of_class: the class that it imports itself."""
    module, _, name = path.rpartition(".")
    home = next((file for file in project.files if file.module == module), None)
    if home is None or not depth:
        return None
    imported = next((item for item in home.imports if item.local == name and item.name), None)
    if imported is not None:
        origin = f"{home.absolute(imported.module, imported.level)}.{imported.name}"
        known = project.classes.get(origin) if of_class else None
        return known or (class_of_path(project, origin, of_class, depth - 1) if origin != path else None)
    made = None if of_class else _made(home, name)
    if made is None:
        return None
    imported = next((item for item in home.imports if item.local == made and item.name), None)
    lead = f"{home.absolute(imported.module, imported.level)}.{imported.name}" if imported else f"{module}.{made}"
    return project.classes.get(lead)


def _made(home: File, name: str) -> str | None:
    """What a module calls for the value of a name."""
    for statement in home.root.named_children:
        node = statement.named_children[0] if statement.type == "expression_statement" else statement
        right = node.child_by_field_name("right") if node.type == "assignment" else None
        if right is not None and right.type == "call" and text_of(node.named_children[0]) == name:
            return text_of(right).partition("(")[0]
    return None


def _dotted(file: File, text: str) -> str:
    """The full path of an imported module or class, as far as imports tell."""
    head, dot, rest = text.partition(".")
    for item in file.imports:
        if item.local == head and (item.name or item.local != item.module):
            return f"{item.module}.{item.name}{dot}{rest}" if item.name else f"{item.module}{dot}{rest}"
    return text


def literal_of(node: Node) -> str | None:
    """The text of a plain string literal, also of one that is written in parts."""
    if node.type == "concatenated_string":
        parts = [literal_of(item) for item in node.named_children]
        return "".join(part for part in parts if part) if None not in parts else None
    text = text_of(node)
    is_plain = (
        node.type == "string" and text[:1] in "\"'" and text[:1] == text[-1:] and not text.startswith(('"""', "'''"))
    )
    return text[1:-1] if is_plain else None


def is_named(item: Node) -> bool:
    return item.type == "keyword_argument" and len(item.named_children) == 2


def awaitable(file: File, value: Node | None) -> str | None:
    """The code of a fake that can be awaited; None when it is one already, or none that is called."""
    if value is None or value.type not in FAKES:
        return None
    text = text_of(value)
    callee = value.child_by_field_name("function") if value.type == "call" else None
    name = text_of(callee).rpartition(".")[2] if callee is not None else text.rpartition(".")[2]
    if name == "AsyncMock" or any(item.name == name and item.is_async for item in file.functions):
        return None
    if callee is not None and name in MOCKS:
        return "AsyncMock" + text[callee.end_byte - value.start_byte :] if text.isascii() else None
    return f"AsyncMock(side_effect={text})"
