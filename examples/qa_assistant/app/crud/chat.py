import uuid

from sqlmodel import Session, col, func, select

from app.crud.base import CRUDBase
from app.models import ChatMessage, ChatSession


class CRUDChatSession(CRUDBase[ChatSession]):
    def get_for_user(self, db: Session, user_id: uuid.UUID) -> list[ChatSession]:
        query = select(ChatSession).where(ChatSession.user_id == user_id)
        return list(db.exec(query.order_by(col(ChatSession.created_at).desc())).all())

    def remove_with_messages(self, db: Session, db_obj: ChatSession) -> None:
        for message in db.exec(
            select(ChatMessage).where(ChatMessage.session_id == db_obj.id)
        ):
            db.delete(message)
        self.remove(db, db_obj)


class CRUDChatMessage(CRUDBase[ChatMessage]):
    def get_by_session(self, db: Session, session_id: uuid.UUID) -> list[ChatMessage]:
        query = select(ChatMessage).where(ChatMessage.session_id == session_id)
        return list(db.exec(query.order_by(col(ChatMessage.created_at))).all())

    def count(self, db: Session, session_id: uuid.UUID) -> int:
        query = select(func.count()).where(ChatMessage.session_id == session_id)
        return db.exec(query).one()

    def append(
        self, db: Session, session_id: uuid.UUID, role: str, content: str
    ) -> ChatMessage:
        message = ChatMessage(session_id=session_id, role=role, content=content)
        db.add(message)
        db.commit()
        db.refresh(message)
        return message


chat_session = CRUDChatSession(ChatSession)
chat_message = CRUDChatMessage(ChatMessage)
