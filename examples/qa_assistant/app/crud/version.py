import uuid

from sqlmodel import Session, col, func, select

from app.crud.base import CRUDBase
from app.models import DocumentVersion
from app.schemas import VersionCreate


class CRUDVersion(CRUDBase[DocumentVersion]):
    def get_by_project(
        self, db: Session, project_id: uuid.UUID
    ) -> list[DocumentVersion]:
        query = select(DocumentVersion).where(DocumentVersion.project_id == project_id)
        return list(db.exec(query.order_by(col(DocumentVersion.number))).all())

    def get_current(self, db: Session, project_id: uuid.UUID) -> DocumentVersion | None:
        query = select(DocumentVersion).where(
            DocumentVersion.project_id == project_id, DocumentVersion.is_current
        )
        return db.exec(query).first()

    def create_next(self, db: Session, obj_in: VersionCreate) -> DocumentVersion:
        """The new version is the current one."""
        highest = db.exec(
            select(func.max(DocumentVersion.number)).where(
                DocumentVersion.project_id == obj_in.project_id
            )
        ).one()
        current = self.get_current(db, obj_in.project_id)
        if current is not None:
            current.is_current = False
            db.add(current)
        return self.create(db, obj_in, number=(highest or 0) + 1)


version = CRUDVersion(DocumentVersion)
