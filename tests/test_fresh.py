"""A forked process is as fresh as a started one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .fresh import run_fresh

CODE = """
import asyncio, atexit, os, sys, threading
import service

atexit.register(lambda: print("left"))
print(service.NAME, sys.argv[1:], os.environ["KIND"], asyncio.run(asyncio.sleep(0, "run")), __name__)
threading.Thread(target=lambda: print("waited for")).start()
if sys.argv[1] == "fails":
    raise ValueError("no")
sys.exit(3 if sys.argv[1] == "exits" else 0)
"""


@pytest.mark.parametrize("argument", ["ends", "exits", "fails"])
def test_it_does_what_a_started_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    monkeypatch.setenv("KIND", argument)
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "service.py").write_text(f"NAME = {number}\n")
        command = [sys.executable, "-c", CODE, argument]
        started = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        forked = run_fresh(CODE, [argument], folder)
        assert sorted(forked.stdout.splitlines()) == sorted(started.stdout.splitlines())
        assert forked.returncode == started.returncode == {"ends": 0, "exits": 3, "fails": 1}[argument]
        assert ("ValueError: no" in forked.stderr) == ("ValueError: no" in started.stderr) == (argument == "fails")


def test_it_ends_in_time(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_fresh("import time; time.sleep(60)", [], tmp_path, timeout=0.2)
    assert run_fresh("print(1)", [], tmp_path).stdout == "1\n"
