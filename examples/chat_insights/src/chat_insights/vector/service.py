"""Chunking, embedding and search of chats in the vector store."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chat_insights.chats.models import Chat, Message, VectorStatus
from chat_insights.clients import (
    Point,
    ScoredPoint,
    get_gemini_client,
    get_qdrant_client,
)
from chat_insights.database import utcnow

CHUNK_SIZE = 5


def collection_name(chat_id: str) -> str:
    return f"chat-{chat_id}"


def chunk_messages(messages: list[Message]) -> list[list[Message]]:
    return [
        messages[start : start + CHUNK_SIZE]
        for start in range(0, len(messages), CHUNK_SIZE)
    ]


def index_chat(db: Session, chat: Chat) -> int:
    """(Re)build the chat's collection; returns the number of chunks."""
    messages = list(
        db.scalars(
            select(Message)
            .where(Message.chat_id == chat.id, Message.is_media.is_(False))
            .order_by(Message.position)
        ).all()
    )
    chunks = chunk_messages(messages)
    texts = ["\n".join(f"{m.sender}: {m.content}" for m in chunk) for chunk in chunks]
    vectors = get_gemini_client().embed_batch(texts)
    points = [
        Point(
            id=f"{index:06d}",
            vector=vector,
            payload={"message_ids": [message.id for message in chunk]},
        )
        for index, (chunk, vector) in enumerate(zip(chunks, vectors))
    ]

    client = get_qdrant_client()
    client.delete_collection(collection_name(chat.id))
    client.upsert(collection_name(chat.id), points)

    chat.vector_status = VectorStatus.INDEXED
    chat.vector_chunks = len(points)
    chat.indexed_at = utcnow()
    db.commit()
    return len(points)


def search_chat(chat_id: str, question: str, top_k: int) -> list[ScoredPoint]:
    vector = get_gemini_client().embed(question)
    return get_qdrant_client().search(collection_name(chat_id), vector, top_k)


def count_chunks(chat_id: str) -> int:
    return get_qdrant_client().count(collection_name(chat_id))


def delete_chat_vectors(chat_id: str) -> bool:
    return get_qdrant_client().delete_collection(collection_name(chat_id))
