import logging
from datetime import timedelta
from pathlib import Path

from chat_insights.celery_app import celery_app, worker_session
from chat_insights.chats import service
from chat_insights.chats.models import Chat, VectorStatus
from chat_insights.database import utcnow
from chat_insights.exceptions import ExternalServiceError
from chat_insights.insights.models import InsightJob
from chat_insights.rag.models import RagQueryLog
from chat_insights.vector import service as vector_service

logger = logging.getLogger(__name__)

PURGE_AFTER = timedelta(days=30)


@celery_app.task(name="chats.process_chat_upload")
def process_chat_upload(chat_id: str, path: str) -> int:
    """Parse a large export, then index it."""
    file_path = Path(path)
    try:
        with worker_session() as db:
            count = service.process_whatsapp_file(db, chat_id, file_path)
    finally:
        file_path.unlink(missing_ok=True)
    index_chat_vectors.delay(chat_id)
    return count


@celery_app.task(
    name="chats.index_chat_vectors", bind=True, max_retries=2, default_retry_delay=30
)
def index_chat_vectors(self, chat_id: str) -> int:
    with worker_session() as db:
        chat = service.get_chat(db, chat_id)
        try:
            return vector_service.index_chat(db, chat)
        except ExternalServiceError as exc:
            db.rollback()
            chat.vector_status = VectorStatus.FAILED
            db.commit()
            raise self.retry(exc=exc)


@celery_app.task(name="chats.purge_deleted_chats")
def purge_deleted_chats() -> int:
    """Remove chats for good once they have been in the bin for 30 days."""
    with worker_session() as db:
        chats = (
            db.query(Chat)
            .execution_options(include_deleted=True)
            .filter(Chat.is_deleted.is_(True), Chat.deleted_at < utcnow() - PURGE_AFTER)
            .all()
        )
        chat_ids = [chat.id for chat in chats]
        for model in (InsightJob, RagQueryLog):
            db.query(model).filter(model.chat_id.in_(chat_ids)).delete()
        for chat in chats:
            db.delete(chat)
        db.commit()
    logger.info("Purged %d chats", len(chats))
    return len(chats)
