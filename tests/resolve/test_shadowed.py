"""Types that a class's own methods hide from its annotations are shown by another name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awaitify.resolve.environment import fallback_paths
from awaitify.resolve.shadowed import without_hidden

PYDANTIC = """
from __future__ import annotations


class BaseModel:
    def dump(self, memo: dict[int, int] | None = None) -> dict[str, int]:
        return {}

    def dict(self) -> typing.dict:
        def inner(x: dict) -> dict: ...

    class Inner:
        def plain(self) -> dict[str, int]: ...


class Other:
    def plain(self) -> dict[str, int]: ...
"""
FUNCTIONS = """
from __future__ import annotations


class _FunctionGenerator:
    if True:

        @property
        def count(self) -> type[count]: ...


class count:
    def over(self) -> count: ...


func = _FunctionGenerator()
"""
MAIN = """
from pydantic.main import BaseModel
from sqlalchemy.sql.functions import func

BaseModel().dump().popitem()
func.count().over()
"""


def test_only_what_is_hidden_is_renamed() -> None:
    text = without_hidden(PYDANTIC.encode()).decode()
    assert "def dump(self, memo: _awaitify_dict[int, int] | None = None) -> _awaitify_dict[str, int]:" in text
    assert text.endswith("\n_awaitify_dict = dict\n") and text.count("_awaitify_dict") == 3
    eager = PYDANTIC.replace("from __future__ import annotations", "").encode()
    assert without_hidden(eager) == eager


def test_calls_of_such_results_resolve(project_at: Callable[..., Any], tmp_path: Path) -> None:
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    for name, text in {"pydantic/main.py": PYDANTIC, "sqlalchemy/sql/functions.py": FUNCTIONS}.items():
        (site / name).parent.mkdir(parents=True)
        (site / name).write_text(text)
        (site / name).with_name("__init__.py").touch()
    (site / "sqlalchemy" / "__init__.py").touch()
    (site / "sqlalchemy" / "orm.py").touch()
    shown = fallback_paths(tmp_path / "env")
    assert any((path / "sqlalchemy" / "orm.py").is_file() for path in shown)
    project = project_at(tmp_path / "env", tuple(shown))
    project.write({"main.py": MAIN})
    assert project.names("main.py", ".popitem", "popitem") == ["typing.MutableMapping.popitem"]
    assert project.names("main.py", ".over", "over") == ["sqlalchemy.sql.functions.count.over"]
    bare = project_at(tmp_path / "env", ())
    bare.write({"main.py": MAIN})
    assert bare.names("main.py", ".popitem", "popitem") == []


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "plain"])
def test_stubs_of_an_older_release_hide_nothing(project_at: Callable[..., Any], tmp_path: Path, hidden: bool) -> None:
    """A package with types of its own is shown before stubs that were made for what it was without them."""
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    functions = FUNCTIONS if hidden else FUNCTIONS.replace("type[count]", "type[_Count]") + "\n_Count = count\n"
    new, old = ("class Session:\n    def get(self) -> int: ...\n", "class Session: ...\n")
    files = {"sqlalchemy/sql/functions.py": functions, "sqlalchemy/orm.py": new, "sqlalchemy/py.typed": ""}
    files |= {"sqlalchemy-stubs/orm.pyi": old, "sqlalchemy/__init__.py": "", "sqlalchemy/sql/__init__.py": ""}
    files |= {"sqlalchemy-stubs/__init__.pyi": ""}
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    project = project_at(tmp_path / "env", tuple(fallback_paths(tmp_path / "env")))
    project.write({"main.py": "from sqlalchemy.orm import Session\n\nSession().get()\n"})
    assert project.names("main.py", ".get", "get") == ["sqlalchemy.orm.Session.get"]
