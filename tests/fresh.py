"""Code in a process of its own that has the usual packages imported already: it is forked from one that has.

A start of the interpreter would import FastAPI and SQLAlchemy each time, which takes longer than most services run.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer

SERVER = """
import atexit, importlib, json, os, sys, threading, traceback

for name in (
    "aiosqlite", "fastapi.testclient", "httpx", "pydantic", "pytest", "sqlalchemy.orm", "sqlalchemy.ext.asyncio"
):
    importlib.import_module(name)


def run(job):
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    for number, name in enumerate((os.devnull, job["out"], job["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["-c", *job["arguments"]]
    status = 0
    try:
        exec(compile(job["code"], "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # as the interpreter itself ends: what a service left running is waited for
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


for line in sys.stdin:
    child = os.fork()
    if not child:
        run(json.loads(line))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

SUITE = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
#: Plugins that no suite here uses, and whose import takes longer than most suites run.
UNUSED = ("faker", "hypothesispytest", "langsmith_plugin", "schemathesis", "xdist", "xdist.looponfail")
LIGHT = {"PYTEST_ADDOPTS": " ".join(f"-p no:{name}" for name in UNUSED)}
#: Of plugins that the process has imported before.
REWRITTEN = "pytest.PytestAssertRewriteWarning"


class _Server:
    """The process that forks the others."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", SERVER]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)

    def run(self, job: dict[str, object], timeout: float) -> int:
        """The exit status of a job. Raises TimeoutExpired."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        limit = Timer(timeout, os.kill, (int(self.process.stdout.readline()), signal.SIGKILL))
        limit.start()
        status = int(self.process.stdout.readline())
        limit.cancel()
        if status == -signal.SIGKILL:
            raise subprocess.TimeoutExpired("a fresh process", timeout)
        return status


_servers: list[_Server] = []


def run_fresh(
    code: str, arguments: Sequence[str], cwd: Path, timeout: float = 60, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `python -c CODE ARGUMENTS...` in a folder gives, with these variables more."""
    if not _servers:
        _servers.append(_Server())
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        variables = {**os.environ, **(environment or {})}
        job = {"code": code, "arguments": [*arguments], "cwd": str(cwd), "environment": variables}
        status = _servers[0].run({**job, "out": str(out), "err": str(err)}, timeout)
        return subprocess.CompletedProcess([*arguments], status, out.read_text(), err.read_text())


def run_suite(
    root: Path, *arguments: str, timeout: float = 120, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `python -m pytest ARGUMENTS...` in a folder gives."""
    given = ["-p", "no:cacheprovider", "-p", "no:randomly", "-W", f"ignore::{REWRITTEN}", *arguments]
    return run_fresh(SUITE, given, root, timeout, {**LIGHT, **(environment or {})})
