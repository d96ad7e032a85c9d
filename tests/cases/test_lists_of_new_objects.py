"""Lists of new objects: what a method of each reads after the commit. A refresh takes one object, never the list."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .test_carried_reads import service

BODIES = {
    "typed": """    rows: list[Member] = []
    for number in (1, 2):
        row = Member(name="x", team_id=number)
        db.add(row)
        db.commit()
        rows.append(row)
    return [row.brief() for row in rows]""",
    "bare": """    rows = []
    for number in (1, 2):
        row = Member(name="x", team_id=number)
        db.add(row)
        db.commit()
        rows.append(row)
    return [row.brief() for row in rows]""",
    "display": """    rows = [Member(name="x", team_id=number) for number in (1, 2)]
    db.add_all(rows)
    db.commit()
    return [row.brief() for row in rows]""",
}


def test_a_list_is_not_refreshed(tmp_path: Path) -> None:
    root = write_service(tmp_path, service(BODIES))
    requests = [("POST", "/seed", None), *(("GET", f"/{name}", None) for name in BODIES)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert [status for status, _ in before["answers"]] == [200] * 4
    assert set(outcomes(result).values()) == {"native"}
    assert "rows.boss" not in (root / "app/main.py").read_text()
