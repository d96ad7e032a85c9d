"""Reads that no loader option, refresh or mapping serves for certain: they run on the session, as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from __future__ import annotations

from sqlalchemy import ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    members: Mapped[list[Member]] = relationship(back_populates="team", order_by="Member.id")

    @classmethod
    def named(cls, name: str) -> Team:
        return cls(name=name)

    def full(self) -> dict:
        return {"name": self.name, "members": [member.brief() for member in self.members]}


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    team: Mapped[Team] = relationship(back_populates="members")
    boss: Mapped[Member | None] = relationship(remote_side=[id])

    def brief(self) -> dict:
        return {"name": self.name, "team": self.team.name, "boss": self.boss.name if self.boss else None}
"""
IMPORTS = """
from collections import defaultdict
from functools import cmp_to_key
from itertools import groupby

from fastapi import Request
from fastapi.templating import Jinja2Templates
from sqlalchemy import select

from app.database import Base, engine
from app.models import Member, Team
"""
SEED = """
Base.metadata.create_all(engine)
page = Jinja2Templates("app/templates")


@app.post("/seed")
def seed(db: Session = Depends(get_db)) -> int:
    db.add_all([Team(id=1, name="a"), Team(id=2, name="b")])
    db.flush()
    db.add_all([Member(id=n, name=f"m{n}", team_id=1 + n % 2, boss_id=n - 1 or None) for n in range(1, 5)])
    db.commit()
    return 1
"""
#: Path -> what the route does, and what may stand beside it. All of them move.
SHAPES = {
    "get": "    team = db.get(Team, 1)\n    return team.full()",
    "loop": "    return [member.brief() for member in db.scalars(select(Member).order_by(Member.id))]",
    "many": "    teams = db.query(Team).order_by(Team.id).all()\n    return [team.full() for team in teams]",
    "made": "    team = Team.named('c')\n    db.add(team)\n    db.commit()\n    return team.full()",
    "chain": "    member = db.get(Member, 4)\n    return {'a': member.boss.boss.name, 'b': member.boss.team.name}",
    "argument": "    member = db.get(Member, 3)\n    return {'told': str.upper(member.boss.team.name)}",
    "grouped": """    members = db.query(Member).order_by(Member.team_id, Member.id).all()
    found = groupby(members, key=lambda member: member.team_id)
    return [{"id": key, "of": [names(item) for item in group]} for key, group in found]""",
    "told": "    box = find(db)\n    return tell(box)",
    "any": "    members = db.query(Member).all()\n    return {'any': any(bossy(item) for item in members)}",
    "key": """    def by_boss(member):
        return member.boss.name if member.boss else ""

    members = db.query(Member).all()
    return [member.name for member in sorted(members, key=by_boss)]""",
    "helper-key": """    def by_boss(member):
        return member.boss.name if member.boss else ""

    members = db.query(Member).all()
    return [member.name for member in ordered(members, resolver=by_boss)]""",
    "helper-comparison": """    def by_boss(member, name: str):
        return member.boss.name if member.boss else name

    members = db.query(Member).all()
    return [member.name for member in compared(members, [""], resolver=by_boss)]""",
    "page": "    box = find(db)\n    return page.TemplateResponse(request, 'told.html', {'box': box})",
    "inner-page": """    def shown(number: int):
        box = {"found": db.query(Member).filter(Member.id == number).one()}
        return page.TemplateResponse(request, "told.html", {"box": box})

    return shown(2) if db.query(Member).count() else shown(1)""",
    "kept-for-page": """    member = db.query(Member).filter(Member.id == 2).one()
    box = {}
    box.update({"found": member})
    box.update(dict(other=member))
    return page.TemplateResponse(request, 'told.html', {'box': box})""",
    "branch": "    member = db.get(Member, 1)\n    return {'x': member.boss.boss.name if member.boss else None}",
    "condition": "    member = db.get(Member, 2)\n    if member.boss.team.id == 2:\n        return [1]\n    return [2]",
}
HELPERS = """
def names(member):
    return f"{member.team.name}-{member.name}"


def find(db: Session):
    return {"found": db.query(Member).filter(Member.id == 2).one()}


def tell(box: dict):
    return {"of": box["found"].boss.team.name}


def bossy(member):
    return member.boss is not None and member.boss.name == "m3"


def ordered(items, resolver=None):
    if resolver is None:
        return items
    return sorted(items, key=lambda item: resolver(item))


def compared(items, keys, *, resolver):
    def compare(one, other) -> int:
        for key in keys:
            first, second = resolver(one, key), resolver(other, key)
            if first != second:
                return -1 if first < second else 1
        return 0

    return sorted(list(items), key=cmp_to_key(compare))
"""


def service(shapes: dict[str, str]) -> dict[str, str]:
    given = "(request: Request, db: Session = Depends(get_db))"
    routes = (
        f'@app.get("/{name}")\ndef read_{name.replace("-", "_")}{given}:\n{body}\n' for name, body in shapes.items()
    )
    files = app("\n\n".join([SEED, HELPERS, *routes]), IMPORTS)
    page = {"app/templates/told.html": '["{{ box.found.boss.team.name }}"]'}
    return {
        **page,
        "app/models.py": MODELS,
        "app/main.py": files["app/main.py"].replace("from app.models import Item\n", ""),
    }


@pytest.mark.parametrize("name", SHAPES)
def test_shape(tmp_path: Path, name: str) -> None:
    root = write_service(tmp_path, service({name: SHAPES[name]}))
    requests = [("POST", "/seed", None), ("GET", f"/{name}", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert before["answers"][1][0] == 200
    assert outcomes(result) == {"POST /seed": "native", f"GET /{name}": "native"}
    assert converted(root).after == {}


#: What cannot run on the session, or would show something else there: it stays, and says why.
KEPT = {
    "later": """    member = db.get(Member, 3)
    return StreamingResponse(f'"{item.boss.boss.team.name}"' for item in [member])""",
    "stored": """    def of(member):
        return member.boss.name if member.boss else ""

    keys.append(of)
    return [key(item) for key in keys for item in db.query(Member).all()][:4]""",
    "slow": "    return slow(db.get(Member, 4))",
    "before-what-waits": "    return both(last(), db.get(Member, shift(db)))",
    "changed": """    team = db.get(Team, 1)
    before = team.full()
    db.query(Member).filter(Member.id == 1).update({"team_id": 1})
    db.commit()
    return [before, team.full()]""",
    "handed-on": """    def of(member):
        return member.boss.name if member.boss else ""

    key = keyed(of)
    return [key(item) for item in db.query(Member).filter(Member.id == 3)]""",
    "handed-on-lambda": """    def of(member):
        return member.boss.name if member.boss else ""

    key = made(of)
    return [key(item) for item in db.query(Member).filter(Member.id == 3)]""",
    "rolled-back": """    member = db.get(Member, 4)
    name = member.boss.team.name
    db.rollback()
    return [name, member.boss.boss.name]""",
}
KEPT_HELPERS = """
import time
from fastapi.responses import StreamingResponse

keys = []
shifts = [1]


def last():
    return shifts[-1]


def shift(db):
    shifts.append(db.query(Member).count())
    return 4


def both(number, member):
    return [number, member.boss.boss.team.name]


def keyed(resolver):
    def key(member):
        return resolver(member)

    return key


def made(resolver):
    return lambda member: resolver(member)


def slow(member):
    time.sleep(0.001)
    return member.boss.boss.team.name
"""


@pytest.mark.parametrize("name", KEPT)
def test_kept(tmp_path: Path, name: str) -> None:
    files = service({name: KEPT[name]})
    files["app/main.py"] = KEPT_HELPERS + files["app/main.py"]
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", f"/{name}", None), ("GET", f"/{name}", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert outcomes(result) == {"POST /seed": "native", f"GET /{name}": "left"}


BUNDLE = """
def bundle(db: Session = Depends(get_db)) -> tuple[Member, Team]:
    member = db.get(Member, 2)
    return member, db.get(Team, member.team_id)


@app.get("/before")
def before(found: tuple[Member, Team] = Depends(bundle), db: Session = Depends(get_db)) -> str:
    member, _ = found
    name = member.boss.name
    db.add(Team(name="new"))
    db.commit()
    return name


@app.get("/behind")
def behind(found: tuple[Member, Team] = Depends(bundle), db: Session = Depends(get_db)) -> str:
    member, _ = found
    db.query(Member).filter(Member.id == 2).update({"boss_id": 4})
    db.commit()
    return member.boss.name
"""


def test_what_is_committed_behind_a_read_changes_nothing_for_it(tmp_path: Path) -> None:
    files = service({})
    files["app/main.py"] += BUNDLE
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/before", None), ("GET", "/behind", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert [body for _, body in before["answers"]] == [1, "m1", "m4"]
    assert outcomes(result) == {"POST /seed": "native", "GET /before": "native", "GET /behind": "left"}


LEFT = {
    "left": """    def by_boss(member, name: str):
        return member.boss.name if member.boss else name

    members = compared(db.query(Member).all(), [""], resolver=by_boss)
    return [member.name for member in members if mark({"by": db})]""",
    "other": """    def by_name(member, name: str):
        return member.name or name

    return [member.name for member in compared(db.query(Member).all(), [""], resolver=by_name)]""",
}


def test_what_one_route_hands_to_a_helper_holds_back_no_other(tmp_path: Path) -> None:
    files = service(LEFT)
    files["app/main.py"] += "\n\ndef mark(told: dict) -> int:\n    return len(told)\n"
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), *(("GET", f"/{name}", None) for name in LEFT)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert outcomes(result) == {"POST /seed": "native", "GET /left": "left", "GET /other": "native"}


PARSING = """
from dataclasses import dataclass


@dataclass
class Line:
    boss: str


def parse_line(text: str) -> Line:
    return Line(boss=text)


def parse_word(text: str) -> Line:
    return Line(boss=text.split()[0])
"""
PARSED = """
async def parsed(*, db: Session, parse):
    line = parse("a b")
    return [line.boss, db.query(Member).count()]


@app.get("/lines")
async def lines(db: Session = Depends(get_db)):
    return await parsed(db=db, parse=parsing.parse_line)


@app.get("/words")
async def words(db: Session = Depends(get_db)):
    return await parsed(db=db, parse=parsing.parse_word)
"""


def test_what_a_handed_function_gives_is_what_it_declares(tmp_path: Path) -> None:
    files = service({})
    files["app/parsing.py"] = PARSING
    files["app/main.py"] = "from app import parsing\n" + files["app/main.py"] + PARSED
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/lines", None), ("GET", "/words", None)]
    before = answers(root, requests)
    result = converted(root)
    assert answers(root, requests) == before
    assert outcomes(result) == {"POST /seed": "native", "GET /lines": "repaired", "GET /words": "repaired"}
    assert "run_sync" not in (root / "app/main.py").read_text()


WAITING = """

@app.get("/page")
def read(request: Request, db: Session = Depends(get_db)):
    # What it shows.
    return page.TemplateResponse(
        request,
        "told.html",
        {
            # the newest
            "box": find(db),
            "count": db.query(Member).count(),
        },
        status_code=200,  # always
    )
"""
NAMED = """    # What it shows.
    context = {
        # the newest
        "box": await find(db),
        "count": await db.scalar(
            select(func.count()).select_from(select(Member).subquery())
        ),
    }
    return await db.run_sync(
        lambda _: page.TemplateResponse(
            request,
            "told.html",
            context,
            status_code=200,  # always
        )
    )
"""


def test_what_waits_gets_a_name_before_the_statement(tmp_path: Path) -> None:
    files = service({})
    files["app/main.py"] += WAITING
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/page", None)]
    before = answers(root, requests)
    result = converted(root)
    assert NAMED in result.after["app/main.py"].decode()
    assert answers(root, requests) == before
    assert converted(root).after == {}
