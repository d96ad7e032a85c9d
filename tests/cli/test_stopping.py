"""A run that is stopped from outside leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..pipeline_tools import write_service  # noqa: TID252


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal")
def test_a_stopped_run_removes_its_temporary_folders(tmp_path: Path) -> None:
    root, temporary = write_service(tmp_path / "service", {}), tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "awaitify", "plan", str(root)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list(temporary.glob("awaitify-*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(temporary.glob("awaitify-*"))
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors.strip().splitlines()[-1].startswith("awaitify: ")) == (130, True), errors
    assert not list(temporary.glob("awaitify-*"))
