"""Whatever the gate finds takes something out of the plan: a finding never gets lost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from awaitify.gate.model import Finding
from awaitify.gate.types_net import new_async_diagnostics
from awaitify.gating import Gates
from awaitify.project.index import build_index
from awaitify.resolve.model import Diagnostic

TEXT = """
class Service:
    def load(self) -> int:
        return 1


def route() -> int:
    return Service().load()
"""


@pytest.mark.parametrize(
    ("name", "line", "message", "blamed"),
    [
        pytest.param("app.py", 4, "load() is not awaited", {"app.Service.load"}, id="by-place"),
        pytest.param("test_app.py", 1, "load() is not awaited", {"app.Service.load"}, id="by-name"),
        pytest.param("app.py", 1, "something else", {"app.Service.load", "app.route"}, id="by-file"),
        pytest.param("test_app.py", 1, "something else", {"app.Service.load", "app.route"}, id="all"),
    ],
)
def test_a_finding_is_blamed_on_someone(tmp_path: Path, name: str, line: int, message: str, blamed: set[str]) -> None:
    (tmp_path / "app.py").write_text(TEXT)
    (tmp_path / "test_app.py").write_text("import app\n")
    project = build_index(tmp_path)
    gates = Gates(cast(Any, SimpleNamespace(project=project)), cast(Any, None), cast(Any, None))
    asyncs = {project.functions["app.Service.load"], project.functions["app.route"]}
    finding = Finding(str(tmp_path / name), line, "not-awaited", message)
    found = gates._blame([finding], asyncs, {})
    assert {function.id for function in found} == blamed
    assert {reason.file for reasons in found.values() for reason in reasons} == {name}


def test_a_deprecation_is_no_reason_to_refuse(tmp_path: Path) -> None:
    advice = Diagnostic(tmp_path / "app.py", 3, "deprecated", "Use -> AsyncGenerator[Foo] instead.")
    assert new_async_diagnostics([], [advice]) == []
