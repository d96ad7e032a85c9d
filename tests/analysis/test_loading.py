"""What counts as a lazy load, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.resolve.environment import fallback_paths
from awaitify.resolve.model import VirtualFile
from awaitify.resolve.ty_server import TyServer

from .loading_tools import HEAD, MODELS, Service, described

LOADED_AUTHOR = "service.py: selectinload(Post.author)"
EAGER_AUTHOR = 'models.py: relationship("User", back_populates="posts", lazy="selectin")'
NO_READS = {
    "class in a query": "db.scalars(select(User).where(User.posts.any())).all()",
    "join": "db.scalars(select(Post).join(Post.author)).all()",
    "option": "[p.author for p in db.scalars(select(Post).options(joinedload(Post.author))).all()]",
    "method of a dict": "dict(posts=1).posts()",
    "column": "db.get(Post, key).title",
}
ROLLBACK = """
    users = db.scalars(select(User)).all()
    try:
        db.commit()
    except ValueError:
        db.rollback()
    return users
"""
REFUSED = {
    "rollback": (ROLLBACK, "after a rollback"),
    "merge": ("\n    user = db.merge(User(id=key))\n    return user.posts\n", "merged"),
    "unknown": ("\n    return unknown(key).posts\n", "class is not known"),
    "by another": ("\n    return [user.boss for user in [db.get(User, key)]]\n", "for certain"),
}


@pytest.mark.parametrize("code", NO_READS.values(), ids=NO_READS)
def test_no_read(tmp_path: Path, code: str) -> None:
    service = Service(
        tmp_path,
        f"""
        from sqlalchemy.orm import joinedload

        def read(key: int, db: Session):
            return {code}
        """,
    )
    decision = service.decide()
    assert (decision.edits, decision.refusals) == ({}, {})


@pytest.mark.parametrize(("code", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, code: str, why: str) -> None:
    service = Service(tmp_path, "def read(key: int, db: Session):" + code)
    reasons = [reason for items in service.decide().refusals.values() for reason in items]
    assert {(reason.rule, reason.file) for reason in reasons} == {("lazy-load", "service.py")}
    assert all(why in reason.message for reason in reasons)


def test_helper_that_stays_plain_is_followed(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def shown(post: Post):
            return post.author.name

        def read(key: int, db: Session):
            return shown(db.get(Post, key))
        """,
    )
    assert described(service.decide()) == [EAGER_AUTHOR]


RUN = {"function": "db.run_sync(found, key)", "lambda": "db.run_sync(lambda session: found(session, key))"}


@pytest.mark.parametrize("call", RUN.values(), ids=RUN)
def test_what_runs_on_the_session_is_followed(tmp_path: Path, call: str) -> None:
    service = Service(
        tmp_path,
        f"""
        from sqlalchemy.orm import joinedload

        def found(db: Session, key: int):
            return db.query(Post).options(joinedload(Post.author)).filter(Post.id == key).first()

        @router.get("/", response_model=PostOut)
        def read(key: int, db: Session):
            post = {call}
            return post
        """,
    )
    decision = service.decide()
    assert (described(decision), decision.refusals) == ([], {})


def test_property_that_a_schema_reads_is_followed(tmp_path: Path) -> None:
    models = MODELS + "\n    @property\n    def author_name(self):\n        return self.author.name\n"
    schemas = "from pydantic import BaseModel\n\nclass PostOut(BaseModel):\n    id: int\n    author_name: str\n"
    head = HEAD.replace("Page, PostOut, UserOut, UserWithPosts", "PostOut")
    service = Service(tmp_path, """
        @router.get("/", response_model=PostOut)
        def read(key: int, db: Session):
            return db.get(Post, key)
        """, models, schemas, head)  # fmt: skip
    assert described(service.decide()) == [EAGER_AUTHOR]


def test_pagination_is_looked_into(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/", response_model=Page)
        def read(key: int, db: Session):
            return {"items": db.scalars(select(Post)).all(), "total": 1}
        """,
    )
    assert described(service.decide()) == [LOADED_AUTHOR]


def test_schema_made_in_code(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def read(key: int, db: Session):
            return [PostOut.model_validate(post) for post in db.scalars(select(Post)).all()]
        """,
    )
    assert described(service.decide()) == [LOADED_AUTHOR]


def test_schema_without_relationships_needs_nothing(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/", response_model=list[UserOut])
        def read(key: int, db: Session):
            return db.scalars(select(User)).all()
        """,
    )
    assert described(service.decide()) == []


def test_transient_object_needs_nothing(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def create(key: int, db: Session):
            user = User(id=key)
            user.posts.append(Post())
            db.add(user)
            db.commit()
            return user.name
        """,
    )
    assert described(service.decide()) == []


def test_refresh_of_the_whole_object_leaves_a_relationship_out(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.post("/", response_model=PostOut)
        def create(key: int, db: Session):
            post = Post(author_id=key)
            db.add(post)
            db.commit()
            db.refresh(post)
            return post
        """,
    )
    assert described(service.decide()) == ['service.py: await db.refresh(post, attribute_names=["author"])']


def test_append_is_a_read_and_setting_a_parent_is_not(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def add(key: int, db: Session):
            user = db.get(User, key)
            user.posts.append(Post())
            db.commit()

        def move(key: int, db: Session):
            post = db.get(Post, key)
            post.author = db.get(User, key)
            db.commit()
        """,
    )
    assert described(service.decide()) == ['service.py: await db.refresh(user, attribute_names=["posts"])']


def test_dynamic_is_refused(tmp_path: Path) -> None:
    models = MODELS.replace('relationship("Post", back', 'relationship("Post", lazy="dynamic", back')
    service = Service(tmp_path, """
        def read(key: int, db: Session):
            user = db.get(User, key)
            return user.posts.count()
        """, models)  # fmt: skip
    assert [reason.message for reason in service.decide().refusals["service.read"]] == ["User.posts is lazy='dynamic'"]


def test_cycle_that_no_query_starts_is_refused(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def siblings(post: Post):
            return [other.title for other in post.author.posts]

        def read(key: int, db: Session):
            return siblings(db.get(Post, key))
        """,
    )
    decision = service.decide()
    assert list(decision.refusals) == ["service.read"]
    assert decision.edits == {}


def test_sqlmodel_and_backref(tmp_path: Path) -> None:
    models = """
from sqlmodel import Field, Relationship, SQLModel

class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    posts: list["Post"] = Relationship(back_populates="author")

class Post(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    author_id: int = Field(foreign_key="user.id")
    author: User = Relationship(back_populates='posts')
"""
    service = Service(tmp_path, """
        def read(key: int, db: Session):
            return [post.author for post in [db.get(Post, key)]]
        """, models)  # fmt: skip
    wanted = "models.py: Relationship(back_populates='posts', sa_relationship_kwargs={'lazy': 'selectin'})"
    assert described(service.decide()) == [wanted]


def test_guarded_read_gets_a_guarded_refresh(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def read(key: int, db: Session):
            user = db.get(User, key)
            return user.posts if user else None
        """,
    )
    wanted = 'service.py: if user is not None:\n    await db.refresh(user, attribute_names=["posts"])'
    assert described(service.decide()) == [wanted]


def test_type_checker_tells_what_reading_does_not(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        class Holder:
            post: Post

        def read(holder: Holder, db: Session):
            return holder.post.author
        """,
    )
    project = service.project
    with TyServer(tmp_path, project.roots, None, fallback_paths(None)) as oracle:
        oracle.open([VirtualFile(file.path, file.source.text) for file in project.files])
        decision = service.decide(oracle)
    assert described(decision) == [EAGER_AUTHOR]


def test_object_that_a_dependency_loaded_on_the_same_session(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        from fastapi import Depends
        from typing import Annotated

        def get_db(): ...
        def current(db: Session): ...

        @router.get("/")
        def read(user: Annotated[User, Depends(current)], db: Session = Depends(get_db)):
            post = user.posts[0]
            return [other.title for other in post.author.posts]
        """,
    )
    decision = service.decide()
    assert list(decision.refusals) == ["service.read"]


def test_boss_of_a_dependency(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        from fastapi import Depends
        from typing import Annotated

        def get_db(): ...
        def current(db: Session): ...
        CurrentUser = Annotated[User, Depends(current)]

        @router.get("/")
        def read(user: CurrentUser, db: Session = Depends(get_db)):
            boss = user.boss
            return boss.name
        """,
    )
    assert described(service.decide()) == ["service.py: await db.run_sync(lambda _: user.boss)"]


def test_nested_function_is_read_with_its_own_parameters(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def read(key: int, db: Session):
            def shown(post: Post):
                return post.author.name

            return [shown(post) for post in db.scalars(select(Post)).all()]
        """,
    )
    assert described(service.decide()) == [LOADED_AUTHOR]


STAYING = """
    def read(key: int, db: Session):
        return [{read} for item in [db.get({cls}, key)]]

    def make(session: Session, cls, **values):
        session.add(cls(**values))
        session.flush()

    def change(key: int, session: Session):
        user, post = session.get(User, key), session.get(Post, key)
        {change}
        session.flush()
        return {then}
    """
EAGER_POSTS = 'models.py: relationship("Post", back_populates="author", lazy="selectin")'


@pytest.mark.parametrize(
    ("change", "then", "is_kept"),
    [
        ("session.add(Post(author_id=user.id))", "user.posts", True),
        ("make(session, Post, author_id=user.id)", "len(user.posts)", True),
        ("session.delete(post)", "user.posts", True),
        ("session.add(Post(author=user))", "user.posts", False),
        ("session.add(Post(author_id=user.id))", "post.author", False),
        ("session.add(Post(author_id=user.id))", "select(User.posts)", False),
        ("post.author_id = 2", "user.posts", False),
    ],
)
def test_what_stays_sync_and_makes_rows_by_their_keys_keeps_a_collection_lazy(
    tmp_path: Path, change: str, then: str, is_kept: bool
) -> None:
    code = STAYING.format(cls="User", read="item.posts", change=change, then=then)
    assert described(Service(tmp_path, code).decide()) == ([] if is_kept else [EAGER_POSTS])


@pytest.mark.parametrize(
    ("change", "then", "is_kept"),
    [
        ("post.author_id = 2", "post.author.name", True),
        ("post.author_id = 2", "post.title", False),
        ("post.author = user", "post.author.name", False),
        ("session.add(User(id=2))", "post.author.name", False),
    ],
)
def test_what_stays_sync_and_sets_a_key_keeps_what_it_leads_to_lazy(
    tmp_path: Path, change: str, then: str, is_kept: bool
) -> None:
    code = STAYING.format(cls="Post", read="item.author", change=change, then=then)
    assert described(Service(tmp_path, code).decide()) == ([] if is_kept else [EAGER_AUTHOR])


def test_layout_of_a_long_relationship_stays(tmp_path: Path) -> None:
    models = MODELS.replace(
        'relationship("User", back_populates="posts")',
        'relationship(\n        "User",\n        back_populates="posts",\n    )',
    )
    service = Service(tmp_path, """
        def read(key: int, db: Session):
            return [post.author for post in [db.get(Post, key)]]
        """, models)  # fmt: skip
    text = service.converted_text("models", service.decide())
    assert text == models.replace('posts",\n    )', 'posts",\n        lazy="selectin",\n    )')


def test_imperative_mapping_is_told(tmp_path: Path) -> None:
    models = "class User: ...\n\n\nclass Post: ...\n\n\nregistry.map_imperatively(User, users)\n"
    service = Service(tmp_path, "def read(key: int, db: Session): ...", models)
    assert [reason.rule for reason in service.decide().warnings] == ["imperative-mapping"]


@pytest.mark.parametrize("refreshed", [False, True])
def test_what_a_callee_expires_is_left_to_a_lazy_load(tmp_path: Path, refreshed: bool) -> None:
    after = 'db.refresh(user, ["posts"])' if refreshed else "pass"
    service = Service(
        tmp_path,
        f"""
        def forget(db: Session, row: User):
            db.execute(delete(Post).where(Post.author_id == row.id))
            db.expire(row, ["posts"])
        def clear(db: Session, row: User):
            forget(db, row)
        @router.put("/{{key}}")
        def read(key: int, db: Session):
            user = db.get(User, key, options=[selectinload(User.posts)])
            clear(db, user)
            {after}
            return [post.title for post in user.posts]
        """,
    )
    with TyServer(tmp_path, [tmp_path], None) as oracle:
        oracle.open([VirtualFile(file.path, file.source.text) for file in service.project.files])
        refusals = service.decide(oracle).refusals
    found = {name: [reason.message for reason in reasons] for name, reasons in refusals.items()}
    message = "user is read after clear(), which leaves it to a lazy load"
    assert found == ({} if refreshed else {"service.read": [message]})
