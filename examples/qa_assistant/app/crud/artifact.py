import uuid

from sqlmodel import Session, col, func, select

from app.crud.base import CRUDBase
from app.models import ArtifactType, ProjectArtifact


class CRUDArtifact(CRUDBase[ProjectArtifact]):
    def search(
        self,
        db: Session,
        project_id: uuid.UUID,
        type: ArtifactType | None = None,
        version_id: uuid.UUID | None = None,
    ) -> list[ProjectArtifact]:
        query = select(ProjectArtifact).where(ProjectArtifact.project_id == project_id)
        if type is not None:
            query = query.where(ProjectArtifact.type == type)
        if version_id is not None:
            query = query.where(ProjectArtifact.version_id == version_id)
        query = query.order_by(col(ProjectArtifact.created_at), ProjectArtifact.title)
        return list(db.exec(query).all())

    def count_by_type(self, db: Session) -> dict[str, int]:
        query = select(ProjectArtifact.type, func.count()).group_by(
            ProjectArtifact.type
        )
        return {type.value: count for type, count in db.exec(query)}


artifact = CRUDArtifact(ProjectArtifact)
