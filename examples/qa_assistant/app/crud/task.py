import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.crud.base import CRUDBase
from app.models import Task, TaskStatus


class CRUDTask(CRUDBase[Task]):
    def start(self, db: Session, project_id: uuid.UUID) -> Task:
        db_obj = Task(project_id=project_id)
        db.add(db_obj)
        db.commit()
        db.refresh(db_obj)
        return db_obj

    def set_status(
        self,
        db: Session,
        task_id: uuid.UUID,
        status: TaskStatus,
        result: dict[str, Any] | None = None,
    ) -> None:
        db_obj = self.get(db, task_id)
        if db_obj is not None:
            db_obj.status = status
            db_obj.result = result
            db.add(db_obj)
            db.commit()

    def latest(self, db: Session, project_id: uuid.UUID) -> Task | None:
        query = select(Task).where(Task.project_id == project_id)
        return db.exec(query.order_by(col(Task.created_at).desc())).first()


task = CRUDTask(Task)
