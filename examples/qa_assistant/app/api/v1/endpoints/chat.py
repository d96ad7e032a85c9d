import uuid
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException, status
from fastapi.responses import StreamingResponse

from ai.agents.conversation_agent import event, stream_agent_response
from app import crud
from app.api.deps import ChatSessionDep, CurrentUser, SessionDep, require_project
from app.models import ChatMessage, ChatSession
from app.schemas import (
    ChatMessageOut,
    ChatMessageUpdate,
    ChatSessionCreate,
    ChatSessionDetail,
    ChatSessionOut,
    ChatSessionUpdate,
)

router = APIRouter()


@router.post("/sessions", response_model=ChatSessionOut, status_code=201)
def create_chat_session(
    chat_in: ChatSessionCreate, db: SessionDep, current_user: CurrentUser
):
    if chat_in.project_id:
        require_project(db, chat_in.project_id, current_user)
    return crud.chat_session.create(db, chat_in, user_id=current_user.id)


@router.get("/sessions", response_model=list[ChatSessionOut])
def get_chat_sessions(db: SessionDep, current_user: CurrentUser):
    return crud.chat_session.get_for_user(db, current_user.id)


@router.get("/sessions/{session_id}", response_model=ChatSessionDetail)
def get_chat_session(chat: ChatSessionDep, db: SessionDep):
    count = crud.chat_message.count(db, chat.id)
    return {**chat.model_dump(), "message_count": count}


@router.get("/sessions/{session_id}/messages", response_model=list[ChatMessageOut])
def get_chat_session_messages(chat: ChatSessionDep, db: SessionDep):
    return crud.chat_message.get_by_session(db, chat.id)


def require_message(
    db: SessionDep, chat: ChatSession, message_id: uuid.UUID
) -> ChatMessage:
    message = crud.chat_message.get(db, message_id)
    if message is None or message.session_id != chat.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Message not found")
    return message


@router.put(
    "/sessions/{session_id}/messages/{message_id}", response_model=ChatMessageOut
)
def update_chat_message(
    message_id: uuid.UUID,
    message_in: ChatMessageUpdate,
    chat: ChatSessionDep,
    db: SessionDep,
):
    message = require_message(db, chat, message_id)
    return crud.chat_message.update(db, message, message_in)


@router.delete("/sessions/{session_id}/messages/{message_id}", status_code=204)
def delete_chat_message(message_id: uuid.UUID, chat: ChatSessionDep, db: SessionDep):
    crud.chat_message.remove(db, require_message(db, chat, message_id))


@router.put("/sessions/{session_id}", response_model=ChatSessionOut)
def update_chat_session(
    chat_in: ChatSessionUpdate, chat: ChatSessionDep, db: SessionDep
):
    return crud.chat_session.update(db, chat, chat_in)


@router.delete("/sessions/{session_id}", status_code=204)
def delete_chat_session(chat: ChatSessionDep, db: SessionDep):
    crud.chat_session.remove_with_messages(db, chat)


async def stream_llm_response(
    db: SessionDep, chat: ChatSession, content: str
) -> AsyncIterator[str]:
    messages = crud.chat_message.get_by_session(db, chat.id)
    history = [{"role": row.role, "content": row.content} for row in messages]
    crud.chat_message.append(db, chat.id, "user", content)
    try:
        async for chunk in stream_agent_response(
            db, chat.id, chat.project_id, content, history
        ):
            yield chunk
    except Exception as exc:
        yield event("error", text=type(exc).__name__)


@router.post("/sessions/{session_id}/stream")
async def send_streaming_message(
    message_in: ChatMessageUpdate, chat: ChatSessionDep, db: SessionDep
):
    """The agent's answer, as server-sent events."""
    return StreamingResponse(
        stream_llm_response(db, chat, message_in.content),
        media_type="text/event-stream",
    )
