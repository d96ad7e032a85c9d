"""Engines, session factories and the two session dependencies.

The sync half is still used by the chats and RAG routers; everything else has
moved to the async half. Celery workers use neither: see ``celery_app.py``.
"""

from collections.abc import AsyncGenerator, Generator
from datetime import datetime, timezone

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    sessionmaker,
    with_loader_criteria,
)

from chat_insights.config import settings


def utcnow() -> datetime:
    """Naive UTC, which is what all DateTime columns hold."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


class Base(DeclarativeBase):
    pass


class SoftDeleteMixin:
    is_deleted: Mapped[bool] = mapped_column(default=False, index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)

    def soft_delete(self) -> None:
        self.is_deleted = True
        self.deleted_at = utcnow()


def _engine_options() -> dict:
    if settings.is_sqlite:
        return {"connect_args": {"check_same_thread": False, "timeout": 15}}
    return {
        "pool_size": settings.db_pool_size,
        "max_overflow": settings.db_max_overflow,
        "pool_pre_ping": True,
        "isolation_level": "REPEATABLE READ",
    }


engine = create_engine(
    settings.database_url, echo=settings.sql_echo, **_engine_options()
)
SessionLocal = sessionmaker(bind=engine, autoflush=False)

async_engine = create_async_engine(
    settings.async_database_url, echo=settings.sql_echo, **_engine_options()
)
AsyncSessionLocal = async_sessionmaker(
    bind=async_engine, class_=AsyncSession, autoflush=False, expire_on_commit=False
)


@event.listens_for(Session, "do_orm_execute")
def _filter_soft_deleted(state: ORMExecuteState) -> None:
    """Hide soft-deleted rows unless ``include_deleted=True`` is asked for."""
    if (
        state.is_select
        and not state.is_column_load
        and not state.is_relationship_load
        and not state.execution_options.get("include_deleted", False)
    ):
        state.statement = state.statement.options(
            with_loader_criteria(
                SoftDeleteMixin,
                lambda cls: cls.is_deleted.is_(False),
                include_aliases=True,
            )
        )


def get_db() -> Generator[Session, None, None]:
    db = SessionLocal()
    try:
        yield db
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()


async def get_async_db() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSessionLocal() as session:
        try:
            yield session
        except Exception:
            await session.rollback()
            raise


async def init_models() -> None:
    """Create missing tables (development only; production runs Alembic)."""
    from chat_insights import models  # noqa: F401

    async with async_engine.begin() as conn:
        await conn.run_sync(Base.metadata.create_all)
