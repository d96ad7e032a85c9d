"""A Celery worker in a process of its own, over a broker of files, serves the same before, half way and afterwards."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from .pipeline_tools import answers, converted, write_service
from .test_pipeline_orders import FILES, REQUESTS

WORKER = """
import os

from celery import Celery

from app import services
from app.database import SessionLocal

folder = os.environ["BROKER_FOLDER"]
celery = Celery("app", broker="filesystem://", backend=f"file://{folder}/results")
celery.conf.broker_transport_options = {
    name: f"{folder}/{name}" for name in ("data_folder_in", "data_folder_out", "control_folder")
}
celery.conf.broker_transport_options["data_folder_out"] = f"{folder}/data_folder_in"


@celery.task
def add(name):
    with SessionLocal() as db:
        return os.getpid(), services.add(db, name).name, services.total(db), services.is_known(db, name)


@celery.task
def fails(name):
    with SessionLocal() as db:
        services.add(db, name)
        raise ValueError(name)
"""
SENDER = """
import os

from app.worker import add, fails

pid, *first = add.delay("from a task").get(timeout=60)
other, *second = add.delay("from a task").get(timeout=60)
failed = fails.delay("kept").get(timeout=60, propagate=False)
assert pid == other != os.getpid()
print(first, second, type(failed).__name__, failed)
"""
REAL = {**FILES, "app/worker.py": WORKER, "app/sender.py": SENDER}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_service(tmp_path_factory.mktemp("worked"), REAL)


def test_a_worker_serves_the_same_at_every_step(service: Path) -> None:
    before = _worked(service)
    assert before[0] == "['from a task', 0, True] ['from a task', 0, True] ValueError kept\n"
    assert before[1] == ["from a task", "kept"]
    result = converted(service, routers=("app/drafts.py",))
    assert {item.file for item in result.plan.routes if item.after == "async"} == {"app/drafts.py"}
    assert _worked(service) == before
    result = converted(service)
    assert {item.after for item in result.plan.routes} == {"async"}
    assert {"app/worker.py", "app/sender.py"}.isdisjoint(result.after)
    assert _worked(service) == before


def _worked(root: Path) -> tuple[str, list[str], object]:
    """What tasks give back, what they have written, and what the service answers."""
    (root / "app.db").unlink(missing_ok=True)
    with _worker(root) as environment:
        command = [sys.executable, "-m", "app.sender"]
        sent = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=180)
        assert sent.returncode == 0, sent.stderr[-3000:]
    names = _names(root)
    return sent.stdout, names, answers(root, REQUESTS)


def _names(root: Path) -> list[str]:
    with closing(sqlite3.connect(root / "app.db")) as connection:
        return [name for (name,) in connection.execute("select name from items order by id")]


@contextmanager
def _worker(root: Path) -> Iterator[dict[str, str]]:
    """Runs a worker; gives the environment of those that send to it."""
    folder = root / "broker"
    for name in ("data_folder_in", "control_folder", "results"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(root), "BROKER_FOLDER": str(folder)}
    options = ["--pool=solo", "--loglevel=warning", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "app.worker", "worker", *options]
    with (root / "worker.log").open("w") as log:
        worker = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            yield environment
        finally:
            worker.terminate()
            worker.wait(timeout=60)
