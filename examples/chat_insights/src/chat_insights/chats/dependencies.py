from fastapi import Depends
from sqlalchemy.orm import Session

from chat_insights.auth import get_current_user
from chat_insights.chats import service
from chat_insights.chats.models import Chat
from chat_insights.database import get_db
from chat_insights.exceptions import NotFoundError
from chat_insights.users.models import User


def get_owned_chat(
    chat_id: str,
    user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
) -> Chat:
    """The chat in the path, or 404 if it is somebody else's."""
    chat = service.get_chat(db, chat_id)
    if chat.user_id != user.id:
        raise NotFoundError("Chat not found")
    return chat
