"""Which requirements no test case mentions, and what to do about it."""

import logging
import uuid

from openai import OpenAIError
from sqlmodel import Session

from ai.llm import complete
from app import crud
from app.models import ArtifactType, TaskStatus
from app.schemas import ArtifactCreate, CoverageOut

logger = logging.getLogger(__name__)

ADVICE_PROMPT = "You get requirements without a test. Advise in one sentence."


def analyse(db: Session, project_id: uuid.UUID) -> CoverageOut:
    requirements = crud.artifact.search(db, project_id, ArtifactType.REQUIREMENT)
    tests = crud.artifact.search(db, project_id, ArtifactType.TEST_CASE)
    text = " ".join(test.title.lower() for test in tests)
    missing = [row.title for row in requirements if row.title.lower() not in text]
    advice = complete(ADVICE_PROMPT, "\n".join(missing)) if missing else "All covered."
    return CoverageOut(
        requirements=len(requirements),
        covered=len(requirements) - len(missing),
        missing=missing,
        advice=advice,
    )


def run_task(db: Session, task_id: uuid.UUID, project_id: uuid.UUID) -> None:
    """Runs after the response; the result is kept in the task and as a report."""
    crud.task.set_status(db, task_id, TaskStatus.RUNNING)
    try:
        coverage = analyse(db, project_id)
    except OpenAIError:
        logger.exception("Task %s", task_id)
        crud.task.set_status(db, task_id, TaskStatus.FAILED)
        return
    report = ArtifactCreate(
        project_id=project_id,
        type=ArtifactType.COVERAGE_REPORT,
        title=f"{coverage.covered} of {coverage.requirements} covered",
        content=coverage.advice,
    )
    crud.artifact.create(db, report)
    crud.task.set_status(db, task_id, TaskStatus.DONE, coverage.model_dump())
