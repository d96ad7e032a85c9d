import logging

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chat_insights.categories.models import InsightType
from chat_insights.chats.models import Chat, Message, VectorStatus
from chat_insights.clients import ScoredPoint, get_gemini_client
from chat_insights.config import settings
from chat_insights.exceptions import ConflictError, NotFoundError
from chat_insights.insights.models import Insight
from chat_insights.rag.models import RagQueryLog
from chat_insights.vector import service as vector_service

logger = logging.getLogger(__name__)


def _load_sources(db: Session, hits: list[ScoredPoint]) -> list[Message]:
    """Messages of the hits, best hit first."""
    sources: list[Message] = []
    for hit in hits:
        stmt = (
            select(Message)
            .where(Message.id.in_(hit.payload["message_ids"]))
            .order_by(Message.position)
        )
        sources.extend(db.scalars(stmt))
    return sources


def _build_prompt(chat: Chat, instruction: str) -> str:
    owner = chat.user.display_name or chat.user.email
    return f"Chat '{chat.title}', uploaded by {owner}.\n{instruction}"


def query_chat_with_rag(
    db: Session, chat: Chat, question: str, top_k: int | None = None
) -> tuple[RagQueryLog, list[Message]]:
    if chat.vector_status != VectorStatus.INDEXED:
        raise ConflictError("The chat has not been indexed yet")
    hits = vector_service.search_chat(chat.id, question, top_k or settings.rag_top_k)
    sources = _load_sources(db, hits)
    answer = get_gemini_client().generate(
        _build_prompt(chat, question), [message.content for message in sources]
    )
    log = RagQueryLog(
        chat_id=chat.id, question=question, answer=answer, source_count=len(sources)
    )
    db.add(log)
    db.commit()
    db.refresh(log)
    return log, sources


def get_insight_type(db: Session, insight_type_id: str) -> InsightType:
    insight_type = db.get(InsightType, insight_type_id)
    if insight_type is None or not insight_type.is_active:
        raise NotFoundError("Insight type not found")
    return insight_type


def get_insight(db: Session, chat_id: str, insight_type_id: str) -> Insight | None:
    return (
        db.query(Insight)
        .options(joinedload(Insight.insight_type))
        .filter(Insight.chat_id == chat_id, Insight.insight_type_id == insight_type_id)
        .one_or_none()
    )


def generate_insight(db: Session, chat: Chat, insight_type: InsightType) -> Insight:
    """Ask the model and store the result. Shared with the insights task.

    Only flushes, so that the caller can charge for it in the same transaction.
    """
    hits = vector_service.search_chat(chat.id, insight_type.prompt, settings.rag_top_k)
    sources = _load_sources(db, hits)
    client = get_gemini_client()
    content = client.generate(
        _build_prompt(chat, insight_type.prompt),
        [f"{message.sender}: {message.content}" for message in sources],
    )
    insight = get_insight(db, chat.id, insight_type.id)
    if insight is None:
        insight = Insight(chat_id=chat.id, insight_type_id=insight_type.id)
        db.add(insight)
    insight.content = content
    insight.model_name = client.model_name
    db.flush()
    logger.info("Generated insight %s for chat %s", insight_type.id, chat.id)
    return insight


def create_insight_response(insight: Insight, cached: bool) -> dict:
    return {
        "insight_id": insight.id,
        "chat_title": insight.chat.title,
        "category": insight.insight_type.category.name,
        "insight_type": insight.insight_type.name,
        "content": insight.content,
        "cached": cached,
        "credits_left": insight.chat.user.credit_balance,
    }
