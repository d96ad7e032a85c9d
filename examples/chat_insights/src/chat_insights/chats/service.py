import logging
import math
from collections import Counter
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from chat_insights.chats.models import Chat, ChatStatus, Message
from chat_insights.chats.parser import parse_export
from chat_insights.exceptions import NotFoundError
from chat_insights.vector import service as vector_service

logger = logging.getLogger(__name__)

INSERT_BATCH_SIZE = 500


def create_chat(db: Session, user_id: str, filename: str) -> Chat:
    chat = Chat(user_id=user_id, filename=filename)
    db.add(chat)
    db.commit()
    db.refresh(chat)
    return chat


def get_chat(db: Session, chat_id: str) -> Chat:
    chat = db.query(Chat).filter(Chat.id == chat_id).first()
    if chat is None:
        raise NotFoundError("Chat not found")
    return chat


def get_user_chats(
    db: Session,
    user_id: str,
    skip: int = 0,
    limit: int = 20,
    status: ChatStatus | None = None,
    search: str | None = None,
) -> tuple[int, list[Chat]]:
    query = db.query(Chat).filter(Chat.user_id == user_id)
    if status is not None:
        query = query.filter(Chat.status == status)
    if search:
        pattern = f"%{search}%"
        query = query.filter(
            or_(Chat.filename.ilike(pattern), Chat.display_name.ilike(pattern))
        )
    total = query.count()
    chats = query.order_by(Chat.created_at.desc()).offset(skip).limit(limit).all()
    return total, chats


def process_whatsapp_file(db: Session, chat_id: str, path: Path) -> int:
    """Parse an export and store its messages, replacing any earlier ones.

    Called in the request for small files and by a Celery task for large ones.
    """
    chat = get_chat(db, chat_id)
    try:
        parsed = parse_export(path)
    except ValueError:
        chat.status = ChatStatus.FAILED
        db.commit()
        raise

    db.query(Message).filter(Message.chat_id == chat.id).delete()
    batch = []
    for position, item in enumerate(parsed):
        batch.append(
            Message(
                chat_id=chat.id,
                position=position,
                sender=item.sender,
                content=item.content,
                is_media=item.is_media,
                sent_at=item.sent_at,
            )
        )
        if len(batch) >= INSERT_BATCH_SIZE:
            db.add_all(batch)
            db.flush()
            batch = []
    db.add_all(batch)

    chat.message_count = len(parsed)
    chat.status = ChatStatus.READY
    db.commit()
    logger.info("Stored %d messages for chat %s", chat.message_count, chat.id)
    return chat.message_count


def get_chat_messages(
    db: Session,
    chat_id: str,
    page: int = 1,
    page_size: int = 50,
    sender: str | None = None,
    search: str | None = None,
) -> tuple[int, int, list[Message]]:
    """Return (total, number of pages, messages of this page)."""
    conditions = [Message.chat_id == chat_id]
    if sender:
        conditions.append(Message.sender == sender)
    if search:
        conditions.append(Message.content.ilike(f"%{search}%"))

    total = db.scalar(select(func.count(Message.id)).where(*conditions)) or 0
    stmt = (
        select(Message)
        .where(*conditions)
        .order_by(Message.position)
        .offset((page - 1) * page_size)
        .limit(page_size)
    )
    messages = list(db.scalars(stmt).all())
    return total, max(1, math.ceil(total / page_size)), messages


def get_chat_stats(db: Session, chat: Chat) -> dict:
    total = db.query(Message).filter(Message.chat_id == chat.id).count()
    media = (
        db.query(func.count(Message.id))
        .filter(Message.chat_id == chat.id, Message.is_media.is_(True))
        .scalar()
    )
    first_at, last_at = (
        db.query(func.min(Message.sent_at), func.max(Message.sent_at))
        .filter(Message.chat_id == chat.id)
        .one()
    )
    rows = db.execute(
        select(Message.sender, func.count(Message.id).label("messages"))
        .where(Message.chat_id == chat.id)
        .group_by(Message.sender)
        .order_by(func.count(Message.id).desc(), Message.sender)
    ).all()
    return {
        "chat_id": chat.id,
        "title": chat.title,
        "owner": chat.user.display_name or "Anonymous",
        "total_messages": total,
        "media_messages": media,
        "first_message_at": first_at,
        "last_message_at": last_at,
        "busiest_hour": _busiest_hour(chat),
        "senders": [
            {
                "sender": row.sender,
                "messages": row.messages,
                "share": round(row.messages / total, 3),
            }
            for row in rows
        ],
    }


def _busiest_hour(chat: Chat) -> int | None:
    hours = Counter(message.sent_at.hour for message in chat.messages)
    if not hours:
        return None
    return min(hours, key=lambda hour: (-hours[hour], hour))


def get_vector_status(chat: Chat) -> dict:
    return {
        "chat_id": chat.id,
        "vector_status": chat.vector_status,
        "chunks": chat.vector_chunks,
        "chunks_in_store": vector_service.count_chunks(chat.id),
        "indexed_at": chat.indexed_at,
    }


def update_display_name(db: Session, chat: Chat, display_name: str) -> Chat:
    chat.display_name = display_name.strip()
    db.commit()
    db.refresh(chat)
    return chat


def delete_chat(db: Session, chat: Chat) -> None:
    """Soft delete; ``purge_deleted_chats`` removes the rows later."""
    chat.soft_delete()
    db.commit()
    vector_service.delete_chat_vectors(chat.id)


def discard_chat(db: Session, chat_id: str) -> None:
    """Remove the row of an upload that could not be parsed."""
    chat = db.get(Chat, chat_id)
    if chat is not None:
        db.delete(chat)
        db.commit()
