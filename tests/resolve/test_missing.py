"""What a service imports and its environment lacks is said, where calls are unknown for it."""

from __future__ import annotations

import sys
from pathlib import Path

from awaitify.config import Settings
from awaitify.pipeline import plan_project

from ..pipeline_tools import app, write_service  # noqa: TID252

BODY = """
@app.get("/sent")
def sent():
    return parcel_sdk.send("parcel")


@app.get("/plain")
def plain():
    return {"sorted": sorted([2, 1])}
"""


def planned(root: Path, imports: str, python: Path | None) -> list[tuple[str, str, int]]:
    files: dict[str, str | bytes] = {**app(BODY, imports), "app/tools.py": "import unused_sdk\n"}
    plan = plan_project(write_service(root, files, basic=False), Settings(python=python)).plan
    return [(item.message, item.file, item.line) for item in plan.warnings if item.rule == "missing-package"]


def test_without_an_environment(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    ((message, file, line),) = planned(tmp_path, "import parcel_sdk", None)
    assert message.startswith("no environment of the service was found, so calls of parcel_sdk are unknown")
    assert (tmp_path / file).read_text().splitlines()[line - 1] == "import parcel_sdk"


def test_in_an_environment_that_lacks_a_package(tmp_path: Path) -> None:
    ((message, _, _),) = planned(tmp_path, "import parcel_sdk", Path(sys.prefix))
    assert message.startswith("calls of parcel_sdk are unknown: not installed")
    assert "--python" in message


def test_what_an_editable_install_links_is_there(tmp_path: Path) -> None:
    linked = tmp_path / "elsewhere"
    linked.mkdir()
    (linked / "parcel_sdk.py").write_text("def send(what): ...\n")
    packages = tmp_path / "env/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    (packages / "linked.pth").write_text(f"{linked}\n")
    assert planned(tmp_path / "service", "import parcel_sdk", tmp_path / "env") == []
