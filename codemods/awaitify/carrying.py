"""Carries out a plan: the bytes that it makes of the files. Nothing is written here."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from awaitify.errors import RefusedError
from awaitify.formatting import BlackSettings, black_settings, format_touched, with_length
from awaitify.plan_model import FilePlan, ProjectPlan
from awaitify.project.sources import Source, Unreadable, encode, read
from awaitify.rewrite import RewriteError, rewrite

EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """A plan and what it makes of the files: path relative to the root -> whole bytes; after: changed and new files."""

    plan: ProjectPlan
    before: dict[str, bytes]
    after: dict[str, bytes]


def canonical(result: Result) -> dict[str, bytes]:
    """The changed Python files as UTF-8 without a byte order mark."""
    changed = (name for name in result.after if name.endswith(".py"))
    return {name: result.after[name].removeprefix(b"\xef\xbb\xbf") for name in changed}


def apply_plan(root: Path, plan: ProjectPlan) -> Result:
    """Carries out a saved plan. Raises RefusedError when a file has changed since."""
    return carry_out(root.resolve(), plan)


@dataclass(eq=False)
class Rewritten:
    """What edits made of files, kept from one attempt at a plan to the next: they plan most files alike."""

    _texts: dict[str, tuple[tuple[FilePlan, BlackSettings], bytes]] = field(default_factory=dict)

    def text(self, item: FilePlan, source: bytes, style: BlackSettings) -> bytes:
        """The source with its edits, laid out. Raises RewriteError."""
        known = self._texts.get(item.path)
        if known is None or known[0] != (item, style):
            text = format_touched(source, _rewritten(item, source), style)
            known = self._texts[item.path] = ((item, style), text)
        return known[1]


def _rewritten(item: FilePlan, source: bytes) -> bytes:
    try:
        return rewrite(source, item.edits, item.path)
    except RewriteError as error:
        raise RewriteError(item.path, error.edit, f"{error.reason}; nothing was changed") from error


def carry_out(root: Path, plan: ProjectPlan, rewritten: Rewritten | None = None) -> Result:
    """Rewrites and formats the planned files in memory. rewritten: of earlier attempts at the same project."""
    rewritten = rewritten or Rewritten()
    sources = [_planned_source(root, item.path, item.sha256) for item in plan.files]
    style = with_length(black_settings(root), [source.text for source in sources])
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for item, source in zip(plan.files, sources, strict=True):
        text = rewritten.text(item, source.text, style)
        if text != source.text:
            before[item.path], after[item.path] = source.raw, encode(source, text)
    for item in plan.texts:
        path, there = root / item.path, b""
        if item.sha256:
            there = before[item.path] = path.read_bytes() if path.is_file() else b""
        if os.path.lexists(path) != bool(item.sha256) or hashlib.sha256(there).hexdigest() != (item.sha256 or EMPTY):
            raise RefusedError(f"{item.path} has changed since the plan was made; make the plan again")
        try:
            after[item.path] = item.text.encode(item.encoding)
        except (LookupError, ValueError) as error:
            raise RefusedError(f"{item.path} cannot be written in {item.encoding}; make the plan again") from error
    return Result(plan, before, after)


def _planned_source(root: Path, relative: str, sha256: str) -> Source:
    source = read(root / relative, root, "")
    if isinstance(source, Unreadable) or source.sha256 != sha256:
        raise RefusedError(f"{relative} has changed since the plan was made; make the plan again")
    return source
