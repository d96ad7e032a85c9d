"""Refreshes that the code has already, and what a refresh undoes: what it does not load again, and what it expires."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import DATABASE, answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tasks: Mapped[list["Task"]] = relationship(back_populates="project", order_by="Task.id", cascade="all, delete")


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    project: Mapped[Project] = relationship(back_populates="tasks")
    steps: Mapped[list["Step"]] = relationship(order_by="Step.id")


class Step(Base):
    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))


Base.metadata.create_all(engine)
"""
HEAD = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.database import get_db
from app.models import Project, Step, Task

app = FastAPI()


class StepOut(BaseModel):
    model_config = {"from_attributes": True}
    text: str


class TaskOut(BaseModel):
    model_config = {"from_attributes": True}
    title: str
    steps: list[StepOut]


class ProjectOut(BaseModel):
    model_config = {"from_attributes": True}
    name: str
    tasks: list[TaskOut]


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    roof = Task(id=1, title="roof", steps=[Step(text="tiles"), Step(text="nails")])
    db.add(Project(id=1, name="house", tasks=[roof]))
    db.commit()
"""


def _service(root: Path, body: str) -> Path:
    files: dict[str, str | bytes] = {"app/database.py": DATABASE, "app/models.py": MODELS, "app/main.py": HEAD + body}
    return write_service(root, files, basic=False)


def test_what_a_refresh_expires_through_a_cascade_is_not_loaded_by_the_mapping(tmp_path: Path) -> None:
    body = """

@app.get("/tasks", response_model=list[TaskOut])
def tasks(db: Session = Depends(get_db)):
    return db.get(Project, 1).tasks


@app.put("/projects/{key}/{number}", response_model=ProjectOut)
def rename(key: int, number: int, name: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    task = db.get(Task, number)
    if task is None:
        raise HTTPException(404)
    project.name = name
    db.commit()
    db.refresh(project)
    return project
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("PUT", "/projects/1/1?name=shed", None), ("GET", "/tasks", None)]
    before = answers(root, requests)
    assert before["answers"][1][1]["tasks"][0]["steps"] == [{"text": "tiles"}, {"text": "nails"}]
    converted(root)
    assert answers(root, requests) == before


def test_what_a_refresh_expires_through_a_cascade_is_not_loaded_by_an_option(tmp_path: Path) -> None:
    body = """

@app.put("/projects/{key}", response_model=ProjectOut)
def rename(key: int, name: str, db: Session = Depends(get_db)):
    project = db.scalars(
        select(Project).options(selectinload(Project.tasks)).where(Project.id == key)
    ).one()
    first = project.tasks[0]
    project.name = f"{name} ({first.title})"
    db.commit()
    db.refresh(project)
    return project
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("PUT", "/projects/1?name=shed", None)]
    before = answers(root, requests)
    assert before["answers"][1][1]["tasks"][0]["steps"] == [{"text": "tiles"}, {"text": "nails"}]
    converted(root)
    assert answers(root, requests) == before


def test_a_refresh_serves_no_read_after_the_members_changed(tmp_path: Path) -> None:
    body = """

@app.post("/projects/{key}/tasks")
def add(key: int, title: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    if len(project.tasks) > 5:
        raise HTTPException(409)
    db.add(Task(title=title, project_id=key))
    db.commit()
    return [task.title for task in project.tasks]
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("POST", "/projects/1/tasks?title=door", None)]
    before = answers(root, requests)
    assert before["answers"][1][1] == ["roof", "door"]
    converted(root)
    assert answers(root, requests) == before


def test_a_refresh_that_is_there_is_not_made_twice(tmp_path: Path) -> None:
    body = """

def shown(project: Project) -> dict:
    return {"name": project.name, "tasks": [task.title for task in project.tasks]}


@app.get("/projects/{key}")
def one(key: int, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    db.refresh(project, attribute_names=["tasks"])
    return shown(project)


@app.get("/projects/{key}/titles")
def titles(key: int, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    if project is not None:
        db.refresh(project, ["name", "tasks"])
    return [task.title for task in project.tasks]


@app.get("/projects/{key}/renamed")
def renamed(key: int, name: str, db: Session = Depends(get_db)):
    project = db.get(Project, key)
    db.refresh(project, ["tasks"])
    project.name = name
    db.commit()
    db.refresh(project)
    return [task.title for task in project.tasks]
"""
    root = _service(tmp_path, body)
    requests = [("POST", "/seed", None), ("GET", "/projects/1", None), ("GET", "/projects/1/titles", None),
                ("GET", "/projects/1/renamed?name=shed", None)]  # fmt: skip
    before = answers(root, requests)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, requests) == before
    text = (root / "app/main.py").read_text()
    one, _, rest = text.partition("async def titles")
    titles, _, renamed = rest.partition("async def renamed")
    assert one.count(".refresh(") == 1, one
    assert titles.count(".refresh(") == 1
    assert renamed.count(".refresh(") == 3
