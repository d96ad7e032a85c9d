from fastapi import APIRouter, HTTPException, status

from app import crud
from app.api.deps import CurrentUser, ProjectDep, SessionDep
from app.schemas import ProjectCreate, ProjectOut, ProjectUpdate

router = APIRouter()


@router.post("", response_model=ProjectOut, status_code=201)
def create_project(
    project_in: ProjectCreate, db: SessionDep, current_user: CurrentUser
):
    return crud.project.create(db, project_in, owner_id=current_user.id)


@router.get("/{project_id}", response_model=ProjectOut)
def read_project(project: ProjectDep):
    return project


@router.get("", response_model=list[ProjectOut])
def read_projects(
    db: SessionDep, current_user: CurrentUser, skip: int = 0, limit: int = 100
):
    return crud.project.get_for_user(db, current_user.id, skip, limit)


@router.put("/{project_id}", response_model=ProjectOut)
def update_project(project_in: ProjectUpdate, project: ProjectDep, db: SessionDep):
    return crud.project.update(db, project, project_in)


@router.delete("/{project_id}", status_code=204)
def delete_project(project: ProjectDep, db: SessionDep, current_user: CurrentUser):
    if project.owner_id != current_user.id and not current_user.is_superuser:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Only the owner may delete it")
    crud.project.remove_with_contents(db, project)
