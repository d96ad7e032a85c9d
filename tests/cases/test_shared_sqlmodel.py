"""Services on SQLModel: what async and sync code share gets a twin, and only a session is taken for a session."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import converted, outcomes, write_service  # noqa: TID252

FILES = {
    "app/models.py": """
    from sqlmodel import Field, Relationship, Session, SQLModel, create_engine

    engine = create_engine("sqlite:///./app.db")

    class Team(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        heroes: list["Hero"] = Relationship(back_populates="team")

    class Hero(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int | None = Field(default=None, foreign_key="team.id")
        team: Team | None = Relationship(back_populates="heroes")

    def get_session():
        with Session(engine) as session:
            yield session
    """,
    "app/crud.py": """
    from sqlmodel import Session

    from app.models import Hero, Team

    class Crud:
        def __init__(self, model):
            self.model = model

        def get(self, session: Session, key: int):
            return session.get(self.model, key)

    team, hero = Crud(Team), Crud(Hero)
    """,
    "app/main.py": """
    from fastapi import Depends, FastAPI, HTTPException
    from sqlmodel import Session

    from app import crud
    from app.models import get_session

    app = FastAPI()

    @app.get("/heroes/{key}")
    def read_hero(key: int, session: Session = Depends(get_session)):
        return crud.hero.get(session, key)

    @app.get("/teams/{key}")
    def read_team(key: int, session: Session = Depends(get_session)):
        team = crud.team.get(session=session, key=key)
        if team is None:
            raise HTTPException(404)
        return len(team.heroes)

    @app.get("/kept/{key}")
    def kept(key: int, session: Session = Depends(get_session)):
        return globals()["made_at_run_time"](crud.hero.get(session, key))
    """,
}


def test_a_repository_is_no_session_and_what_is_shared_gets_a_twin(tmp_path: Path) -> None:
    root = write_service(tmp_path, FILES, basic=False)
    found = outcomes(converted(root, python=Path(sys.executable)))
    assert found["GET /heroes/{key}"] == "native" and found["GET /kept/{key}"] == "left"
    main, crud = (root / "app/main.py").read_text(), (root / "app/crud.py").read_text()
    assert "crud.team.refresh" not in main and "return len(await session.run_sync(lambda _: team.heroes))" in main
    assert "return await crud.hero.get_async(session, key)" in main
    assert "async def get_async(self, session: AsyncSession, key: int):" in crud


STATEMENTS = """
from sqlalchemy.orm import selectinload
from sqlmodel import Session, select
from fastapi import Depends, FastAPI

from app.models import Hero, Team, get_session


class Teams:
    @staticmethod
    def with_heroes():
        return select(Team).options(selectinload(Team.heroes))


def all_heroes():
    return select(Hero)


app = FastAPI()


@app.get("/teams")
def teams(first: int = 0, session: Session = Depends(get_session)):
    query = Teams.with_heroes().where(Team.id > first).order_by(Team.id)
    query = query.offset(0).limit(5)
    return [len(team.heroes) for team in session.exec(query).all()]


@app.get("/heroes")
def heroes(session: Session = Depends(get_session)):
    return [hero.id for hero in session.exec(all_heroes().order_by(Hero.id)).all()]
"""


def test_what_a_function_without_annotations_selects_is_known(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": FILES["app/models.py"], "app/main.py": STATEMENTS}, basic=False)
    result = converted(root, python=Path(sys.executable))
    assert outcomes(result) == {"GET /teams": "native", "GET /heroes": "native"}
    text = (root / "app/main.py").read_text()
    assert "(await session.exec(query)).all()" in text
    assert not converted(root, python=Path(sys.executable)).after
