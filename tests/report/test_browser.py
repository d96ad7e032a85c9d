"""The HTML page in a real browser: it fits small screens, its links lead somewhere, and it loads nothing.

Needs Chromium and its driver (Debian: chromium, chromium-driver); skipped where there are none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awaitify.report.pages import html

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Any, outcome: Any, tmp_path: Path) -> Any:
    (tmp_path / "report.html").write_text(html(outcome))
    browser.get((tmp_path / "report.html").as_uri())
    return browser


def test_no_error_and_nothing_loaded_from_elsewhere(page: Any) -> None:
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0


@pytest.mark.parametrize("width", [500, 1400])
def test_the_page_does_not_scroll_sideways(page: Any, width: int) -> None:
    page.set_window_size(width, 900)
    assert page.execute_script("return document.body.scrollWidth <= window.innerWidth")


def test_every_link_leads_to_a_section_that_is_shown(page: Any) -> None:
    links = page.execute_script("return [...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))")
    assert "#files" in links
    heights = [page.execute_script("return document.querySelector(arguments[0]).offsetHeight", link) for link in links]
    assert all(height > 0 for height in heights)


def test_the_routes_fold_out(page: Any) -> None:
    table = "document.querySelector('#routers details table')"
    assert page.execute_script(f"return {table}.checkVisibility()") is False
    page.execute_script("document.querySelector('#routers details summary').click()")
    assert page.execute_script(f"return {table}.checkVisibility()") is True


def test_text_of_the_target_is_never_markup(page: Any) -> None:
    assert page.execute_script("return document.querySelectorAll('#left b, #left magic').length") == 0
    assert "<b>magic</b>" in page.execute_script("return document.querySelector('#left').textContent")
