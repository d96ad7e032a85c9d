"""Settings: read from pyproject.toml, overridden by flags, and refused in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings, load_settings
from awaitify.errors import AwaitifyError


def project(root: Path, table: str) -> Path:
    (root / "pyproject.toml").write_text(f"[tool.awaitify]\n{table}\n", "utf-8")
    return root


def message(root: Path, **flags: object) -> str:
    with pytest.raises(AwaitifyError) as caught:
        load_settings(root, flags)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_project_without_pyproject_has_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.black]\n", "tool = 3\n"])
def test_a_pyproject_without_our_table_has_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert load_settings(tmp_path) == Settings()


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "python3").touch()
    (tmp_path / "sdk.toml").touch()
    table = """driver = "asyncpg"
bridge = "run_in_threadpool"
aws = "to_thread"
http = "httpx"
http-error-texts = "may-change"
exclude = ["legacy/", "*_old.py"]
keep-sync = ["app.jobs.run"]
rules = ["sdk.toml"]
async-get-db-name = "get_async_session"
async-engine-name = "engine_async"
async-session-name = "Sessions"
python = "python3"
only-bridges = "leave"
tests = false"""
    assert load_settings(project(tmp_path, table)) == Settings(
        driver="asyncpg",
        bridge="run_in_threadpool",
        aws="to_thread",
        http="httpx",
        http_error_texts="may-change",
        exclude=("legacy/", "*_old.py"),
        keep_sync=("app.jobs.run",),
        rules=(str(tmp_path / "sdk.toml"),),
        async_get_db_name="get_async_session",
        async_engine_name="engine_async",
        async_session_name="Sessions",
        python=tmp_path / "python3",
        only_bridges="leave",
        tests=False,
    )


def test_a_flag_wins_and_an_absent_flag_does_not(tmp_path: Path) -> None:
    root = project(tmp_path, 'driver = "asyncpg"\nexclude = ["a"]\nkeep-sync = ["b"]')
    settings = load_settings(root, {"driver": "aiosqlite", "exclude": ("c",), "keep_sync": None, "routers": ("users",)})
    assert (settings.driver, settings.exclude, settings.keep_sync) == ("aiosqlite", ("c",), ("b",))
    assert settings.routers == ("users",)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b'\xef\xbb\xbf[tool.awaitify]\ndriver = "asyncpg"\n')
    assert load_settings(tmp_path).driver == "asyncpg"


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ('drivr = "asyncpg"', ('unknown key "drivr"', 'did you mean "driver"?')),
        ("keep_sync = []", ('unknown key "keep_sync"', 'write it "keep-sync"')),
        ("qqq = 1", ('unknown key "qqq"', "known: driver, bridge")),
        ('routes = ["GET /"]', ('unknown key "routes"',)),
        ("driver = 3", ("driver: must be a text, not a number",)),
        ('driver = "asyncpq"', ('"asyncpq" is not one of', 'did you mean "asyncpg"?')),
        ('bridge = ""', ('bridge: "" is not one of to_thread, run_in_threadpool',)),
        ('exclude = "legacy"', ("exclude: must be a list of texts, not a text",)),
        ('rules = ["none.toml"]', ("rules:", "none.toml is not a file; give the TOML file")),
        ("rules = [1]", ("rules: must be a list of texts",)),
        ("tests = 1", ("tests: must be true or false, not a number",)),
        ('async-get-db-name = "get db"', ('"get db" cannot be the name of a function',)),
        ('async-get-db-name = "class"', ('"class" cannot be the name of a function',)),
        ('python = "nowhere/python"', ("python:", "nowhere/python does not exist")),
        ("driver = ", ("pyproject.toml: is not valid TOML",)),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, table: str, parts: tuple[str, ...]) -> None:
    text = message(project(tmp_path, table))
    assert all(part in text for part in parts), text
    assert "pyproject.toml" in text


def test_the_table_must_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nawaitify = true\n", "utf-8")
    assert "must be a table, not true or false" in message(tmp_path)


def test_a_wrong_flag_names_the_flag(tmp_path: Path) -> None:
    assert message(tmp_path, only_bridges="leav").startswith('--only-bridges: "leav" is not one of convert, leave')
    found = message(tmp_path, http_error_texts="change")
    assert found.startswith('--http-error-texts: "change" is not one of same, may-change')
    assert message(tmp_path, python=Path("/nowhere/python")).startswith("--python: /nowhere/python does not exist")


def test_a_relative_path_in_a_flag_is_meant_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, root = tmp_path / "here", tmp_path / "project"
    here.mkdir()
    root.mkdir()
    (here / "python").touch()
    (here / "sdk.toml").touch()
    monkeypatch.chdir(here)
    assert load_settings(root, {"python": Path("python")}).python == here / "python"
    assert load_settings(root, {"rules": ("sdk.toml",)}).rules == (str(here / "sdk.toml"),)
