import uuid

from fastapi import APIRouter, HTTPException, status

from app import crud
from app.api.deps import CurrentUser, ProjectDep, SessionDep, require_project
from app.models import DocumentVersion, User
from app.schemas import VersionCreate, VersionOut, VersionUpdate

router = APIRouter()


def require_version(
    db: SessionDep, version_id: uuid.UUID, user: User
) -> DocumentVersion:
    version = crud.version.get(db, version_id)
    if version is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Version not found")
    require_project(db, version.project_id, user)
    return version


@router.post("", response_model=VersionOut, status_code=201)
def create_document_version(
    version_in: VersionCreate, db: SessionDep, current_user: CurrentUser
):
    require_project(db, version_in.project_id, current_user)
    return crud.version.create_next(db, version_in)


@router.get("/{version_id}", response_model=VersionOut)
def read_document_version(
    version_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
):
    return require_version(db, version_id, current_user)


@router.get("/project/{project_id}", response_model=list[VersionOut])
def read_document_versions_by_project(project: ProjectDep, db: SessionDep):
    return crud.version.get_by_project(db, project.id)


@router.get("/project/{project_id}/current", response_model=VersionOut)
def get_current_document_version(project: ProjectDep, db: SessionDep):
    version = crud.version.get_current(db, project.id)
    if version is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No version yet")
    return version


@router.put("/{version_id}", response_model=VersionOut)
def update_document_version(
    version_id: uuid.UUID,
    version_in: VersionUpdate,
    db: SessionDep,
    current_user: CurrentUser,
):
    version = require_version(db, version_id, current_user)
    return crud.version.update(db, version, version_in)


@router.delete("/{version_id}", status_code=204)
def delete_document_version(
    version_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
):
    crud.version.remove(db, require_version(db, version_id, current_user))
