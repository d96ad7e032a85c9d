"""Rows of the table between two classes, by statements of their own: the collection shows them after the commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .test_carried_reads import MODELS, service

LINKS = """links = Table(
    "links",
    Base.metadata,
    Column("team_id", ForeignKey("teams.id"), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
)


class Team(Base)"""
GUESTS = """    guests: Mapped[list[Member]] = relationship(secondary=links, order_by="Member.id")

    def guested(self) -> list[str]:
        return [item.name for item in self.guests]

    @classmethod"""
BODIES = {
    "new": """    row = Team(name="x")
    db.add(row)
    db.commit()
    for number in (1, 2):
        db.execute(links.insert().values({"team_id": row.id, "member_id": number}))
        db.commit()
    return row.guested()""",
    "old": """    row = db.get(Team, 1)
    before = row.guested()
    db.execute(links.insert().values({"team_id": 1, "member_id": 1}))
    db.commit()
    db.execute(links.delete().where(links.c.team_id == 2))
    db.commit()
    return [before, row.guested()]""",
}


@pytest.mark.parametrize("name", BODIES)
def test_links_show(tmp_path: Path, name: str) -> None:
    files = service({name: BODIES[name]})
    models = MODELS.replace("import ForeignKey, and_", "import Column, ForeignKey, Table")
    files["app/models.py"] = models.replace("class Team(Base)", LINKS).replace("    @classmethod", GUESTS)
    files["app/main.py"] = files["app/main.py"].replace("import Member, Team", "import Member, Team, links")
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", f"/{name}", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert before["answers"][1][0] == 200
    assert outcomes(result)[f"GET /{name}"] == ("native" if name == "old" else "left")
