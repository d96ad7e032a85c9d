"""Router by router, in any order: every step works, and the last one leaves what one run leaves.

The service is used by a Celery task and a CLI too, which go on calling the sync functions."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from awaitify.config import Settings
from awaitify.pipeline import analysed
from awaitify.report.order import best_order

from .pipeline_steps import Steps, Tree, sampled_orders
from .pipeline_tools import answers, contents, converted, write_service

NAMES = ("items", "prices", "names", "totals", "drafts", "checks")
# what a router calls: its own query, a service that others share, one above another, a shared dependency
BODIES = {
    "items": ("return [item.name for item in services.cheap(db, 10)]", "None"),
    "prices": ("return services.total(db)", "current"),
    "names": ("return [item.name for item in db.query(Item).order_by(Item.id).all()]", "None"),
    "totals": ("return {'total': services.total(db), 'cheap': len(services.cheap(db, 1))}", "current"),
    "drafts": ("return services.add(db, 'draft').name", "None"),
    "checks": ("return services.is_known(db, 'draft')", "current"),
}
ROUTER = """
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app import services
from app.database import get_db
from app.models import Item

router = APIRouter()


@router.get("/NAME")
def NAME(db: Session = Depends(get_db)):
    BODY
"""
SERVICES = """
from fastapi import Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item


def cheap(db: Session, most: int) -> list[Item]:
    return db.query(Item).filter(Item.price <= most).order_by(Item.id).all()


def total(db: Session) -> int:
    return db.scalar(select(func.sum(Item.price))) or 0


def is_known(db: Session, name: str) -> bool:
    return db.query(Item).filter_by(name=name).first() is not None


def add(db: Session, name: str) -> Item:
    if is_known(db, name):
        return db.query(Item).filter_by(name=name).one()
    item = Item(name=name, price=total(db))
    db.add(item)
    db.commit()
    return item


def current(db: Session = Depends(get_db)) -> str:
    return "known" if is_known(db, "draft") else "new"
"""
WORKER = """
from celery import Celery

from app import services
from app.database import SessionLocal

celery = Celery("app")
celery.conf.task_always_eager = True


@celery.task
def report():
    with SessionLocal() as db:
        return services.total(db)


if __name__ == "__main__":
    print(report.delay().get())
"""
CLI = """
import sys

from app import services
from app.database import SessionLocal


def main():
    with SessionLocal() as db:
        print(services.add(db, sys.argv[1]).name)


if __name__ == "__main__":
    main()
"""
INCLUDES = "\n".join(f"app.include_router({name}.router)" for name in NAMES)
MAIN = f"from fastapi import FastAPI\n\nfrom app import {', '.join(NAMES)}\n\napp = FastAPI()\n{INCLUDES}\n"


def _router(name: str) -> str:
    body, dependency = BODIES[name]
    text = ROUTER.replace("NAME", name).replace("BODY", body)
    if dependency == "None":
        return text
    return text.replace("= Depends(get_db)):", f"= Depends(get_db), who: str = Depends(services.{dependency})):")


FILES = {
    "app/services.py": SERVICES,
    "app/main.py": MAIN,
    "app/worker.py": WORKER,
    "app/cli.py": CLI,
    **{f"app/{name}.py": _router(name) for name in NAMES},
}
REQUESTS: list[tuple[str, str, Any]] = [("GET", f"/{name}", None) for name in (*NAMES, "names", "prices")]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service after one run."""
    root = write_service(tmp_path_factory.mktemp("once"), FILES)
    converted(root)
    return root


def _order() -> list[str]:
    return random.Random(1).sample(NAMES, len(NAMES))


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service after all steps, in an order drawn by lot; checked at each step, and run half way."""
    root = write_service(tmp_path_factory.mktemp("steps"), FILES)
    expected, order = _everything(root), _order()
    for done, name in enumerate(order, start=1):
        result = converted(root, routers=(f"app/{name}.py",))
        moved = {item.file for item in result.plan.routes if item.after == "async"}
        assert moved == {f"app/{name}.py" for name in order[:done]}
        if done in (len(order) // 2, len(order)):
            assert _everything(root) == expected
    return root


def _everything(root: Path) -> tuple[object, str, str]:
    """What the service, the worker and the CLI answer, over a database of its own each time."""
    found = answers(root, REQUESTS), _run(root, "app.worker"), _run(root, "app.cli", "new")
    (root / "app.db").unlink()
    return found


def _run(root: Path, module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


def test_all_at_once_adds_nothing_to_all_steps(steps: Path) -> None:
    assert converted(steps).after == {}


def test_steps_leave_the_tree_of_one_run(steps: Path, once: Path) -> None:
    sources = {name: data for name, data in contents(once).items() if name.endswith(".py")}
    assert {name: data for name, data in contents(steps).items() if name.endswith(".py")} == sources
    assert b"run_sync" in sources["app/drafts.py"]
    assert b"run_sync" not in sources["app/items.py"]


def test_a_hundred_orders_leave_one_tree(once: Path, tmp_path: Path) -> None:
    routers = tuple(f"app/{name}.py" for name in NAMES)
    with analysed(write_service(tmp_path / "new", FILES), Settings()) as plan:
        best = best_order(plan(Settings()).plan).routers
    orders = [best, *sampled_orders(routers, 100, 9)]
    at, expected = Steps(tmp_path / "steps", FILES, orders), contents(once)
    assert [order for order in orders if at.tree(order) != expected] == []
    cost = {order: sum(_doubled(at.tree(order[:number])) for number in range(1, 6)) for order in orders}
    costs = sorted(cost.values())
    assert cost[best] <= costs[len(costs) // 10] < costs[-1]


def _doubled(tree: Tree) -> int:
    """How many functions are there twice, or are bridged to."""
    sources = b"".join(tree[name] for name in sorted(tree) if name.endswith(".py"))
    return len(re.findall(rb"async def \w+_async\(", sources)) + len(set(re.findall(rb"run_sync\(([\w.]+)", sources)))
