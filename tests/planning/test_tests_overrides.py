"""The target's tests after conversion: they pass without an edit by hand, on async sessions of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import Result, plan_project

from ..fresh import run_suite  # noqa: TID252
from .tests_overrides_shapes import APP, COUPLED, FAKE, OWN, SHAPES, checks, conftest


def write(root: Path, files: dict[str, str]) -> None:
    """Writes files below root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))


def convert(root: Path) -> Result:
    """Plans and writes."""
    result = plan_project(root, Settings(python=Path(sys.executable)))
    for name, data in result.after.items():
        (root / name).write_bytes(data)
    return result


def run_tests(root: Path, folder: str = "tests") -> list[str]:
    """The outcomes of a project's tests as pytest lists them: `tests/own/test_items.py::test_x PASSED`."""
    done = run_suite(root, "-v", "--import-mode=importlib", folder)
    lines = [
        line.rpartition(" [")[0].strip()
        for line in done.stdout.splitlines()
        if line.startswith("tests/") and "::" in line
    ]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    return sorted(lines)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result, list[str], list[str]]:
    """All shapes in one project: its folder, the result, and its tests' outcomes before and after."""
    root = tmp_path_factory.mktemp("shapes")
    files = dict(APP)
    for shape in SHAPES:
        files |= {f"tests/{shape}/conftest.py": conftest(shape), f"tests/{shape}/test_items.py": checks(shape)}
    write(root, files)
    before = run_tests(root)
    result = convert(root)
    return root, result, before, run_tests(root)


def converted(root: Path, shape: str) -> str:
    """The conftest of a shape."""
    return (root / f"tests/{shape}/conftest.py").read_text()


@pytest.mark.parametrize("shape", SHAPES)
def test_tests_pass_as_before(project: tuple[Path, Result, list[str], list[str]], shape: str) -> None:
    _, _, before, after = project
    mine = [line for line in before if line.startswith(f"tests/{shape}/")]
    assert len(mine) == (3 if shape in OWN else 4)
    assert all(line.endswith(" PASSED") for line in mine)
    assert [line for line in after if line.startswith(f"tests/{shape}/")] == mine


@pytest.mark.parametrize("shape", SHAPES)
def test_only_the_key_of_the_twin_is_left(project: tuple[Path, Result, list[str], list[str]], shape: str) -> None:
    root, result, _, _ = project
    text = converted(root, shape)
    assert "get_db]" not in text.replace("get_async_db", "")
    assert "import Base, Item, get_async_db" in text
    assert f"tests/{shape}/conftest.py" in result.plan.tests_changed


@pytest.mark.parametrize("shape", SHAPES)
def test_assertions_stay(project: tuple[Path, Result, list[str], list[str]], shape: str) -> None:
    root, result, _, _ = project
    assert f"tests/{shape}/test_items.py" not in result.after
    assert (root / f"tests/{shape}/test_items.py").read_text() == checks(shape).lstrip("\n")


def test_the_database_in_memory_becomes_a_file(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    in_function, in_module = converted(root, "returned"), converted(root, "yielded")
    assert 'create_engine(f"sqlite:///{tempfile.mkdtemp()}/test.db"' in "".join(in_function.split())
    assert 'URL = f"sqlite:///{tempfile.mkdtemp()}/test.db"' in in_module and "create_engine(URL" in in_module
    assert "poolclass=StaticPool" in in_function and "poolclass=StaticPool" in in_module


def test_an_override_with_its_own_session_becomes_its_async_copy(
    project: tuple[Path, Result, list[str], list[str]],
) -> None:
    root, _, _, _ = project
    own, managed = converted(root, "own"), converted(root, "managed")
    assert "async def override_get_db():\n    db = AsyncTestingSession()" in own and "await db.close()" in own
    assert "async with AsyncSession(async_engine, expire_on_commit=False) as db:" in managed
    assert "async_session_of" not in own + managed


def test_an_override_that_is_used_otherwise_stays_beside_its_twin(
    project: tuple[Path, Result, list[str], list[str]],
) -> None:
    text = converted(project[0], "reused")
    assert "def override_get_db():\n    db = TestingSession()" in text
    assert "[get_async_db] = async_override_get_db" in text


def test_a_second_run_changes_nothing(project: tuple[Path, Result, list[str], list[str]]) -> None:
    again = plan_project(project[0], Settings(python=Path(sys.executable)))
    assert again.after == {} and again.plan.warnings == ()


def test_sync_routes_keep_their_key(tmp_path: Path) -> None:
    """A route that must stay sync keeps the override of the sync provider, beside that of the twin."""
    stays = (
        "\n\n@app.get('/raw')\ndef raw(db: Session = Depends(get_db)):\n"
        "    return str(db.query(Item).enable_eagerloads(False).whatever())\n"
    )
    files = {**APP, "app/main.py": APP["app/main.py"] + stays}
    for shape in ("returned", "update"):
        files |= {f"tests/{shape}/conftest.py": conftest(shape), f"tests/{shape}/test_items.py": checks(shape)}
    write(tmp_path, files)
    before = run_tests(tmp_path)
    result = convert(tmp_path)
    assert {item.path: item.after for item in result.plan.routes}["/raw"] == "sync"
    text = converted(tmp_path, "returned")
    assert "app.dependency_overrides[get_db] = override_get_db\n" in text
    assert "app.dependency_overrides[get_async_db] = async_override_get_db\n" in text
    assert "{get_db: override, get_async_db: async_override}" in converted(tmp_path, "update")
    assert run_tests(tmp_path) == before


def test_a_transaction_around_tests_becomes_a_restore_point(
    project: tuple[Path, Result, list[str], list[str]],
) -> None:
    text = converted(project[0], "savepoint")
    assert "    transaction = RestorePoint(connection)\n" in text and "nested = Savepoint()" in text
    assert text.count("class RestorePoint:") == 1 and "connection.begin()\n" not in text.partition("    close =")[2]
    text = converted(project[0], "left_open")
    assert "    transaction = RestorePoint(connection)\n" in text and "    transaction.close()\n" in text


def test_what_tests_hold_back(tmp_path: Path) -> None:
    """A transaction that has no exact other form: the routes stay sync, unless tests do not count."""
    write(tmp_path, {**APP, "tests/conftest.py": COUPLED})
    result = plan_project(tmp_path, Settings(python=Path(sys.executable)))
    assert {item.outcome for item in result.plan.routes} == {"left"} and result.after == {}
    reasons = {(reason.rule, reason.file) for route in result.plan.routes for reason in route.reasons}
    assert reasons == {("test-transaction", "tests/conftest.py")}
    alone = plan_project(tmp_path, Settings(python=Path(sys.executable), tests=False))
    assert {item.after for item in alone.plan.routes} == {"async"} and "tests/conftest.py" not in alone.after


def test_what_cannot_follow_is_told(tmp_path: Path) -> None:
    text = FAKE.replace("lambda: session", "make_override(session)").replace("MagicMock()", "object()")
    write(tmp_path, {**APP, "tests/conftest.py": text})
    result = convert(tmp_path)
    (warning,) = [item for item in result.plan.warnings if item.rule == "test-override"]
    assert "it is not known" in warning.message and warning.file == "tests/conftest.py" and warning.line > 1
    after = (tmp_path / "tests/conftest.py").read_text()
    assert "dependency_overrides[get_async_db]" in after, "a stale key would let tests reach the real database"
    assert "async_session_of" not in after


def test_files_of_one_package_share_the_helper(tmp_path: Path) -> None:
    files = {**APP, "tests/__init__.py": ""}
    for shape in ("returned", "factory"):
        text = conftest(shape)
        files |= {f"tests/{shape}/__init__.py": "", f"tests/{shape}/conftest.py": text}
        files[f"tests/{shape}/test_items.py"] = checks(shape)
    write(tmp_path, files)
    before = run_tests(tmp_path)
    result = convert(tmp_path)
    assert (tmp_path / "tests/async_sessions.py").read_text().count("async def async_session_of(") == 1
    for shape in ("returned", "factory"):
        text = converted(tmp_path, shape)
        assert "from tests.async_sessions import async_session_of" in text and "asynccontextmanager" not in text
    assert "tests/async_sessions.py" in result.plan.tests_changed
    assert run_tests(tmp_path) == before


@pytest.mark.parametrize("column", ["default=func.now()", 'server_default=sqlalchemy.text("CURRENT_TIMESTAMP")', ""])
def test_times_of_the_server_that_were_equal_are_told(tmp_path: Path, column: str) -> None:
    made = f"\n    made: Mapped[datetime] = mapped_column({column})\n" if column else "\n"
    head = "from datetime import datetime\n\nimport sqlalchemy\nfrom sqlalchemy import func\n"
    files = {
        name: text.replace("    name: Mapped[str]\n", f"    name: Mapped[str]{made}") for name, text in APP.items()
    }
    files = {name: head + text if made in text and column else text for name, text in files.items()}
    files |= {
        "tests/savepoint/conftest.py": conftest("savepoint"),
        "tests/savepoint/test_items.py": checks("savepoint"),
    }
    write(tmp_path, files)
    told = [item.rule for item in convert(tmp_path).plan.warnings]
    assert ("test-times" in told) == bool(column), told
