from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from chat_insights.auth import get_current_user
from chat_insights.chats.models import Chat
from chat_insights.config import settings
from chat_insights.credits import service as credits_service
from chat_insights.database import get_db
from chat_insights.exceptions import NotFoundError
from chat_insights.rag import service
from chat_insights.rag.schemas import (
    GeneratedInsight,
    GenerateRequest,
    RagAnswer,
    RagQuery,
    RagSource,
)
from chat_insights.users.models import User

router = APIRouter()


def _verify_chat(db: Session, chat_id: str, user: User) -> Chat:
    chat = db.execute(
        select(Chat).where(Chat.id == chat_id, Chat.user_id == user.id)
    ).scalar_one_or_none()
    if chat is None:
        raise NotFoundError("Chat not found")
    return chat


@router.post("/query", response_model=RagAnswer)
def query_chat(
    payload: RagQuery,
    user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
):
    """Ask a question about a chat."""
    chat = _verify_chat(db, payload.chat_id, user)
    log, sources = service.query_chat_with_rag(
        db, chat, payload.question, payload.top_k
    )
    return RagAnswer(
        query_id=log.id,
        chat_id=chat.id,
        answer=log.answer,
        sources=[
            RagSource(
                message_id=message.id,
                sender=message.sender,
                content=message.content,
                sent_at=message.sent_at,
            )
            for message in sources
        ],
    )


@router.post("/generate", response_model=GeneratedInsight, deprecated=True)
def generate_insight(
    payload: GenerateRequest,
    user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
):
    """Generate one insight. Kept for old clients: use /api/insights/unlock."""
    chat = _verify_chat(db, payload.chat_id, user)
    insight_type = service.get_insight_type(db, payload.insight_type_id)

    insight = service.get_insight(db, chat.id, insight_type.id)
    if insight is not None and not payload.regenerate:
        return service.create_insight_response(insight, cached=True)

    credits_service.deduct_credits(
        db, user, settings.legacy_insight_cost, description=insight_type.name
    )
    insight = service.generate_insight(db, chat, insight_type)
    db.commit()
    return service.create_insight_response(insight, cached=False)
