import logging
import os
import shutil
import uuid
from pathlib import Path

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Depends,
    File,
    Form,
    Query,
    UploadFile,
    status,
)
from sqlalchemy.orm import Session

from chat_insights.auth import get_current_user
from chat_insights.chats import service
from chat_insights.chats.dependencies import get_owned_chat
from chat_insights.chats.models import Chat, ChatStatus
from chat_insights.chats.schemas import (
    ChatDeleted,
    ChatDetail,
    ChatList,
    ChatListItem,
    ChatStats,
    ChatUploaded,
    DisplayNameUpdate,
    MessageOut,
    MessagePage,
    VectorStatusOut,
)
from chat_insights.chats.tasks import index_chat_vectors, process_chat_upload
from chat_insights.config import settings
from chat_insights.database import get_db
from chat_insights.exceptions import InvalidUploadError
from chat_insights.users.models import User

logger = logging.getLogger(__name__)

router = APIRouter()

ALLOWED_SUFFIXES = {".txt", ".zip"}


def save_upload(file: UploadFile, suffix: str) -> Path:
    settings.upload_dir.mkdir(parents=True, exist_ok=True)
    path = settings.upload_dir / f"{uuid.uuid4().hex}{suffix}"
    with open(path, "wb") as buffer:
        shutil.copyfileobj(file.file, buffer)
    return path


def delete_file(path: Path) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        logger.debug("%s is already gone", path)


@router.post(
    "/upload", response_model=ChatUploaded, status_code=status.HTTP_201_CREATED
)
def upload_chat(
    background_tasks: BackgroundTasks,
    file: UploadFile = File(...),
    display_name: str | None = Form(None),
    user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
):
    """Upload a WhatsApp export (.txt or .zip) and parse it."""
    filename = Path(file.filename or "chat.txt").name
    suffix = Path(filename).suffix.lower()
    if suffix not in ALLOWED_SUFFIXES:
        raise InvalidUploadError("Only .txt and .zip exports are supported")

    path = save_upload(file, suffix)
    keep_file = False
    try:
        size = path.stat().st_size
        if size == 0:
            raise InvalidUploadError("The file is empty")
        if size > settings.max_upload_bytes:
            raise InvalidUploadError("The file is too large")

        chat = service.create_chat(db, user.id, filename)
        if display_name:
            chat = service.update_display_name(db, chat, display_name)

        if size > settings.inline_parse_limit_bytes:
            keep_file = True  # the task deletes it
            process_chat_upload.delay(chat.id, str(path))
            db.refresh(chat)
        else:
            try:
                service.process_whatsapp_file(db, chat.id, path)
            except ValueError as exc:
                service.discard_chat(db, chat.id)
                raise InvalidUploadError(str(exc)) from exc
            background_tasks.add_task(index_chat_vectors.delay, chat.id)
    finally:
        if not keep_file:
            delete_file(path)

    return ChatUploaded(
        chat_id=chat.id,
        filename=chat.filename,
        status=chat.status,
        message_count=chat.message_count,
    )


@router.get("", response_model=ChatList)
def list_chats(
    skip: int = Query(0, ge=0),
    limit: int = Query(20, ge=1, le=100),
    status: ChatStatus | None = None,
    search: str | None = None,
    user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
):
    """List the user's chats, newest first."""
    total, chats = service.get_user_chats(db, user.id, skip, limit, status, search)
    return ChatList(
        total=total,
        items=[
            ChatListItem(
                id=chat.id,
                title=chat.title,
                status=chat.status,
                message_count=chat.message_count,
                insight_count=len(chat.insights),
                created_at=chat.created_at,
            )
            for chat in chats
        ],
    )


@router.get("/{chat_id}", response_model=ChatDetail)
def get_chat(chat: Chat = Depends(get_owned_chat)):
    """Get one chat with its participants."""
    return chat


@router.get("/{chat_id}/messages", response_model=MessagePage)
def get_messages(
    page: int = Query(1, ge=1),
    page_size: int = Query(50, ge=1, le=200),
    sender: str | None = None,
    search: str | None = None,
    chat: Chat = Depends(get_owned_chat),
    db: Session = Depends(get_db),
):
    """Get the messages of a chat, page by page."""
    total, pages, messages = service.get_chat_messages(
        db, chat.id, page=page, page_size=page_size, sender=sender, search=search
    )
    return MessagePage(
        chat_id=chat.id,
        total=total,
        page=page,
        pages=pages,
        messages=[MessageOut.model_validate(message) for message in messages],
    )


@router.get("/{chat_id}/vector-status", response_model=VectorStatusOut)
def get_vector_status(chat: Chat = Depends(get_owned_chat)):
    """Tell whether the chat can be queried yet."""
    return service.get_vector_status(chat)


@router.delete("/{chat_id}", response_model=ChatDeleted)
def delete_chat(chat: Chat = Depends(get_owned_chat), db: Session = Depends(get_db)):
    """Delete a chat."""
    service.delete_chat(db, chat)
    return ChatDeleted(chat_id=chat.id)


@router.get("/public/{chat_id}/stats", response_model=ChatStats)
def get_public_stats(chat_id: str, db: Session = Depends(get_db)):
    """Statistics behind a share link; needs no authentication."""
    chat = service.get_chat(db, chat_id)
    return service.get_chat_stats(db, chat)


@router.put("/{chat_id}/display-name", response_model=ChatDetail)
def update_display_name(
    payload: DisplayNameUpdate,
    chat: Chat = Depends(get_owned_chat),
    db: Session = Depends(get_db),
):
    """Rename a chat."""
    return service.update_display_name(db, chat, payload.display_name)
