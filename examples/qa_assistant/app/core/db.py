from sqlmodel import Session, SQLModel, create_engine, select

from app.core.config import settings
from app.core.security import get_password_hash
from app.models import Role, User

engine = create_engine(
    settings.DATABASE_URL, connect_args={"check_same_thread": False, "timeout": 15}
)

ROLES = {"tester": "Writes test cases", "lead": "Manages projects and members"}


def init_db() -> None:
    """Creates the tables, the roles and the first superuser."""
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for name, description in ROLES.items():
            if session.exec(select(Role).where(Role.name == name)).first() is None:
                session.add(Role(name=name, description=description))
        query = select(User).where(User.email == settings.FIRST_SUPERUSER)
        if session.exec(query).first() is None:
            session.add(
                User(
                    email=settings.FIRST_SUPERUSER,
                    hashed_password=get_password_hash(
                        settings.FIRST_SUPERUSER_PASSWORD
                    ),
                    is_superuser=True,
                )
            )
        session.commit()
