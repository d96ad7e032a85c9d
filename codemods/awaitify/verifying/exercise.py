"""Sends generated requests to the app of a tree, in a fresh copy: one after the other, or many at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awaitify.verifying.generate import Generated
from awaitify.verifying.records import Request, read_requests
from awaitify.verifying.target import Target, run_probe, run_setup
from awaitify.verifying.trees import Tree


@dataclass(frozen=True, slots=True)
class Replay:
    """What the app answered. error: why it answered nothing."""

    requests: tuple[Request, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """One request made many times at once. times: seconds of each answer; failed: answers of 400 and above."""

    times: tuple[float, ...]
    seconds: float
    failed: int


def replay(target: Target, tree: Tree, folder: Path, requests: Sequence[Generated]) -> Replay:
    """Sends the requests one after the other, watched."""
    data, out = _run("replay", target, tree, folder, {"requests": list(requests)})
    if data.get("leaked"):
        return Replay(error=f"the environment imports {data['leaked'][0]} from {target.root}, not from the copy")
    return Replay(error=data["error"]) if data["error"] else Replay(read_requests(out))


def load(
    target: Target, tree: Tree, folder: Path, requests: Sequence[Generated], concurrency: int, seconds: float
) -> tuple[tuple[Load, ...], str]:
    """(one result a request, "") or (none, the reason)."""
    plan = {"requests": list(requests), "concurrency": concurrency, "seconds": seconds}
    data, _ = _run("load", target, tree, folder, plan)
    if error := data.get("error"):
        return (), error
    return tuple(Load(tuple(item["times"]), item["seconds"], item["failed"]) for item in data["results"]), ""


def _run(probe: str, target: Target, tree: Tree, folder: Path, plan: dict[str, Any]) -> tuple[dict[str, Any], Path]:
    folder.mkdir(parents=True)
    project, out = tree.copy_to(folder).project, folder / "out"
    if error := run_setup(target, project, folder):
        return {"error": error}, out
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    result = folder / "result.json"
    ended = run_probe(target, probe, [target.app, str(folder / "plan.json"), str(result)], project, folder, out)
    if not result.exists():
        return {"error": ended.last_line}, out
    return json.loads(result.read_text("utf-8")), out
