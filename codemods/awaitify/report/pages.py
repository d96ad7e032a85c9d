"""The report as Markdown and as one self-contained HTML page."""

from __future__ import annotations

from typing import Any

from awaitify_templates.environment import environment, render

from awaitify.report import view
from awaitify.report.diff import FileDiff, Hunk
from awaitify.report.view import Note, Outcome

OPEN_FILES = 30
KINDS = {"+": "plus", "-": "minus", "\\": "head"}
MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\|*_<>[]`#"})


def markdown(result: Outcome) -> str:
    """The report for a pull request's description."""
    add_filters()
    return render("report.md.j2", files=list(view.files(result)), **_common(result))


def html(result: Outcome) -> str:
    """One page with the diff and the reasons beside it; it loads nothing from elsewhere."""
    add_filters()
    files = [(diff, _beside(diff, notes)) for diff, notes in view.files(result)]
    return render("report.html.j2", files=files, routes=result.plan.routes, open_files=OPEN_FILES, **_common(result))


def _common(result: Outcome) -> dict[str, Any]:
    plan = result.plan
    return {
        "headline": view.headline(result),
        "rows": view.routers(plan),
        "left": view.left(plan),
        "warnings": plan.warnings,
        "calls": view.calls(plan),
        "tests_changed": plan.tests_changed,
    }


def _beside(diff: FileDiff, notes: tuple[Note, ...]) -> list[tuple[Hunk | None, list[Note]]]:
    """Each hunk with the remarks on its lines; those on other lines come last, beside nothing."""
    blocks: list[tuple[Hunk | None, list[Note]]] = []
    rest = list(notes)
    for hunk in diff.hunks:
        mine = [note for note in rest if hunk.start <= note.line < hunk.start + max(hunk.count, 1)]
        rest = [note for note in rest if note not in mine]
        blocks.append((hunk, mine))
    return [*blocks, (None, rest)] if rest else blocks


def add_filters() -> None:
    """Makes the filters of the templates known."""
    environment().filters.update(cell=_cell, code=_code, label=view.label, place=view.place, kind=_kind)


def _kind(line: str) -> str:
    return KINDS.get(line[:1], "same")


def _cell(text: str) -> str:
    """Text that Markdown leaves alone, in one line."""
    return " ".join(text.split()).translate(MARKDOWN)


def _code(text: str) -> str:
    """Text as inline code, whatever backticks it has."""
    text = " ".join(text.split())
    return f"`` {text} ``" if "`" in text else f"`{text}`"
