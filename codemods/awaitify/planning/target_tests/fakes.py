"""What tests put in the place of a function that becomes async must be awaitable.

`patch("app.mail.send")` needs nothing: it makes an AsyncMock by itself. A value of the test's own becomes one:
`monkeypatch.setattr(mail, "send", fake)` -> `monkeypatch.setattr(mail, "send", AsyncMock(side_effect=fake))`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from awaitify_transforms.edits import ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.project.index import Call, File, Function, Project, span_of, text_of

TWINNED = "tests replace it by a fake, which its async twin would pass by"
MOCKS = ("Mock", "MagicMock", "NonCallableMock")
FAKES = ("lambda", "identifier", "attribute", "call")


@dataclass(frozen=True, slots=True)
class Patch:
    """A call that puts something in the place of a function of the project. value: its code, None for a mock made by
    the patch itself."""

    call: Call
    function: Function
    value: Node | None


def plan_fakes(colouring: Colouring, draft: Draft) -> dict[Function, list[Reason]]:
    """Makes fakes awaitable. Returns functions that tests replace and that would get an async twin beside them: the
    fake would no longer be called."""
    colours = colouring.colours
    refused: dict[Function, list[Reason]] = {}
    for patch in _patches(colouring.resolution.project):
        function, file = patch.function, patch.call.file
        if function in colours.twins:
            line = patch.call.node.start_point[0] + 1
            refused[function] = [Reason("test-patch", TWINNED, file.source.relative, line)]
        elif function in colours.asyncs and not function.is_async and not function.is_generator:
            code = _awaitable(file, patch.value)
            if patch.value is not None and code is not None:
                draft.add(file, ReplaceExpression(span=span_of(patch.value), code=code))
                draft.add_import(file, "unittest.mock", "AsyncMock")
    return refused


def _awaitable(file: File, value: Node | None) -> str | None:
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


@dataclass(frozen=True, slots=True)
class Replacement:
    """A call that puts something in the place of a dotted path. literal: the text that spells the path out."""

    file: File
    call: Call
    path: str
    value: Node | None
    literal: Node | None


def replacements(project: Project) -> Iterator[Replacement]:
    """All patches of the tests."""
    for file in project.files:
        for call in file.calls if file.is_test else ():
            callee = text_of(call.callee)
            if callee.endswith((".setattr", "patch.object")):
                found = _replaced(file, call, callee.endswith(".setattr"))
            elif callee == "patch" or callee.endswith(".patch"):
                found = _replaced(file, call, True)
            else:
                continue
            if found is not None:
                yield found


def _patches(project: Project) -> Iterator[Patch]:
    for item in replacements(project):
        function = function_of_path(project, item.path)
        if function is not None:
            yield Patch(item.call, function, item.value)


def _replaced(file: File, call: Call, takes_path: bool) -> Replacement | None:
    """What a call replaces: by a dotted text, or by an object and a name."""
    plain = [item for item in call.arguments if item.type not in ("keyword_argument", "comment")]
    given = {text_of(item.named_children[0]): item.named_children[-1] for item in call.arguments if _is_named(item)}
    if not plain:
        return None
    literal = None
    if takes_path and (path := _literal(plain[0])) is not None:
        values, literal = plain[1:], plain[0]
    elif len(plain) > 1 and (name := _literal(plain[1])) is not None:
        path, values = f"{_dotted(file, text_of(plain[0]))}.{name}", plain[2:]
    else:
        return None
    return Replacement(file, call, path, values[0] if values else given.get("new", given.get("value")), literal)


def function_of_path(project: Project, path: str) -> Function | None:
    """The function of a dotted path: where it is defined, or where another module has imported it."""
    if path in project.functions:
        return project.functions[path]
    module, _, name = path.rpartition(".")
    for file in project.files:
        if file.module == module:
            for item in file.imports:
                if item.local == name and item.name:
                    return project.functions.get(f"{item.module}.{item.name}")
    return None


def _dotted(file: File, text: str) -> str:
    """The full path of an imported module or class, as far as imports tell."""
    head, dot, rest = text.partition(".")
    for item in file.imports:
        if item.local == head and (item.name or item.local != item.module):
            return f"{item.module}.{item.name}{dot}{rest}" if item.name else f"{item.module}{dot}{rest}"
    return text


def _literal(node: Node) -> str | None:
    """The text of a plain string literal."""
    text = text_of(node)
    is_plain = (
        node.type == "string" and text[:1] in "\"'" and text[:1] == text[-1:] and not text.startswith(('"""', "'''"))
    )
    return text[1:-1] if is_plain else None


def _is_named(item: Node) -> bool:
    return item.type == "keyword_argument" and len(item.named_children) == 2
