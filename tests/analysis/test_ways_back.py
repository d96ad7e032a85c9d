"""Which relationship leads back to the object that a path came from: by its classes, not by the other side's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from .loading_tools import Service, described

NAMESAKES = """
    class Team(Base):
        __tablename__ = "teams"
        id: Mapped[int] = mapped_column(primary_key=True)
        tasks: Mapped[list["Task"]] = relationship(back_populates="team")


    class Label(Base):
        __tablename__ = "labels"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        tasks: Mapped[list["Task"]] = relationship(back_populates="label")


    class Task(Base):
        __tablename__ = "tasks"
        id: Mapped[int] = mapped_column(primary_key=True)
        team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
        team: Mapped["Team"] = relationship(back_populates="tasks")
        label_id: Mapped[int] = mapped_column(ForeignKey("labels.id"))
        label: Mapped["Label"] = relationship(back_populates="tasks")
"""
THROUGH = "selectinload(Team.tasks).selectinload(Task.label)"


@pytest.mark.parametrize(
    ("read", "cures"),
    [
        ("[task.team.id for task in team.tasks]", ["service.py: selectinload(Team.tasks)"]),
        ("[task.label.name for task in team.tasks]", [f"service.py: {THROUGH}"]),
    ],
)
def test_other_sides_of_one_name_are_told_apart(tmp_path: Path, read: str, cures: list[str]) -> None:
    service = Service(
        tmp_path,
        f"""
        def shown(key: int, db: Session):
            team = db.scalars(select(Team).where(Team.id == key)).one()
            return {read}
        """,
        NAMESAKES,
    )
    assert described(service.decide()) == cures
