import uuid

from sqlmodel import Session, col, or_, select

from app.crud.base import CRUDBase
from app.models import (
    ChatSession,
    DocumentVersion,
    Project,
    ProjectArtifact,
    ProjectMember,
    Task,
    User,
)


class CRUDProject(CRUDBase[Project]):
    def get_for_user(
        self, db: Session, user_id: uuid.UUID, skip: int = 0, limit: int = 100
    ) -> list[Project]:
        """The projects that a user owns or is a member of, the newest first."""
        mine = select(ProjectMember.project_id).where(ProjectMember.user_id == user_id)
        query = (
            select(Project)
            .where(or_(Project.owner_id == user_id, col(Project.id).in_(mine)))
            .order_by(col(Project.created_at).desc())
            .offset(skip)
            .limit(limit)
        )
        return list(db.exec(query).all())

    def has_access(self, db: Session, project: Project, user: User) -> bool:
        if user.is_superuser or project.owner_id == user.id:
            return True
        return db.get(ProjectMember, (project.id, user.id)) is not None

    def members(self, db: Session, project_id: uuid.UUID) -> list[User]:
        query = (
            select(User)
            .join(ProjectMember, col(ProjectMember.user_id) == User.id)
            .where(ProjectMember.project_id == project_id)
            .order_by(User.email)
        )
        return list(db.exec(query).all())

    def add_member(
        self, db: Session, project_id: uuid.UUID, user_id: uuid.UUID
    ) -> None:
        db.add(ProjectMember(project_id=project_id, user_id=user_id))
        db.commit()

    def remove_member(
        self, db: Session, project_id: uuid.UUID, user_id: uuid.UUID
    ) -> bool:
        member = db.get(ProjectMember, (project_id, user_id))
        if member is None:
            return False
        db.delete(member)
        db.commit()
        return True

    def remove_with_contents(self, db: Session, db_obj: Project) -> None:
        for chat in db.exec(
            select(ChatSession).where(ChatSession.project_id == db_obj.id)
        ):
            chat.project_id = None
        for model in (ProjectArtifact, DocumentVersion, ProjectMember, Task):
            for row in db.exec(select(model).where(model.project_id == db_obj.id)):
                db.delete(row)
        db.delete(db_obj)
        db.commit()


project = CRUDProject(Project)
