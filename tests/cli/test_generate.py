"""`awaitify generate`: to stdout or to a file, never over one."""

from __future__ import annotations

from pathlib import Path

from awaitify.cli.app import app
from typer.testing import CliRunner

RUN = CliRunner()


def test_text_goes_to_stdout() -> None:
    done = RUN.invoke(app, ["generate", "timing-middleware"])
    assert done.exit_code == 0
    assert "class TimingMiddleware:" in done.stdout


def test_a_wrapper_is_written_and_says_what_it_left(tmp_path: Path) -> None:
    (tmp_path / "sdk.py").write_text(
        "class Client:\n    def get(self): return 1\n    @property\n    def state(self): return 2\n"
    )
    file = tmp_path / "made" / "sdk_async.py"
    done = RUN.invoke(app, ["generate", "wrapper", "sdk:Client", str(tmp_path), "--output", str(file)])
    assert done.exit_code == 0
    assert "class AsyncClient:" in file.read_text()
    assert "state" in done.stderr and str(file) in done.stderr


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "start_production.sh").write_text("mine")
    done = RUN.invoke(app, ["generate", "start-scripts", "--app", "main:app", "--output", str(tmp_path)])
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert (tmp_path / "start_production.sh").read_text() == "mine"
    assert not (tmp_path / "start_development.sh").exists()
