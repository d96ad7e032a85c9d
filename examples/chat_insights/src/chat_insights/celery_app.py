"""Celery application and the database access of its workers.

Workers fork, so they get their own engine without a pool: each task opens a
connection and closes it when it ends. Tasks are synchronous.
"""

from collections.abc import Generator
from contextlib import contextmanager

from celery import Celery
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from chat_insights.config import settings

celery_app = Celery(
    "chat_insights",
    broker=settings.celery_broker_url,
    include=["chat_insights.chats.tasks", "chat_insights.insights.tasks"],
)
celery_app.conf.update(
    task_always_eager=settings.celery_task_always_eager,
    task_eager_propagates=False,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    beat_schedule={
        "purge-deleted-chats": {
            "task": "chats.purge_deleted_chats",
            "schedule": 24 * 60 * 60,
        },
    },
)

worker_engine = create_engine(settings.database_url, poolclass=NullPool)
WorkerSession = sessionmaker(bind=worker_engine, autoflush=False)


@contextmanager
def worker_session() -> Generator[Session, None, None]:
    db = WorkerSession()
    try:
        yield db
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()
