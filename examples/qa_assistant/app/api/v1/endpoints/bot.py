from fastapi import APIRouter, BackgroundTasks, HTTPException, status

from app import crud
from app.api.deps import ProjectDep, SessionDep
from app.schemas import CoverageOut, TaskOut
from app.services import coverage

router = APIRouter()


@router.get("/{project_id}/coverage", response_model=TaskOut)
def get_run_coverage_test(project: ProjectDep, db: SessionDep):
    """The latest analysis of a project."""
    task = crud.task.latest(db, project.id)
    if task is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No analysis yet")
    return task


@router.post("/{project_id}/coverage", response_model=TaskOut, status_code=202)
def run_coverage_analysis(
    project: ProjectDep, db: SessionDep, background_tasks: BackgroundTasks
):
    """Start an analysis; look for its result with GET."""
    task = crud.task.start(db, project.id)
    background_tasks.add_task(coverage.run_task, db, task.id, project.id)
    return task


@router.post("/{project_id}/coverage/sync", response_model=CoverageOut)
def run_coverage_analysis_sync(project: ProjectDep, db: SessionDep):
    """An analysis, at once."""
    return coverage.analyse(db, project.id)
