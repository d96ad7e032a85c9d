"""Random bodies of routes over loaded, new and changed objects, of which relationships are read."""

from __future__ import annotations

import random

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, engine


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tasks: Mapped[list["Task"]] = relationship(
        back_populates="project", order_by="Task.id", cascade="all, delete-orphan"
    )


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    project: Mapped[Project | None] = relationship(back_populates="tasks")
    steps: Mapped[list["Step"]] = relationship(order_by="Step.id")


class Step(Base):
    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))


Base.metadata.create_all(engine)
"""
HEAD = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session, joinedload, selectinload

from app.database import Base, engine, get_db
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


def find(db: Session, key: int) -> Project:
    project = db.get(Project, key)
    if project is None:
        raise HTTPException(404)
    return project


def save(db: Session, row: Project) -> Project:
    db.add(row)
    db.commit()
    return row


def save_and_refresh(db: Session, row: Project) -> Project:
    db.add(row)
    db.commit()
    db.refresh(row)
    return row


def titles(project: Project) -> list[str]:
    return [task.title for task in project.tasks]


def deep(project: Project) -> list[list[str]]:
    return [[step.text for step in task.steps] for task in project.tasks]


def add_task(db: Session, project: Project, title: str) -> Task:
    task = Task(title=title, project_id=project.id)
    db.add(task)
    return task


def current(db: Session = Depends(get_db)) -> Project:
    return db.get(Project, 1)


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    Base.metadata.drop_all(db.get_bind())
    db.commit()
    Base.metadata.create_all(db.get_bind())
    db.add_all([
        Project(id=1, name="house", tasks=[
            Task(id=1, title="roof", steps=[Step(text="tiles"), Step(text="nails")]), Task(id=2, title="wall"),
        ]),
        Project(id=2, name="shed", tasks=[Task(id=3, title="door", steps=[Step(text="hinge")])]),
    ])
    db.commit()
"""
MAKE = [
    "p = db.get(Project, 1)",
    "p = db.query(Project).filter(Project.id == 1).first()",
    "p = db.query(Project).options(selectinload(Project.tasks)).filter(Project.id == 1).one()",
    "p = db.scalars(select(Project).where(Project.id == 2).options(\n"
    "        selectinload(Project.tasks).selectinload(Task.steps))).one()",
    "p = db.query(Project).options(joinedload(Project.tasks)).filter(Project.id == 1).first()",
    "p = find(db, 1)",
    "p = Project(name='new')\n    db.add(p)",
    "p = Project(name='new', tasks=[Task(title='own')])\n    db.add(p)",
    "p = save(db, Project(name='saved'))",
    "p = save_and_refresh(db, Project(name='saved', tasks=[Task(title='own', steps=[Step(text='s')])]))",
    "p = current",
]
TASK = [
    "t = db.get(Task, 1)",
    "t = db.query(Task).order_by(Task.id).first()",
    "t = db.query(Task).options(joinedload(Task.project)).filter(Task.id == 3).first()",
    "t = Task(title='free')\n    db.add(t)",
    "t = Task(title='mine', project=p)\n    db.add(t)",
    "t = Task(title='key', project_id=p.id)\n    db.add(t)",
    "t = add_task(db, p, 'helped')",
    "t = p.tasks[0] if p.tasks else Task(title='none')",
]
ACT = [
    "db.commit()",
    "db.commit()",
    "db.flush()",
    "db.refresh(p)",
    "db.commit()\n    db.refresh(p)",
    "db.refresh(p, attribute_names=['tasks'])",
    "db.expire(p)",
    "db.commit()\n    db.refresh(t)",
    "p.name = 'renamed'",
    "p.tasks.append(Task(title='appended'))",
    "p.tasks = []",
    "p.tasks = [t]",
    "t.title = 'changed'",
    "t.project_id = 2",
    "t.project = None",
    "t.project = p",
    "db.delete(t)",
    "t.steps.append(Step(text='more'))",
    "db.add(Step(text='keyed', task_id=t.id))",
    "db.query(Task).filter(Task.project_id == 1).update({'title': 'bulk'})",
    "db.execute(update(Task).where(Task.id == 1).values(title='stmt'))",
    "db.execute(delete(Step).where(Step.task_id == 1))",
    "db.execute(text(\"update tasks set title = 'raw' where id = 2\"))",
    "add_task(db, p, 'helper')",
    "p = save(db, p)",
    "p = save_and_refresh(db, p)",
    "db.rollback()",
    "q = db.get(Project, 2)\n    out.append(len(q.tasks))",
    "for x in p.tasks:\n        x.title = x.title + '!'",
    "db.refresh(p, with_for_update=True)",
    "held = list(p.tasks)\n    db.refresh(instance=p)",
    "if len(p.tasks) > 1:\n        db.commit()",
]
READ = [
    "out.append([x.title for x in p.tasks])",
    "out.append(titles(p))",
    "out.append(deep(p))",
    "out.append(len(p.tasks))",
    "out.append(t.project.name if t.project else None)",
    "out.append([s.text for s in t.steps])",
    "out.append(p.name)",
    "out.append(t.title)",
    "out.append([len(x.steps) for x in p.tasks])",
    "out.append([x.title for x in t.project.tasks] if t.project else [])",
]
END = ["return out"] * 4 + ["return titles(p)", "MODEL p", "MODEL p"]


def _body(rng: random.Random, number: int) -> str:
    lines = ["out = []", rng.choice(MAKE)]
    if rng.random() < 0.5:
        lines.insert(1, rng.choice(TASK[:4]))
    else:
        lines.append(rng.choice(TASK))
    lines += [rng.choice(ACT if rng.random() < 0.65 else READ) for _ in range(rng.randint(1, 5))]
    lines.append(rng.choice(READ))
    end = rng.choice(END)
    model = ", response_model=ProjectOut" if end.startswith("MODEL") else ""
    lines.append(end.replace("MODEL ", "return "))
    given = ", current: Project = Depends(current)" if any("= current" in line for line in lines) else ""
    text = "\n    ".join(lines)
    return f'\n\n@app.get("/r{number}"{model})\ndef r{number}(db: Session = Depends(get_db){given}):\n    {text}\n'


def service(seed: int, count: int) -> str:
    """The main module of a service with this many routes: /r0, /r1 and so on, each over new data of /seed."""
    rng = random.Random(seed)
    return HEAD + "".join(_body(rng, number) for number in range(count))
