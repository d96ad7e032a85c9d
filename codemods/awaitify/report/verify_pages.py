"""What verify found, as Markdown and as one self-contained HTML page."""

from __future__ import annotations

from awaitify_templates.environment import render

from awaitify.report.load_chart import groups
from awaitify.report.pages import add_filters
from awaitify.report.verify_summary import headline
from awaitify.verify_model import Verification


def markdown(result: Verification) -> str:
    """For a pull request's description."""
    add_filters()
    return render("verify.md.j2", result=result, headline=headline(result))


def html(result: Verification) -> str:
    """One page; it loads nothing from elsewhere."""
    add_filters()
    bars, height = groups(result.load)
    return render("verify.html.j2", result=result, headline=headline(result), groups=bars, height=height)
