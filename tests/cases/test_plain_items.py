"""Items of what dictionaries hold under a key: plain where the project writes all of them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

ROWS = """
import time


class Vault:
    def get(self, name):
        time.sleep(0.001)
        return name


def rows_of(items: list) -> list[dict]:
    rows = []
    for item in items:
        cells = []
        for size in (1, 2):
            cells.append({"item": item, "value": item.price * size})
        rows.append({"item": item, "cells": cells, "sizes": [1, 2]})
    return rows


def told(db: Session, rows: list[dict]) -> list:
    return [db.query(Item).count()] + [cell.get("value") for row in rows for cell in row.get("cells", [])]


@app.get("/told")
def read_told(db: Session = Depends(get_db)) -> list:
    rows = rows_of(db.query(Item).order_by(Item.id).all())
    EXTRA
    return told(db, rows)
"""
#: What is put there so is not told, or waits.
OTHERS = [
    'rows.append({"cells": [Vault()]})',
    "rows.append(dict(cells=[Vault()]))",
    'rows[0]["cells"] = [Vault()]',
    'rows[0]["cells"].append(Vault())',
    'rows.append({}); rows[-1].setdefault("cells", []).append(Vault())',
    'found = rows[0]["cells"]; found.append(Vault())',
    'found = rows[0].get("cells"); found.extend([Vault()])',
]
ITEM = ("POST", "/items", {"name": "a", "price": 2})


def _service(root: Path, extra: str) -> Path:
    lines = extra.replace("; ", "\n    ")
    return write_service(root, app(ROWS.replace("EXTRA", lines)))


@pytest.mark.parametrize("extra", ["pass", "rows.append(dict(cells=[]))", 'rows[0]["cells"] = [{"value": 1}]'])
def test_dictionaries_that_are_written_out_hold_nothing_back(extra: str, tmp_path: Path) -> None:
    root = _service(tmp_path, extra)
    requests = [ITEM, ("GET", "/told", None)]
    before = answers(root, requests)
    assert outcomes(converted(root))["GET /told"] == "native"
    assert answers(root, requests) == before
    assert not converted(root).after


@pytest.mark.parametrize("extra", OTHERS)
def test_what_else_may_be_there_keeps_the_route_sync(extra: str, tmp_path: Path) -> None:
    result = converted(_service(tmp_path, extra))
    assert outcomes(result)["GET /told"] == "left"
    assert "unresolved-call" in rules(route(result, "GET", "/told"))
