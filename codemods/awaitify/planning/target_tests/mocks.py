"""The module that gives mocks of sync sessions an async face, put beside the tests that need it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from awaitify_templates.environment import render
from awaitify_transforms.edits import InsertCode, LoadOptions
from tree_sitter import Node

from awaitify.analysis.target_tests.fixtures import handed_over
from awaitify.plan_model import Reason, TextPlan
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.names import SQLALCHEMY_ASYNC, SQLMODEL_ASYNC
from awaitify.planning.target_tests.replay import Replay
from awaitify.project.index import File, Function, owner_of

MODULE = "async_mocks"
SESSION = "async_mock"


@dataclass(eq=False)
class Mocks:
    """Notes what the tests use of the module. is_sqlmodel: whether the app's sessions are SQLModel's;
    has_sessions: whether the app is given mocks of sessions; called: what tests give them to themselves; copied: what
    an override becomes for the async twin of its key, by the node of its value."""

    functions: FunctionPlanner
    is_sqlmodel: bool = False
    uses: dict[File, set[str]] = field(default_factory=dict)
    has_sessions: bool = False
    called: dict[Function, set[Function]] = field(default_factory=dict)
    copied: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.project, self.draft = self.functions.colouring.resolution.project, self.functions.draft
        self.replay = Replay(self.functions)
        self.tracer = self.functions.colouring.tests.tracer

    def use(self, file: File, name: str) -> str:
        """A function of the module, for a file of the tests."""
        self.uses.setdefault(file, set()).add(name)
        return name

    def is_fake(self, file: File, value: Node) -> bool:
        """Whether what a patch puts in place of a factory is a mock, or gives one."""
        owner = owner_of(file, value)
        if value.type == "lambda":
            body = value.child_by_field_name("body")
            return body is not None and self.tracer.origin(file, body, owner).kind == "fake"
        targets = self.tracer.resolution.definition(file, value) if value.type == "identifier" else []
        functions = [self.tracer.resolution.function_of(target) for target in targets]
        given = [(item, node) for item in functions if item is not None for node in handed_over(item)]
        if given:
            return all(self.tracer.origin(item.file, node, item).kind == "fake" for item, node in given)
        return self.tracer.origin(file, value, owner).kind == "fake"

    def refused(self) -> dict[Function, Reason]:
        """The functions that must stay sync, since what they do with a session cannot be asked of a mock again; where a
        test calls them itself, that test."""
        has_sessions = self.has_sessions or self._has_faces()
        problems = self.replay.problems() if has_sessions or self.called else {}
        found = dict(problems) if has_sessions else {}
        for test, callees in self.called.items():
            reasons = (problems[item] for item in self._reached(callees) if item in problems)
            reason = next(reasons, None)
            if reason is not None:
                found[test] = reason
        return found

    def _has_faces(self) -> bool:
        """Whether tests give the app such mocks since an earlier step."""
        imports = (item for file in self.project.files if file.is_test for item in file.imports)
        return any(item.name == SESSION and item.module.rpartition(".")[2] == MODULE for item in imports)

    def _reached(self, functions: set[Function]) -> list[Function]:
        effects, found, todo = self.functions.colouring.effects, list[Function](), list(functions)
        while todo:
            function = todo.pop()
            if function not in found:
                found.append(function)
                todo += [callee for effect in effects.of(function) for callee in effect.callees]
        return sorted(found, key=lambda item: item.id)

    def place(self) -> tuple[TextPlan, ...]:
        """Plans the imports; returns the new modules."""
        if not self.uses:
            return ()
        folders: dict[Path, list[File]] = {}
        shared = self._shared()
        for file in self.uses:
            folders.setdefault(shared or file.path.parent, []).append(file)
        texts = []
        for folder, files in folders.items():
            for file in files:
                for name in sorted(self.uses[file]):
                    self.draft.add_import(file, self._module_of(folder), name)
            path = folder / f"{MODULE}.py"
            if path not in self.project.by_path:
                texts.append(TextPlan(path.relative_to(self.project.root).as_posix(), "", self._text()))
        return tuple(texts)

    def _shared(self) -> Path | None:
        """One folder for all files that use the module: a package, or that of a conftest, which pytest puts on the path
        (of a package, the folder above it)."""
        folder = Path(os.path.commonpath([file.path.parent for file in self.uses]))
        parents = {parent for file in self.uses for parent in file.path.parents if folder in (parent, *parent.parents)}
        known = self.project.by_path
        if all(parent / "__init__.py" in known for parent in parents):
            return folder
        above = (item for item in (folder, *folder.parents) if self.project.root in (item, *item.parents))
        return next((item for item in above if item / "conftest.py" in known), None)

    def _module_of(self, folder: Path) -> str:
        """As pytest names it: from the first folder above that is no package, or from a source root further up."""
        package = self.project.by_path.get(folder / "__init__.py")
        names: list[str] = []
        for parent in (folder, *folder.parents):
            if parent / "__init__.py" not in self.project.by_path:
                break
            names.insert(0, parent.name)
        by_root = package.module.split(".") if package is not None and package.module != "__init__" else []
        return ".".join([*max(by_root, names, key=len), MODULE])

    def _text(self) -> str:
        edits = self.replay.cures()
        inserted = [edit.code for edit in edits if isinstance(edit, InsertCode)]
        sessions = self.has_sessions or bool(self.called)
        text = render(
            f"{MODULE}.py.j2",
            session_module=SQLMODEL_ASYNC if self.is_sqlmodel else SQLALCHEMY_ASYNC,
            sessions=sessions,
            queries=sessions and self.replay.has_queries,
            gets=sessions and self.replay.has_gets,
            natives=sorted(self.replay.natives) if sessions else [],
            names=set[str]().union(*self.uses.values()),
            loads=any(isinstance(edit, LoadOptions) for edit in edits),
            refreshes=any(".refresh(" in code and "attribute_names" in code for code in inserted),
        )
        return text.rstrip() + "\n"
