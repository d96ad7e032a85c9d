"""What a commit expired in a sync session, and an async one keeps: objects that are got again, and keys that change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .test_carried_reads import MODELS, service

HELPERS = """

def enlist(db: Session, key: int) -> None:
    db.add(Member(name="x", team_id=key))
    db.commit()


def find_team(db: Session, key: int) -> Team | None:
    return db.query(Team).filter(Team.id == key).first()


def told(team: Team) -> list[str]:
    return [item.name for item in team.members]


def shown(db: Session, key: int) -> dict:
    return db.get(Team, key).full()


def change(row, data: dict) -> None:
    for key, value in data.items():
        setattr(row, key, value)
"""
#: The object is got again, after a commit of what its relationships lead to.
AGAIN = {
    "by-get": """    team = db.get(Team, 1)
    first = [item.name for item in team.members]
    enlist(db, 1)
    again = db.get(Team, 1)
    return [first, [item.name for item in again.members]]""",
    "by-helper": """    team = find_team(db, 1)
    if team is None:
        return []
    db.add(Member(name="x", team_id=team.id))
    db.commit()
    again = find_team(db, 1)
    return [item.name for item in again.members]""",
    "by-mapping": """    team = db.get(Team, 1)
    if team is None:
        return []
    enlist(db, 1)
    again = db.get(Team, 1)
    return [told(item) for item in (again, db.get(Team, 2))]""",
    "new-one": """    team = Team(name="c")
    db.add(team)
    db.commit()
    first = team.full()
    enlist(db, first["id"])
    again = db.get(Team, first["id"])
    return [first, again.full()]""",
    "without-a-name": """    team = db.query(Team).filter(Team.id == 1).one()
    first = team.full()
    enlist(db, 1)
    return [first, db.query(Team).filter(Team.id == 1).one().full()]""",
    "through-another": """    member = db.get(Member, 4)
    before = member.team.full()
    enlist(db, 1)
    team = db.query(Team).filter(Team.id == 1).first()
    return [before, team.full()]""",
    "in-a-helper": """    before = shown(db, 1)
    enlist(db, 1)
    return [before, shown(db, 1)]""",
    "in-a-loop": """    found = []
    for _ in range(2):
        team = db.get(Team, 1)
        found.append(team.full())
        enlist(db, 1)
    return found""",
    "in-a-loop-by-helper": """    found = []
    for name in ("x", "y"):
        found.append(shown(db, 1))
        db.add(Member(name=name, team_id=1))
        db.commit()
    return found""",
    "one-each-step": """    found = []
    for key in (1, 2):
        team = db.get(Team, key)
        found.append([item.name for item in team.members])
        team.name = team.name + "!"
        db.commit()
    return found""",
    "read-before": """    team = db.get(Team, 1)
    before = [item.name for item in team.members]
    db.delete(db.get(Member, 4))
    db.add(Member(name="x", team_id=1, boss_id=1))
    db.commit()
    return [before, team.full()]""",
    "not-committed": """    team = db.get(Team, 1)
    before = team.full()
    db.add(Member(name="x", team_id=1))
    db.flush()
    again = db.get(Team, 1)
    return [before, again.full()]""",
}
#: A method that reads is called twice, and what it reads is another one by then.
REKEYED = {
    "set": """    member = db.get(Member, 4)
    before = member.brief()
    member.team_id = 2
    member.boss_id = 1
    db.commit()
    return [before, member.brief()]""",
    "by-setattr": """    member = db.get(Member, 4)
    before = member.brief()
    change(member, {"team_id": 2, "boss_id": 1})
    db.commit()
    return [before, member.brief()]""",
    "in-bulk": """    member = db.get(Member, 4)
    before = member.brief()
    db.query(Member).filter(Member.id == 4).update({"boss_id": 1, "team_id": 2})
    db.commit()
    return [before, member.brief()]""",
    "in-bulk-by-name": """    member = db.get(Member, 4)
    before = member.team.name
    db.query(Member).filter(Member.id == 4).update({"boss_id": 1, "team_id": 2})
    db.commit()
    return [before, member.team.name]""",
    "mappings": """    team = db.get(Team, 1)
    db.bulk_update_mappings(Team, [{"id": 1, "name": "new"}])
    db.commit()
    return [team.name]""",
    "own-collection": """    boss = db.get(Member, 1)
    before = [item.name for item in boss.helpers]
    db.add(Member(name="x", team_id=1, boss_id=1))
    db.commit()
    return [before, [item.name for item in boss.helpers]]""",
}
BOSS = "    boss: Mapped[Member | None] = relationship(remote_side=[id]"
HELPED = '    helpers: Mapped[list[Member]] = relationship(back_populates="boss", order_by="Member.id")\n'
KEPT = {
    "by-mapping",
    "new-one",
    "through-another",
    "read-before",
    "without-a-name",
    "in-a-helper",
    "mappings",
    "in-bulk-by-name",
    "in-a-loop",
    "in-a-loop-by-helper",
}


@pytest.mark.parametrize("name", [*AGAIN, *REKEYED])
def test_shows_what_was_committed(tmp_path: Path, name: str) -> None:
    files = service({name: (AGAIN | REKEYED)[name]})
    files["app/main.py"] += HELPERS
    models = MODELS.replace('return {"name": self.name, "m', 'return {"id": self.id, "name": self.name, "m')
    files["app/models.py"] = models.replace(BOSS, f'{HELPED}{BOSS}, back_populates="helpers"')
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), *[("GET", f"/{name}", None)] * (1 if name == "read-before" else 2)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert before["answers"][1][0] == 200
    assert outcomes(result)[f"GET /{name}"] == ("left" if name in KEPT else "native")
    assert converted(root).after == {}


def test_a_key_is_one_by_its_column_not_by_its_name(tmp_path: Path) -> None:
    files = service({"moved": REKEYED["in-bulk-by-name"].replace('"boss_id": 1, ', "")})
    files["app/main.py"] += HELPERS
    files["app/models.py"] = MODELS
    root = write_service(tmp_path, {name: text.replace("team_id", "side") for name, text in files.items()})
    requests = [("POST", "/seed", None), ("GET", "/moved", None)]
    before = answers(root, requests)
    assert before["answers"][1][0] == 200 and len(set(before["answers"][1][1])) == 2
    converted(root)
    assert answers(root, requests) == before
