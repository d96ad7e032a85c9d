"""The analysis as a linter: reads a project, resolves what the event loop may reach, and collects the findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from awaitify.analysis.calls import Resolution, resolve_project
from awaitify.analysis.effect_finding import find_effects
from awaitify.analysis.entries.finding import find_entries
from awaitify.analysis.implicit import link_overrides
from awaitify.analysis.knowledge.library_facts import Knowledge, packaged_rules
from awaitify.analysis.knowledge.stubs import library_stubs
from awaitify.checking.blocking import Blocking
from awaitify.checking.forgotten import forgotten
from awaitify.checking.lazy import findings as lazy_findings
from awaitify.checking.lazy import lazy_reads
from awaitify.checking.logs import waiting_handlers
from awaitify.checking.loop import Loop
from awaitify.checking.scope import loop_scope
from awaitify.checking.suppressions import Suppressions
from awaitify.config import Settings
from awaitify.errors import AwaitifyError
from awaitify.findings import Finding
from awaitify.project.index import build_index
from awaitify.project.sources import Source
from awaitify.resolve.environment import fallback_paths, find_python
from awaitify.resolve.ty_server import TyServer


def check_project(root: Path, settings: Settings, progress: Callable[[str], None]) -> list[Finding]:
    """Everything found in the project, in the order of places. Raises AwaitifyError (wrong use)."""
    root = root.resolve()
    progress("reading the project")
    project = build_index(root, settings.exclude, _is_of_use)
    if not project.files:
        raise AwaitifyError(f"{root}: no Python files here; give the folder of a Python project")
    python = find_python(root, settings.python)
    # Libraries are judged by rules alone: what their source merely might do is no finding.
    knowledge = Knowledge([*packaged_rules(), *map(Path, settings.rules)], [])
    stubs = [*library_stubs(project, knowledge.libraries()), *fallback_paths(python)]
    with TyServer(root, project.roots, python, stubs) as oracle:
        progress("resolving calls")
        resolution = resolve_project(project, oracle, loop_scope(project, settings.tests))
        progress("following the event loop")
        return _findings(resolution, settings, knowledge)


def _is_of_use(source: Source) -> bool:
    """Whether a file can matter: nothing imports a test module, so one without async code reaches no event loop."""
    name = source.path.name
    return not (name.startswith("test_") or name.endswith("_test.py")) or b"async" in source.text


def _findings(resolution: Resolution, settings: Settings, knowledge: Knowledge) -> list[Finding]:
    link_overrides(resolution)
    entries = find_entries(resolution)
    effects = find_effects(resolution, knowledge, judges_unknown=False)
    loop = Loop(effects, entries)
    blocking = Blocking(loop)
    lazy = lazy_reads(loop, blocking.reached())
    blocking.add(lazy)
    comments = Suppressions(resolution.project, settings.tests)
    cut = comments.cut(blocking)
    blocking.trace(cut)
    found = [
        *blocking.findings(cut),
        *comments.kept([*forgotten(loop), *lazy_findings(loop, lazy), *waiting_handlers(loop)]),
    ]
    found += comments.stale()
    return sorted(set(found), key=lambda item: (item.file, item.line, item.column, item.rule, item.message))
