import logging

from sqlalchemy.orm import Session

from chat_insights.celery_app import celery_app, worker_session
from chat_insights.credits import service as credits_service
from chat_insights.exceptions import AppError
from chat_insights.insights.models import InsightJob, JobStatus
from chat_insights.rag import service as rag_service
from chat_insights.users.models import User

logger = logging.getLogger(__name__)


@celery_app.task(name="insights.generate_category_insights")
def generate_category_insights(job_id: str) -> int:
    """Generate every insight of the job's category. Refunds the job if one fails."""
    with worker_session() as db:
        job = db.get(InsightJob, job_id)
        if job is None:
            logger.warning("Insight job %s no longer exists", job_id)
            return 0
        job.status = JobStatus.RUNNING
        db.commit()

        try:
            for insight_type in job.category.insight_types:
                if not insight_type.is_active:
                    continue
                if rag_service.get_insight(db, job.chat_id, insight_type.id) is None:
                    rag_service.generate_insight(db, job.chat, insight_type)
                job.completed += 1
                db.commit()
        except AppError as exc:
            db.rollback()
            _fail_job(db, job, exc.message)
            return job.completed

        job.status = JobStatus.COMPLETED
        db.commit()
        return job.completed


def _fail_job(db: Session, job: InsightJob, reason: str) -> None:
    job.status = JobStatus.FAILED
    job.error = reason
    user = db.get(User, job.user_id)
    if user is not None and job.credits_spent:
        credits_service.add_credits(
            db, user, job.credits_spent, kind="refund", description=reason[:200]
        )
    db.commit()
