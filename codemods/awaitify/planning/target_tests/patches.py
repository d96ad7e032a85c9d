"""What tests patch besides functions that become async: dependencies that hand over a session, and session factories.

`patch("app.routes.get_db")` names an import that goes: the patch (without effect on `Depends(get_db)`) names the twin.
A mock in the place of a session factory opens fake sessions: the async factory gets one too, which gives them an async
face. Where only async code opened sessions by that name, the patch itself moves:
`patch("app.main.SessionLocal")` -> `patch("app.main.AsyncSessionLocal", new_callable=AsyncSessionsMock)`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from awaitify_transforms.edits import Rename, ReplaceExpression
from tree_sitter import Node

from awaitify.analysis.colour import Colouring
from awaitify.analysis.target_tests.keys import references_of
from awaitify.plan_model import Reason
from awaitify.planning.draft import Draft
from awaitify.planning.sessions import Sessions
from awaitify.planning.target_tests.assigned_engines import AssignedEngines
from awaitify.planning.target_tests.beside import BESIDE, can_follow, has_own_mock, patch_beside, patch_instead
from awaitify.planning.target_tests.fakes import TwinPatch
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.planning.target_tests.replaced import Replacement, assignments, function_of_path, replacements
from awaitify.project.index import Call, File, Function, Project, span_of, text_of

FAKE = "tests put a fake in the place of what opens this session, whose methods cannot be awaited"
OTHER = "tests put another one in the place of what opens this session, and its async twin would stay the app's own"
OPENED = "async_sessions"
MOCK = "AsyncSessionsMock"


@dataclass(frozen=True, slots=True)
class FactoryPatch:
    """A patch of a session factory, and what the async one is called there. openers: what opens sessions by it."""

    item: Replacement
    home: File
    twin: str


@dataclass(eq=False)
class Patches:
    """Plans the patches. refused: the functions whose sessions tests replace in a way that cannot follow."""

    colouring: Colouring
    sessions: Sessions
    draft: Draft
    mocks: Mocks
    refused: dict[Function, Reason] = field(default_factory=dict)
    factories: list[FactoryPatch] = field(default_factory=list)
    twins: list[TwinPatch] = field(default_factory=list)

    def plan(self) -> dict[Function, Reason]:
        """Renames what patches name; those of factories wait until it is known which of them sync code still uses."""
        project = self.colouring.resolution.project
        for item in replacements(project):
            provider = function_of_path(project, item.path)
            if provider is not None and (provider.file, provider.id) in self.sessions.made:
                _rename(item, provider, self.sessions, self.colouring, self.draft)
            is_fake = item.value is None or self.mocks.is_fake(item.file, item.value)
            for function, call in _openers(item.path, provider, self.colouring):
                if not is_fake or not self._follows(item, provider, call):
                    self._refuse(function, FAKE if is_fake else OTHER, item.file, item.call.node)
        engines = AssignedEngines(self.sessions, self.draft)
        for file, node, path in assignments(project):
            paths = engines.paths(file, node, path)
            openers = [
                pair for item in paths for pair in _openers(item, function_of_path(project, item), self.colouring)
            ]
            if openers and not engines.follow(file, node, paths):
                for function, _ in openers:
                    self._refuse(function, OTHER, file, node)
        return self.refused

    def _refuse(self, function: Function, why: str, file: File, node: Node) -> None:
        reason = Reason("test-fake", why, file.source.relative, node.start_point[0] + 1)
        self.refused.setdefault(function, reason)

    def _follows(self, item: Replacement, provider: Function | None, call: Call) -> bool:
        """Whether the async factory can be patched as the sync one is; notes it."""
        home = _module(self.colouring.resolution.project, item.path.rpartition(".")[0])
        made = self.sessions.made_twin(call.file, call.callee)
        if provider is not None or home is None or made is None or not can_follow(item) or has_own_mock(item):
            return False
        if all(known.item.call is not item.call for known in self.factories):
            self.factories.append(FactoryPatch(item, home, made[1]))
            self.mocks.has_sessions = True
        return True

    def finish(self, gone: set[Function]) -> None:
        """Plans the patches of factories. gone: the providers that go."""
        for patch in self.factories:
            item = patch.item
            if self._stays(patch, gone):
                self.mocks.use(item.file, OPENED)
                if patch_beside(item, patch.twin, f'{OPENED}("{item.path}")', self.draft):
                    self.mocks.use(item.file, BESIDE)
                continue
            self.mocks.use(item.file, OPENED if item.value is not None else MOCK)
            value = f"{OPENED}({text_of(item.value)})" if item.value is not None else ""
            patch_instead(item, patch.twin, value, MOCK, self.draft)

    def _stays(self, patch: FactoryPatch, gone: set[Function]) -> bool:
        """Whether sync code goes on opening sessions by the name that is patched."""
        colours = self.colouring.colours
        moved = {item for item in colours.asyncs - colours.twins.keys() if item not in colours.providers} | gone
        name = patch.item.path.rpartition(".")[2]
        for function in self.colouring.resolution.project.functions.values():
            if function in moved or function.file.is_test:
                continue
            if any(_reads(call, function, patch.home, name, self.colouring) for call in function.calls):
                return True
        return False


def _rename(item: Replacement, provider: Function, sessions: Sessions, colouring: Colouring, draft: Draft) -> None:
    """The dotted text names the twin where the module no longer has the provider."""
    module, _, name = item.path.rpartition(".")
    home = _module(colouring.resolution.project, module)
    if home is None or home is provider.file or item.literal is None or name != provider.name:
        return
    edits = draft.edits[home]
    renamed = {edit.span for edit in edits if isinstance(edit, Rename)}
    uses = [node for node, _ in references_of(home, colouring.resolution, {provider})]
    if uses and all(span_of(node) in renamed for node in uses):
        quote = text_of(item.literal)[0]
        code = f"{quote}{module}.{sessions.made[provider.file, provider.id]}{quote}"
        draft.add(item.file, ReplaceExpression(span=span_of(item.literal), code=code))


def _openers(path: str, provider: Function | None, colouring: Colouring) -> Iterator[tuple[Function, Call]]:
    """The functions that open a session by a call of what stands at a dotted path, or on an engine that does."""
    module, _, name = path.rpartition(".")
    home = _module(colouring.resolution.project, module)
    if home is None:
        return
    for function in colouring.colours.asyncs | colouring.colours.providers:
        for effect in colouring.effects.of(function):
            if effect.kind == "opens" and _is_patched(effect.call, function, home, name, provider, colouring):
                yield function, effect.call


def _is_patched(
    call: Call, function: Function, home: File, name: str, provider: Function | None, colouring: Colouring
) -> bool:
    """Whether a call reads the name of the module that is patched: there, or as an attribute of that module."""
    if any(_is_read(item, call, function, home, name, colouring) for item in map(_value, call.arguments)):
        return True
    if not _reads(call, function, home, name, colouring):
        return False
    return provider is None or provider in colouring.resolution.functions(call)


def _reads(call: Call, function: Function, home: File, name: str, colouring: Colouring) -> bool:
    return _is_read(call.callee, call, function, home, name, colouring)


def _is_read(node: Node, call: Call, function: Function, home: File, name: str, colouring: Colouring) -> bool:
    text = text_of(node)
    if text.rpartition(".")[2] != name or ("." not in text and function.file is not home):
        return False
    return function.file is home or any(
        target.path == home.path for target in colouring.resolution.definition(call.file, node)
    )


def _value(argument: Node) -> Node:
    return argument.child_by_field_name("value") or argument


def _module(project: Project, name: str) -> File | None:
    return next((file for file in project.files if file.module == name), None)
