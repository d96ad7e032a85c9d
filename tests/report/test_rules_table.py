"""The generated table of the rule packs is that of the packs that are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

RULES = Path(__file__).parents[2] / "codemods" / "awaitify" / "rules"


def test_the_table_has_every_pack_with_its_versions() -> None:
    rows = re.findall(r"^\| (\w+) \| (.*?) \| (.*?) \|", (RULES / "TABLE.md").read_text("utf-8"), re.M)
    found = {pack: versions for pack, versions, _ in rows if pack != "pack"}
    packs = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in RULES.glob("*.toml")}
    assert found == {name: str(pack["verified"]) for name, pack in packs.items()}


def test_most_names_were_found_in_an_installed_release() -> None:
    figures = re.findall(r"\| (\d+) of (\d+) \|", (RULES / "TABLE.md").read_text("utf-8"))
    assert len(figures) > 40
    assert sum(int(found) for found, _ in figures) > 0.95 * sum(int(total) for _, total in figures)
