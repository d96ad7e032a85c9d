"""The models, schemas and data of the service of lazy loads (text of its files)."""

from __future__ import annotations

DATABASE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, sessionmaker

engine = create_engine("sqlite:///./app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine, autoflush=True)


class Base(DeclarativeBase):
    pass


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()
"""

MODELS = """
from sqlalchemy import Column, ForeignKey, Table, func, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped, WriteOnlyMapped, backref, column_property, mapped_column, relationship,
)

from app.database import Base

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    bio: Mapped[str] = mapped_column(default="long", deferred=True)
    level: Mapped[str] = mapped_column(server_default="low")
    changed: Mapped[str | None] = mapped_column(onupdate=func.upper("now"))

    company: Mapped[Company | None] = relationship(backref=backref("members", order_by="User.id"))
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id", cascade="all, delete-orphan"
    )
    profile: Mapped["Profile | None"] = relationship(back_populates="user", uselist=False)
    boss: Mapped["User | None"] = relationship(remote_side=[id], back_populates="staff")
    staff: Mapped[list["User"]] = relationship(back_populates="boss", order_by="User.id")
    notes = relationship("Note", lazy="dynamic", back_populates="user", order_by="Note.id")
    letters: WriteOnlyMapped["Letter"] = relationship(order_by="Letter.id")
    titles = association_proxy("posts", "title")

    @property
    def post_count(self) -> int:
        return len(self.posts)

    @hybrid_property
    def first_title(self):
        return self.posts[0].title if self.posts else None

    @hybrid_property
    def shout(self):
        return self.name + "!"

    def summary(self) -> str:
        return f"{self.name}: {len(self.posts)}"

    def __repr__(self) -> str:
        return f"User({self.name}, {len(self.posts)})"


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    city: Mapped[str]
    user: Mapped[User] = relationship(back_populates="profile")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="post", order_by="Comment.id", cascade="all, delete-orphan"
    )
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, back_populates="posts", order_by="Tag.id")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    post: Mapped[Post] = relationship(back_populates="comments")
    writer: Mapped[User | None] = relationship()


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    posts: Mapped[list[Post]] = relationship(secondary=post_tags, back_populates="tags", order_by="Post.id")


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="notes")


class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Pet(Base):
    __tablename__ = "pets"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "pet"}


class Dog(Pet):
    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(ForeignKey("pets.id"), primary_key=True)
    bark: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    doubled: Mapped[int] = column_property(select(func.count(Company.id)).scalar_subquery())
"""

SCHEMAS = """
from typing import Generic, Optional, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel

T = TypeVar("T")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TagOut(Out):
    label: str


class CompanyOut(Out):
    name: str


class UserOut(Out):
    id: int
    name: str


class CommentOut(Out):
    text: str
    writer: Optional[UserOut] = None


class PostOut(Out):
    title: str
    author: UserOut


class PostDeep(Out):
    title: str
    comments: list[CommentOut]
    tags: list[TagOut]


class UserDeep(UserOut):
    posts: list[PostDeep] = []
    company: CompanyOut | None = None


class UserCount(UserOut):
    post_count: int


class PostTitle(Out):
    title: str


class UserAlias(UserOut):
    articles: list[PostTitle] = Field(default=[], validation_alias="posts")


class UserTree(UserOut):
    staff: list["UserTree"] = []


class UserTitles(UserOut):
    titles: list[str]


class UserChanged(UserOut):
    changed: str | None
    level: str


class UserBio(UserOut):
    bio: str


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int


class Posts(RootModel[list[PostOut]]):
    pass
"""

SEED = '''
from app.database import Base, SessionLocal, engine
from app.models import Account, Comment, Company, Dog, Letter, Note, Pet, Post, Profile, Tag, User


def reset() -> None:
    """The same data for every case."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal() as db:
        acme = Company(id=1, name="acme")
        ann = User(id=1, name="ann", company=acme)
        bob = User(id=2, name="bob", boss=ann)
        cid = User(id=3, name="cid", boss=bob, company=acme)
        red, blue = Tag(id=1, label="red"), Tag(id=2, label="blue")
        one = Post(id=1, title="one", author=ann, tags=[red, blue])
        two = Post(id=2, title="two", author=ann)
        three = Post(id=3, title="three", author=bob, tags=[red])
        db.add_all([acme, ann, bob, cid, red, blue, one, two, three])
        db.add_all([Comment(id=1, text="hi", post=one, writer=bob), Comment(id=2, text="ho", post=one)])
        db.add_all([Profile(id=1, user=ann, city="Rome"), Note(id=1, text="n1", user=ann)])
        db.add_all([Letter(id=1, text="l1", user_id=1), Pet(id=1), Dog(id=2, bark="wuff"), Account(id=1, amount=2)])
        db.commit()
'''
