"""Markdown and HTML: everything is told, everything is escaped, nothing comes from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from awaitify.plan_model import ProjectPlan, RouteOutcome
from awaitify.report.pages import html, markdown

VOID = {"meta", "br"}


class Strict(HTMLParser):
    """Checks that tags nest, and keeps the text and the attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: str) -> Strict:
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def empty(outcome: Any, plan: ProjectPlan | None = None) -> Any:
    return type(outcome)(plan or ProjectPlan(), {}, {})


def test_html_tells_the_routes_the_reasons_and_the_diff(outcome: Any) -> None:
    text = parsed(html(outcome)).text
    for part in (
        "1 of 4 routes async before, 2 after; 1 no longer blocks the loop; 2 left as they are; 3 files change.",
        "through old > <b>magic</b>",
        "+async def read_user(user_id: int, db=Depends(get_async_db)):",
        "\\ No newline at end of file",
        "does not parse and is taken as unknown",
    ):
        assert part in text


def test_html_puts_each_reason_beside_its_hunk(outcome: Any) -> None:
    page = html(outcome)
    users = page[page.index("<code>app/users.py</code> <span") :]
    hunk = users[: users.index("</aside>")]
    assert "<b>line 9</b> AsyncSession.get is awaited" in hunk
    assert "<b>line 8</b> a route over an async session" in hunk


def test_html_loads_nothing_and_runs_nothing(outcome: Any) -> None:
    page = html(outcome)
    assert not re.search(r"<script|<link|<img|@import|url\(|https?:", page)
    names = {name for name, _ in parsed(page).attributes}
    assert not names & {"src", "onclick", "style"}
    assert all(value and value.startswith("#") for name, value in parsed(page).attributes if name == "href")


def test_html_serves_dark_and_narrow_windows(outcome: Any) -> None:
    page = html(outcome)
    assert "prefers-color-scheme: dark" in page
    assert "@media (max-width" in page
    assert 'name="viewport"' in page


def test_html_escapes_names_and_code(outcome: Any) -> None:
    evil = RouteOutcome("GET", "/<script>", "f&g", "<i>.py", 1, "<u>", "sync", "sync", "left")
    page = html(empty(outcome, ProjectPlan(routes=(evil,))))
    assert "<script>" not in page and "<u>" not in page and "<i>" not in page
    assert "GET /<script>" in parsed(page).text


def test_an_empty_plan_has_a_page(outcome: Any) -> None:
    assert "0 of 0 routes async before, 0 after; 0 files change." in parsed(html(empty(outcome))).text
    assert "No file changes." in markdown(empty(outcome))


def test_markdown_tells_the_same(outcome: Any) -> None:
    text = markdown(outcome)
    assert "| legacy | 2 | 0 | 0 | 2 |" in text
    assert "### unresolved-call (2 routes)" in text
    assert "- its session is shared with /old\\|er (`app/legacy.py:20`)\n  - holds `GET /older`\n" in text
    assert "  - holds `GET /old`, `GET /older`\n" in text
    assert "  - through `old > <b>magic</b>`" in text
    assert "| app/async\\_db.py (new) | 1 | 0 |" in text
    assert "Tests that change: `tests/test_users.py`." in text
    assert "\n\n\n" not in text


def test_markdown_tables_have_no_blank_line_inside(outcome: Any) -> None:
    lines = markdown(outcome).splitlines()
    rows = [index for index, line in enumerate(lines) if line.startswith("|")]
    starts = [index for index in rows if index - 1 not in rows]
    assert len(starts) == 3
    assert all(lines[index + 1].startswith("|---") for index in starts)


def test_equal_results_give_equal_pages(outcome: Any) -> None:
    assert html(outcome) == html(outcome)
    assert markdown(outcome) == markdown(outcome)
