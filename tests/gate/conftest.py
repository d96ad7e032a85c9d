"""One real checker for the tests of the gate."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from awaitify.gate.awaits import AsyncNames, check_awaits
from awaitify.gate.model import Finding
from awaitify.resolve.ty_server import TyServer

Check = Callable[..., list[Finding]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """check(name=source, ...): writes the modules and gives the findings of the await check."""

    def run(**modules: str) -> list[Finding]:
        root = tmp_path.resolve()
        files = {root / f"{name}.py": text.encode() for name, text in modules.items()}
        for path, text in files.items():
            path.write_bytes(text)
        with TyServer(root, [root], Path(sys.prefix)) as oracle:
            return check_awaits(files, oracle, AsyncNames(frozenset()), lambda name: False)

    return run
