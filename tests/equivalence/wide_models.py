"""Models with many-to-many, self-referencing, deferred, computed and proxied attributes."""

from __future__ import annotations

MODELS = """
from sqlalchemy import Column, ForeignKey, String, Table, func, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, backref, column_property, deferred, mapped_column, relationship

from app.database import Base, engine

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

    def __init__(self, name):
        self.name = name


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    manager: Mapped["User | None"] = relationship(remote_side=[id], back_populates="reports")
    reports: Mapped[list["User"]] = relationship(back_populates="manager", order_by="User.id")
    profile: Mapped["Profile | None"] = relationship(back_populates="user", uselist=False)
    POSTS

    @property
    def title(self) -> str:
        return f"{self.name} of {self.manager.name if self.manager else '-'}"


class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="profile")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(String, default="", deferred=True)
    state: Mapped[str] = mapped_column(server_default="draft")
    version: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    AUTHOR
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, order_by="Tag.id", backref=backref("posts", order_by="Post.id")
    )
    tag_names = association_proxy("tags", "name")

    @property
    def byline(self) -> str:
        return f"{self.title} by {self.author.name}" if self.author else self.title

    @hybrid_property
    def tag_count(self) -> int:
        return len(self.tags)


Base.metadata.create_all(engine)
"""
#: (posts of User, author of Post), written on both sides or on one.
POPULATES = (
    'posts: Mapped[list["Post"]] = relationship(back_populates="author", order_by="Post.id")',
    'author: Mapped[User | None] = relationship(back_populates="posts")',
)
BACKREF = ('posts: Mapped[list["Post"]] = relationship(backref="author", order_by="Post.id")', "")
