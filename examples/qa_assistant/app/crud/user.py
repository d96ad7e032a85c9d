from sqlmodel import Session, select

from app.core.security import get_password_hash, verify_password
from app.crud.base import CRUDBase
from app.models import User
from app.schemas import UserCreate


class CRUDUser(CRUDBase[User]):
    def get_by_email(self, db: Session, email: str) -> User | None:
        return db.exec(select(User).where(User.email == email.lower())).first()

    def register(self, db: Session, obj_in: UserCreate) -> User:
        db_obj = User(
            email=obj_in.email.lower(),
            full_name=obj_in.full_name,
            hashed_password=get_password_hash(obj_in.password),
        )
        db.add(db_obj)
        db.commit()
        db.refresh(db_obj)
        return db_obj

    def authenticate(self, db: Session, email: str, password: str) -> User | None:
        found = self.get_by_email(db, email)
        if found is None or not verify_password(password, found.hashed_password):
            return None
        return found


user = CRUDUser(User)
