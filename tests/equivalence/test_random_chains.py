"""Random chains of a legacy query, converted in one plan, give what they gave, over several random sets of rows."""

from __future__ import annotations

from pathlib import Path

from . import chains
from .tools import convert, run

COUNT = 700
SEEDS = (1, 2, 3)


def test_none_differs(tmp_path: Path) -> None:
    modules = chains.modules(COUNT)
    result, before, after = convert(tmp_path, modules)
    outcomes = [item.after for item in result.plan.routes]
    assert outcomes.count("async") > 0.95 * len(outcomes)
    code = "".join((after / f"app/{name}.py").read_text() for name in modules)
    assert code.count("async def chain_") > 0.95 * len(outcomes)
    for seed in SEEDS:
        old = run(before, f"sqlite:///{tmp_path}/{seed}.db", seed=seed)
        new = run(after, f"sqlite:///{tmp_path}/{seed}.db", seed=seed)
        assert {name: (old[name], new[name]) for name in old if old[name] != new[name]} == {}
        assert len(old) == len(outcomes)
        assert sum(not str(outcome[0]).startswith("raises") for outcome in old.values()) > 0.6 * len(old)
