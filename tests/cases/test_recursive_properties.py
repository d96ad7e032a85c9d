"""Properties that lead on without end, columns of subclasses, and what the database computes: read on the session."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252

MODELS = """
from __future__ import annotations

from typing import List, Optional

from sqlalchemy import Computed, ForeignKey, Text
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Department(Base):
    __tablename__ = "departments"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("departments.id"))
    parent: Mapped[Optional[Department]] = relationship(remote_side=[id])

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent else self.name


class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    salary: Mapped[int] = mapped_column(default=1)
    yearly: Mapped[int] = mapped_column(Computed("salary * 12"))
    notes: Mapped[Optional[str]] = mapped_column(Text, deferred=True)
    department_id: Mapped[Optional[int]] = mapped_column(ForeignKey("departments.id"))
    department: Mapped[Optional[Department]] = relationship()
    links: Mapped[List[Link]] = relationship(cascade="all, delete-orphan", order_by="Link.skill_id")
    skills: AssociationProxy[List[Skill]] = association_proxy("links", "skill")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}


class Engineer(Employee):
    __tablename__ = "engineers"
    id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    language: Mapped[str] = mapped_column(default="python")
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Skill(Base):
    __tablename__ = "skills"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Link(Base):
    __tablename__ = "links"
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    skill: Mapped[Skill] = relationship()
"""
SERVICE = """
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.database import Base, engine, get_db
from app.models import Department, Employee, Engineer, Link, Skill

app = FastAPI()
Base.metadata.create_all(engine)


class DepartmentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    path: str


class EmployeeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    yearly: int
    notes: str | None
    department: DepartmentOut | None


@app.post("/seed")
def seed(db: Session = Depends(get_db)) -> int:
    top = Department(name="top")
    inner = Department(name="inner", parent=Department(name="middle", parent=top))
    db.add_all([Skill(name="a"), Skill(name="b")])
    db.add_all([Employee(name="x", department=inner), Engineer(name="y", department=top, links=[Link(skill_id=1)])])
    db.commit()
    return 1


@app.post("/employees", response_model=EmployeeOut)
def hire(name: str, key: int, db: Session = Depends(get_db)):
    employee = Employee(name=name, department_id=key)
    db.add(employee)
    db.commit()
    return employee


@app.get("/employees/{key}", response_model=EmployeeOut)
def one(key: int, db: Session = Depends(get_db)):
    return db.get(Employee, key)


@app.get("/employees", response_model=list[EmployeeOut])
def everyone(db: Session = Depends(get_db)):
    return db.query(Employee).order_by(Employee.id).all()


@app.get("/departments/{key}", response_model=DepartmentOut)
def department(key: int, db: Session = Depends(get_db)):
    return db.get(Department, key)


@app.post("/raise/{key}")
def give(key: int, amount: int, db: Session = Depends(get_db)):
    found = db.get(Employee, key)
    found.salary += amount
    db.commit()
    return {"salary": found.salary, "yearly": found.yearly}


@app.get("/languages")
def languages(db: Session = Depends(get_db)):
    return [[e.name, e.language] for e in db.scalars(select(Employee).order_by(Employee.id)) if e.kind == "engineer"]


@app.post("/learn/{key}/{name}")
def learn(key: int, name: str, db: Session = Depends(get_db)):
    found = db.scalars(select(Employee).where(Employee.id == key).options(selectinload(Employee.links))).one()
    link = next((item for item in found.links if item.skill.name == name), None)
    if link is None:
        found.links.append(Link(skill=db.scalars(select(Skill).where(Skill.name == name)).one()))
    db.commit()
    db.refresh(found)
    return [skill.name for skill in found.skills]
"""
REQUESTS = [
    ("POST", "/seed", None), ("POST", "/employees?name=z&key=2", None), ("GET", "/employees/1", None),
    ("GET", "/employees", None), ("GET", "/departments/1", None), ("GET", "/departments/3", None),
    ("POST", "/raise/2?amount=5", None), ("GET", "/languages", None), ("POST", "/learn/2/b", None),
    ("POST", "/learn/2/b", None), ("POST", "/learn/1/a", None),
]  # fmt: skip


def test_they_are_read_on_the_session(tmp_path: Path) -> None:
    root = write_service(tmp_path, {"app/models.py": MODELS, "app/main.py": SERVICE})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert answers(root, REQUESTS) == before
    assert {status for status, _ in before["answers"]} == {200}
    assert set(outcomes(result).values()) == {"native"}
    assert converted(root).after == {}
