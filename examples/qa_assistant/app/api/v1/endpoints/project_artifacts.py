import uuid

from fastapi import APIRouter, HTTPException, status

from app import crud
from app.api.deps import (
    CurrentUser,
    ProjectDep,
    SessionDep,
    SuperUser,
    require_project,
)
from app.models import ArtifactType, ProjectArtifact, User
from app.schemas import ArtifactCreate, ArtifactOut, ArtifactUpdate

router = APIRouter()


def require_artifact(
    db: SessionDep, artifact_id: uuid.UUID, user: User
) -> ProjectArtifact:
    artifact = crud.artifact.get(db, artifact_id)
    if artifact is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Artifact not found")
    require_project(db, artifact.project_id, user)
    return artifact


@router.post("", response_model=ArtifactOut, status_code=201)
def create_project_artifact(
    artifact_in: ArtifactCreate, db: SessionDep, current_user: CurrentUser
):
    require_project(db, artifact_in.project_id, current_user)
    return crud.artifact.create(db, artifact_in)


@router.get("/{artifact_id}", response_model=ArtifactOut)
def read_project_artifact(
    artifact_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
):
    return require_artifact(db, artifact_id, current_user)


@router.get("/project/{project_id}", response_model=list[ArtifactOut])
def read_project_artifacts_by_project(project: ProjectDep, db: SessionDep):
    return crud.artifact.search(db, project.id)


@router.get(
    "/project/{project_id}/version/{version_id}", response_model=list[ArtifactOut]
)
def read_project_artifacts_by_version(
    version_id: uuid.UUID, project: ProjectDep, db: SessionDep
):
    return crud.artifact.search(db, project.id, version_id=version_id)


@router.get("/project/{project_id}/type/{type}", response_model=list[ArtifactOut])
def read_project_artifacts_by_type(
    type: ArtifactType, project: ProjectDep, db: SessionDep
):
    return crud.artifact.search(db, project.id, type)


@router.get("", response_model=list[ArtifactOut])
def read_project_artifacts(
    db: SessionDep, superuser: SuperUser, skip: int = 0, limit: int = 100
):
    return crud.artifact.get_multi(db, skip, limit)


@router.put("/{artifact_id}", response_model=ArtifactOut)
def update_project_artifact(
    artifact_id: uuid.UUID,
    artifact_in: ArtifactUpdate,
    db: SessionDep,
    current_user: CurrentUser,
):
    artifact = require_artifact(db, artifact_id, current_user)
    return crud.artifact.update(db, artifact, artifact_in)


@router.delete("/{artifact_id}", status_code=204)
def delete_project_artifact(
    artifact_id: uuid.UUID, db: SessionDep, current_user: CurrentUser
):
    crud.artifact.remove(db, require_artifact(db, artifact_id, current_user))
