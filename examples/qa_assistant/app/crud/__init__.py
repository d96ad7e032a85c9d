from app.crud.artifact import artifact
from app.crud.chat import chat_message, chat_session
from app.crud.project import project
from app.crud.task import task
from app.crud.user import user
from app.crud.version import version

__all__ = [
    "artifact",
    "chat_message",
    "chat_session",
    "project",
    "task",
    "user",
    "version",
]
