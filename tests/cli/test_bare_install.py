"""awaitify runs with what its own requirements install: without greenlet, drivers and the libraries that tests need."""

from __future__ import annotations

import subprocess
import sys

ABSENT = ("greenlet", "aiosqlite", "psycopg", "httpx", "boto3", "requests", "pytest")
CODE = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))
from importlib import import_module
import_module("awaitify.__main__")
import_module("awaitify.pipeline")
import_module("awaitify.checking.checker")
"""


def test_plan_needs_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
