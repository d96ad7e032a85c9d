"""Holds the rewritten project against every gate, and says which functions must be taken out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.finding import Clients
from awaitify.analysis.facts import Facts
from awaitify.analysis.knowledge.library_facts import Knowledge
from awaitify.analysis.made_twins import original_of
from awaitify.analysis.sessions.calls import AWAITED, SESSION_CLASSES
from awaitify.gate.awaits import AsyncNames, check_awaits
from awaitify.gate.blocking import check_blocking
from awaitify.gate.compiles import check_compiles
from awaitify.gate.model import Finding, new_findings
from awaitify.gate.types_net import blank_suppressions, new_async_diagnostics
from awaitify.plan_model import Reason
from awaitify.planning.renaming import twin_name
from awaitify.project.index import File, Function, Project, parse
from awaitify.project.sources import Source
from awaitify.resolve.model import Diagnostic, VirtualFile

ASYNC_CLASSES = {
    "sqlalchemy.orm.session.Session": "sqlalchemy.ext.asyncio.session.AsyncSession",
    "sqlmodel.orm.session.Session": "sqlmodel.ext.asyncio.session.AsyncSession",
}
ASYNC_FACTORIES = {"sqlalchemy.orm.session.sessionmaker": "sqlalchemy.ext.asyncio.session.async_sessionmaker"}
ASYNC_OWNERS = (
    *ASYNC_CLASSES.values(),
    "sqlalchemy.ext.asyncio.engine.AsyncConnection",
    "sqlalchemy.ext.asyncio.engine.AsyncEngine",
)


def library_async(name: str) -> bool:
    """Whether a library's function gives something that must be awaited."""
    owner, _, method = name.rpartition(".")
    return (
        owner in ASYNC_OWNERS and method in {*AWAITED, "stream", "stream_scalars", "run_sync", "dispose", "invalidate"}
    ) or name == "asyncio.threads.to_thread"


@dataclass(eq=False)
class Gates:
    """The gates over one project; what was odd before the rewrite is computed once. kept_sync: the code of methods of
    sync sessions that a middleware keeps beside async ones."""

    resolution: Resolution
    knowledge: Knowledge
    clients: Clients
    kept_sync: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._before: list[Finding] | None = None
        self._diagnosed: list[Diagnostic] | None = None

    @property
    def project(self) -> Project:
        """The project before the rewrite."""
        return self.resolution.project

    def check(
        self, after: Mapping[str, bytes], asyncs: set[Function], carriers: Collection[Function] = (),
        shared: Collection[Function] = (),
    ) -> dict[Function, list[Reason]]:  # fmt: skip
        """Findings that the rewrite brought, by the function to take out. after: canonical texts of changed files;
        carriers: functions that stay sync and pass async sessions on; shared: those that take sessions of both
        kinds."""
        before = {file.source.relative: file.source.text for file in self.project.files}
        broken = check_compiles(after, before)
        if broken:
            return self._blame(broken, asyncs, after)
        originals = {file.path: self.resolution.facts.virtual(file) for file in self.project.files}
        retyped = {item.file for item in (*carriers, *shared)}
        changed = [file for file in self.project.files if file.source.relative in after or file in retyped]
        paths = [file.path for file in changed]
        self.resolution.oracle.open([_unsuppressed(originals[path]) for path in paths])
        old = self.resolution.oracle.diagnostics(paths)
        new = [name for name in after if self.project.root / name not in self.project.by_path]
        self.resolution.oracle.open(VirtualFile(self.project.root / name, after[name]) for name in new)
        kept = {item for file in changed for item in file.functions if file.is_test and item.is_async} - asyncs
        texts = {file: after.get(file.source.relative, file.source.text) for file in changed}
        rewritten = {file.path: self._virtual(file, text, carriers, kept, shared) for file, text in texts.items()}
        self.resolution.oracle.open([_unsuppressed(item) for item in rewritten.values()])
        try:
            made = {Path(name).stem for name in new}
            diagnosed = new_async_diagnostics(old, self.resolution.oracle.diagnostics(paths), made)
            found = self._findings({**originals, **rewritten})
        finally:
            self.resolution.oracle.open(originals[path] for path in paths)
        if found:
            if self._before is None:
                self._before = self._findings(originals)
            new = new_findings(self._before, found)
            found = [finding for finding in new if not self._is_out_of_reach(finding, asyncs, after)]
        found += diagnosed
        return self._blame(found, asyncs, after)

    def _is_out_of_reach(self, finding: Finding, asyncs: set[Function], after: Mapping[str, bytes]) -> bool:
        """An unknown receiver in unchanged code that nothing rewritten calls: no async session can have got there. Nor
        can one where a line of the tests stays: what their fixtures give stays sync."""
        files = self.project.files
        file = next((item for item in files if finding.path in (str(item.path), item.source.relative)), None)
        if finding.rule != "unknown-receiver" or file is None:
            return False
        if any(finding.message.startswith(f"{text} is not awaited") for text in self.kept_sync):
            return True
        if file.source.relative in after:
            lines = after[file.source.relative].splitlines()[finding.line - 1 : finding.line]
            return file.is_test and set(lines) <= set(file.source.text.splitlines())
        around = _around(file, None, finding.line)
        callers = self.resolution.callers
        functions = [function for function in file.functions if function.id in around]
        return not any(call.function in asyncs for function in functions for call in callers.get(function, ()))

    def _findings(self, files: dict[Path, VirtualFile]) -> list[Finding]:
        texts = {path: item.text for path, item in files.items()}
        # The tests may block their own loop: their sync fixtures and the app share a database.
        served = {path: text for path, text in texts.items() if not self.project.by_path[path].is_test}
        names = frozenset(
            function.id
            for path, text in texts.items()
            for function in self._parsed(path, text).functions
            if function.is_async
        )
        oracle = self.resolution.oracle
        return [
            *check_awaits(texts, oracle, AsyncNames(names), library_async, files),
            *check_blocking(served, oracle, self._is_blocking, files),
        ]

    def _parsed(self, path: Path, text: bytes) -> File:
        known = self.project.by_path[path]
        return known if known.source.text == text else parse(_with_text(known.source, text))

    def _is_blocking(self, name: str, receiver: str) -> bool:
        owner, _, method = name.rpartition(".")
        if owner in SESSION_CLASSES:
            return method in AWAITED
        fact = self.knowledge.fact(name, receiver=receiver)
        depends = fact.arguments or fact.unless  # on the arguments, which the analysis has seen
        return not depends and fact.kind in ("blocks", "cpu", "session", "connection")

    def _virtual(
        self, file: File, text: bytes, carriers: Collection[Function], kept: Collection[Function],
        shared: Collection[Function],
    ) -> VirtualFile:  # fmt: skip
        """The rewritten file with the facts of its functions, sessions made async where a function is. kept: tests and
        fixtures that were async over a sync session, and stay so."""
        known = self.resolution.facts
        parsed, facts = parse(_with_text(file.source, text)), Facts(kept=known.kept, forward=known.forward)
        by_id = {name: function for function in file.functions for name in (_twin_id(function), function.id)}
        for function in parsed.functions:
            original = by_id.get(function.id)
            if original is None:
                continue
            if original in known.undecided:
                facts.undecided.add(function)
            for param in function.params:
                fact = known.params.get((original, param.name))
                if original in shared and fact in ASYNC_CLASSES:
                    continue
                if fact and param.annotation is None:
                    is_copied = function.id != original.id and function.name == original.name
                    is_async = function.is_async or is_copied or original in carriers
                    gets_async = original in carriers or (is_async and original not in kept)
                    facts.params[function, param.name] = self._async_class(fact, gets_async)
            if (
                original in known.results
                and function.is_async == original.is_async
                and not function.node.child_by_field_name("return_type")
            ):
                facts.results[function] = self.clients.swapped().get(known.results[original], known.results[original])
        return facts.virtual(parsed)

    def _async_class(self, name: str, is_async: bool) -> str:
        """The class that a parameter has after the rewrite."""
        name = self.clients.swapped().get(name, name)
        return (ASYNC_CLASSES | ASYNC_FACTORIES).get(name, name) if is_async else name

    def _blame(
        self, findings: list[Finding], asyncs: set[Function], after: Mapping[str, bytes]
    ) -> dict[Function, list[Reason]]:
        """Every finding takes something out: what it stands in, else what it names, else all of it."""
        blamed: dict[Function, list[Reason]] = defaultdict(list)
        by_path = {str(file.path): file for file in self.project.files}
        by_path |= {file.source.relative: file for file in self.project.files}
        for finding in findings:
            file = by_path.get(finding.path)
            place = file.source.relative if file is not None else finding.path
            reason = Reason(f"gate-{finding.rule}", finding.message, place, finding.line)
            here = {function for function in asyncs if file is not None and function.file is file}
            around = _around(file, after.get(place), finding.line) if file is not None else set()
            words = set(re.findall(r"\w+", finding.message))
            candidates = (
                {function for function in here if around & {function.id, _twin_id(function)}},
                {function for function in asyncs if words & {function.name, twin_name(original_of(function))}},
                here,
                asyncs,
            )
            for function in next((found for found in candidates if found), ()):
                blamed[function].append(reason)
        return blamed


def _around(file: File, text: bytes | None, line: int) -> set[str]:
    """The ids of the functions around a line of a file's new text."""
    functions = parse(_with_text(file.source, text)).functions if text is not None else file.functions
    return {item.id for item in functions if item.outer.start_point[0] < line <= item.outer.end_point[0] + 1}


def _twin_id(function: Function) -> str:
    original = original_of(function)
    owner = original.id.removesuffix(original.name)
    if isinstance(original, Function) and original.cls is not None and original.cls.twin:
        owner = f"{original.file.module}.{original.cls.twin}."
    renamed = f"{owner}{twin_name(original)}"
    return renamed + function.id.removeprefix(original.id)


def _with_text(source: Source, text: bytes) -> Source:
    return Source(source.path, source.relative, source.module, text, text, "utf-8")


def _unsuppressed(item: VirtualFile) -> VirtualFile:
    return VirtualFile(item.path, blank_suppressions(item.text), item.insertions, item.appended)
