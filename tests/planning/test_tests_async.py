"""Tests that call what becomes async: they follow, pass as before, and spare the app its twins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import Result, plan_project

from ..equivalence.postgres import server  # noqa: TID252
from .test_tests_overrides import convert, run_tests, write
from .tests_async_shapes import FILES, MOVING


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result, list[str], list[str]]:
    """The converted service, the result, and its tests' outcomes before and after."""
    root = tmp_path_factory.mktemp("direct")
    write(root, FILES)
    before = run_tests(root)
    result = convert(root)
    return root, result, before, run_tests(root)


def planned(root: Path, files: dict[str, str], **settings: object) -> dict[str, str]:
    """The texts that a conversion changes."""
    write(root, {**FILES, **files})
    result = plan_project(root, Settings(python=Path(sys.executable), **settings))  # type: ignore[arg-type]
    return {name: data.decode() for name, data in result.after.items()}


def test_tests_pass_as_before(project: tuple[Path, Result, list[str], list[str]]) -> None:
    _, result, before, after = project
    assert len(before) == 16
    assert all(line.endswith(" PASSED") for line in before)
    assert after == before
    assert {item.after for item in result.plan.routes} == {"async"}


def test_annotated_fixtures_bring_their_types(tmp_path: Path) -> None:
    head, body = "from collections.abc import Iterator\n", "\ndef db() -> Iterator[Session]:"
    texts = planned(tmp_path, {"tests/conftest.py": head + FILES["tests/conftest.py"].replace("\ndef db():", body)})
    text = texts["tests/conftest.py"]
    assert "async def async_db(db: Session) -> AsyncGenerator[AsyncSession, None]:" in text
    assert "from collections.abc import AsyncGenerator, Iterator\n" in text
    assert "from sqlalchemy.ext.asyncio import AsyncSession\n" in text
    assert "tests/async_sessions.py" in texts


def test_functions_become_async_in_place(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    text = (root / "app/crud.py").read_text()
    assert "async def add_pet(db: AsyncSession" in text
    assert "async def named(self" in text
    twins = [line for line in text.splitlines() if "_async(" in line]
    assert [line.partition("(")[0] for line in twins] == ["async def add_user_async", "async def count_async"]


def test_only_what_calls_them_changes(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, result, _, _ = project
    changed = {"tests/conftest.py", "tests/test_moving.py"}
    changed |= {"tests/rolled_back/conftest.py", "tests/rolled_back/test_isolated.py", "tests/async_sessions.py"}
    assert set(result.plan.tests_changed) == changed
    text = (root / "tests/test_moving.py").read_text()
    assert "def test_nothing_to_wait_for():\n    assert User" in text
    assert text.count("@pytest.mark.anyio\n") == text.count("async def test_") == 7
    assert 'await async_db.refresh(pet, ["owner"])\n    assert pet.owner.name == "ann"' in text


def test_assertions_stay(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    text = (root / "tests/test_moving.py").read_text()
    assert text.count("assert ") == MOVING.count("assert ")
    assert "async with pytest.raises" not in text
    assert 'with pytest.raises(Exception, match="UNIQUE"):\n        await crud.' in text


def test_a_fixture_that_both_use_has_both_forms(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    text = (root / "tests/conftest.py").read_text()
    assert "def ann(db):\n    return make(db)" in text
    assert "async def async_ann(async_db):\n    return await make_async(async_db)" in text
    assert "def repository(async_db):\n    return crud.Pets(async_db)" in text
    assert 'scope="session")\ndef anyio_backend():\n    return "asyncio"' in text


def test_a_transaction_becomes_a_restore_point(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    text = (root / "tests/rolled_back/conftest.py").read_text()
    assert "transaction = RestorePoint(connection)" in text
    assert 'DEFAULT_URL = f"sqlite:///{tempfile.mkdtemp()}/test.db"' in text
    assert "async def test_flushed_only(async_db):" in (root / "tests/rolled_back/test_isolated.py").read_text()


def test_the_same_on_postgresql(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    with server() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_DATABASE", url)
        found = run_tests(root, "tests/rolled_back")
    assert len(found) == 4
    assert all(line.endswith(" PASSED") for line in found)


def test_a_second_run_changes_nothing(project: tuple[Path, Result, list[str], list[str]]) -> None:
    root, _, _, _ = project
    assert plan_project(root, Settings(python=Path(sys.executable))).after == {}


def test_pytest_asyncio_is_kept(tmp_path: Path) -> None:
    marked = "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_own():\n    assert True\n"
    texts = planned(tmp_path, {"tests/test_own.py": marked})
    assert "@pytest.mark.asyncio\nasync def test_fixture" in texts["tests/test_moving.py"]
    assert "@pytest_asyncio.fixture\nasync def async_db(db):" in texts["tests/conftest.py"]
    assert "anyio" not in "".join(texts.values())


def test_automatic_mode_needs_no_marks(tmp_path: Path) -> None:
    texts = planned(tmp_path, {"pytest.ini": "[pytest]\nasyncio_mode = auto\n"})
    assert "async def test_fixture" in texts["tests/test_moving.py"]
    assert "mark.asyncio" not in texts["tests/test_moving.py"]
    assert "@pytest.fixture\nasync def async_db(db):" in texts["tests/conftest.py"]


def test_tests_stay_when_they_are_told_to(tmp_path: Path) -> None:
    texts = planned(tmp_path, {}, tests=False)
    assert not any(name.startswith("tests/") for name in texts)


def test_a_session_that_goes_elsewhere_keeps_its_test(tmp_path: Path) -> None:
    elsewhere = "from app import crud\n\n\ndef test_kept(db):\n    keep = [db]\n    assert crud.pets(keep[0]) == []\n"
    texts = planned(tmp_path, {"tests/test_elsewhere.py": elsewhere})
    assert "tests/test_elsewhere.py" not in texts
    assert "async def test_fixture" in texts["tests/test_moving.py"]
    assert "async def pets_async(" in texts["app/crud.py"]


CALLED = """
import pytest
from app import crud
from app.database import Base

from tests.conftest import Factory, engine


def opened():
    Base.metadata.create_all(engine)
    session = Factory()
    yield session
    session.close()
    Base.metadata.drop_all(engine)


own = pytest.fixture(opened)
wide = pytest.fixture(scope="module")(opened)


def test_called(own):
    user = crud.add_user(own, "bob")
    assert crud.find_user(own, user.name) is user
    assert len(crud.add_pet(own, user, "rex").name) == 3
"""
NOT_UNDERSTOOD = """
import pytest
from app import crud
from tests.conftest import Factory, db as plain

made = plain
factory = Factory()


def build(**options):
    return pytest.fixture(**options)


@build(name="given")
def opened():
    with Factory() as session:
        yield session


def test_elsewhere(made):
    assert crud.find_user(made, "bob") is None


def test_given(given, db):
    assert crud.find_user(given, "bob") is None


def test_of_the_module(db):
    assert crud.find_user(factory, "bob") is None
"""


def test_a_fixture_that_a_call_makes(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "tests/test_called.py": CALLED})
    before = run_tests(tmp_path)
    convert(tmp_path)
    text = (tmp_path / "tests/test_called.py").read_text()
    assert "async def async_own(own):" in text
    assert "async def test_called(async_own):" in text
    assert run_tests(tmp_path) == before
    assert all(line.endswith(" PASSED") for line in before)


def test_a_session_of_unknown_origin_keeps_its_test(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "tests/test_odd.py": NOT_UNDERSTOOD})
    before = run_tests(tmp_path)
    convert(tmp_path)
    assert (tmp_path / "tests/test_odd.py").read_text() == NOT_UNDERSTOOD.lstrip("\n")
    assert run_tests(tmp_path) == before
    assert all(line.endswith(" PASSED") for line in before)
