"""What tests put in the place of a function that becomes async must be awaitable.

`patch("app.mail.send")` needs nothing: it makes an AsyncMock by itself. A value of the test's own becomes one:
`monkeypatch.setattr(mail, "send", fake)` -> `monkeypatch.setattr(mail, "send", AsyncMock(side_effect=fake))`.
"""

from __future__ import annotations

from dataclasses import dataclass

from awaitify_transforms.edits import AddImport, Rename, ReplaceExpression

from awaitify.analysis.bridges import THREAD_KINDS
from awaitify.analysis.colour import Colouring
from awaitify.analysis.sessions.calls import SESSION_CLASSES
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.renaming import twin_name
from awaitify.planning.target_tests.assigned import plan_assigned
from awaitify.planning.target_tests.beside import BESIDE, can_follow, patch_beside, patch_instead
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.planning.target_tests.replaced import (
    Replacement,
    awaitable,
    class_of_path,
    function_of_path,
    method_of_object,
    replacements,
)
from awaitify.project.expressions import outdented
from awaitify.project.index import File, Function, Project, is_imported, is_within, span_of, text_of

TWINNED = "tests replace it by a fake, which its async twin would pass by"
AWAITED = "awaited"
METHOD = "awaited_method"
BOUND = "tests put something in the place of this method that may be given its object: it is not known how to await it"
Refused = dict[Function, list[Reason]]


@dataclass(frozen=True, slots=True)
class TwinPatch:
    """A patch of a function that gets an async twin beside it."""

    item: Replacement
    function: Function


def plan_fakes(colouring: Colouring, draft: Draft, mocks: Mocks) -> tuple[Refused, list[TwinPatch]]:
    """Makes fakes awaitable. Returns functions that tests replace in a way that an async twin beside them would not
    see, and the patches that the twins need."""
    colours, project = colouring.colours, colouring.resolution.project
    refused: Refused = {}
    twins: list[TwinPatch] = []
    for item in replacements(project):
        function = function_of_path(project, item.path)
        of_object = method_of_object(colouring.resolution, item) if function is None else None
        function = function or of_object
        if function is None or (of_object is not None and of_object.cls in colours.doubles):
            continue  # an object of the original is what it was
        if (
            function in colours.twins
            and can_follow(item)
            and of_object is None
            and not _is_bridged(function, colouring)
        ):
            twins.append(TwinPatch(item, function))
        elif function in colours.twins:
            line = item.call.node.start_point[0] + 1
            refused[function] = [Reason("test-patch", TWINNED, item.file.source.relative, line)]
        elif function in colours.asyncs and not function.is_async and _is_bound(item, project):
            if not _plan_bound(item, colouring, mocks):
                line = item.call.node.start_point[0] + 1
                refused[function] = [Reason("test-patch", BOUND, item.file.source.relative, line)]
        elif function in colours.asyncs and not function.is_async and not function.is_generator:
            code = awaitable(item.file, item.value)
            if item.value is not None and code is not None:
                draft.add(item.file, ReplaceExpression(span=span_of(item.value), code=outdented(item.value, code)))
                draft.add_import(item.file, "unittest.mock", "AsyncMock")
    for function, file, node in plan_assigned(colouring, draft, _is_bridged):
        line = node.start_point[0] + 1
        refused.setdefault(function, [Reason("test-patch", TWINNED, file.source.relative, line)])
    return refused, twins


def _is_bound(item: Replacement, project: Project) -> bool:
    """Whether a function takes a method's place on its class, which gives it the object."""
    owner = item.path.rpartition(".")[0]
    is_class = owner in project.classes or class_of_path(project, owner, of_class=True) is not None
    return is_class and item.value is not None and item.value.type in ("lambda", "identifier", "attribute")


def _plan_bound(item: Replacement, colouring: Colouring, mocks: Mocks) -> bool:
    """Makes a function that is given the object of the method awaited; says whether it is known to be one. A mock would
    not be given it."""
    value, resolution = item.value, colouring.resolution
    assert value is not None
    if value.type != "lambda":
        targets = resolution.definition(item.file, value)
        found = [resolution.function_of(target) for target in targets if target.kind == "function"]
        is_known = bool(found) and len(found) == len(targets)  # a class in a method's place is given no object
        if not is_known or any(function is None or function.is_generator for function in found):
            return False
        if all(function is not None and function.is_async for function in found):
            return True
    mocks.draft.add(item.file, ReplaceExpression(span=span_of(value), code=f"{METHOD}({outdented(value)})"))
    mocks.use(item.file, METHOD)
    return True


def _is_bridged(function: Function, colouring: Colouring) -> bool:
    """Whether those that await its twin could run the function itself on the session they have: then it needs none."""
    used = set[Function]().union(*colouring.entries.depends_on.values())
    blocks = colouring.colours.kinds[function] & (THREAD_KINDS | {"unresolved", "unclassified", "opens", "escapes"})
    takes = any(
        colouring.resolution.class_names(function.file, param.node) & set(SESSION_CLASSES) for param in function.params
    )
    return takes and not blocks and function not in used


def finish_twins(twins: list[TwinPatch], colouring: Colouring, mocks: Mocks) -> None:
    """The patch once more for the twin, where sync code goes on calling what is patched; else the twin's name in it."""
    for patch in twins:
        item, name = patch.item, twin_name(patch.function)
        home = _home(patch, colouring.resolution.project)
        if home is not None and home is not patch.function.file and not _has(home, name, mocks.draft):
            continue  # all that reads it there stays sync
        if _is_read(patch, home, colouring):
            mocks.use(item.file, AWAITED)
            if patch_beside(item, name, f'{AWAITED}("{item.path}")', mocks.draft):
                mocks.use(item.file, BESIDE)
            continue
        code = awaitable(item.file, item.value)
        patch_instead(
            item, name, text_of(item.value) if code is None and item.value is not None else code or "", "", mocks.draft
        )
        if code is not None:
            mocks.draft.add_import(item.file, "unittest.mock", "AsyncMock")


def _home(patch: TwinPatch, project: Project) -> File | None:
    """The module in which the patch puts its value."""
    return next((file for file in project.files if file.module == patch.item.path.rpartition(".")[0]), None)


def _has(home: File, name: str, draft: Draft) -> bool:
    """Whether a module that does not define the twin has it, or will: it imports it, or passes all on."""
    planned = (edit for edit in draft.edits[home] if isinstance(edit, (AddImport, Rename)))
    new = {edit.new if isinstance(edit, Rename) else edit.alias or edit.name for edit in planned}
    return name in new or any(item.local == name for item in home.imports) or home.path.name == "__init__.py"


def _is_read(patch: TwinPatch, home: File | None, colouring: Colouring) -> bool:
    """Whether the module or the class that is patched keeps the name: what defines it does, and so does one in which
    something that stays sync reads it."""
    colours = colouring.colours
    if home is None or home is patch.function.file:
        return True
    moved = colours.asyncs - colours.twins.keys()
    name = patch.item.path.rpartition(".")[2]
    inside = [item for item in home.functions if item in moved]
    return any(
        text_of(node) == name and not is_imported(node) and not any(is_within(node, item.outer) for item in inside)
        for node in home.names
    )
