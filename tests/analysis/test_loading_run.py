"""The cures, run for real: without them the converted service raises, with them it answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.loading.deciding import LoadingDecision
from awaitify.resolve.model import VirtualFile
from awaitify.resolve.ty_server import TyServer

from .loading_tools import HEAD, SCHEMAS, Service, described

ONE_POST = "[User(id=1, posts=[Post(id=1)])]"
TWO_POSTS = "[User(id=1, posts=[Post(id=1), Post(id=2, title='two')])]"
LOST = "greenlet_spawn|MissingGreenlet"


def check(service: Service, edits: list[str], *call: object, fill: str, read: str = "") -> object:
    """Decides, compares the edits, sees the uncured service fail, and gives what the cured one answers."""
    decision = service.decide()
    assert decision.refusals == {}
    assert described(decision) == edits
    with pytest.raises(Exception, match=LOST):
        service.run(LoadingDecision(), *call, fill=fill, read=read)  # type: ignore[arg-type]
    return service.run(decision, *call, fill=fill, read=read)  # type: ignore[arg-type]


def test_query_loads_what_the_code_reads(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/{key}")
        def read(key: int, db: Session):
            return [post.author.name for post in db.scalars(select(Post)).all()]
        """,
    )
    edits = ["service.py: selectinload(Post.author)"]
    assert check(service, edits, "read", 1, fill=ONE_POST) == ["ann"]


def test_collection_of_one_object_is_refreshed_where_it_is_read(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/{key}")
        def read(key: int, db: Session):
            user = db.get(User, key)
            return [post.title for post in user.posts]
        """,
    )
    edits = ['service.py: await db.refresh(user, attribute_names=["posts"])']
    assert check(service, edits, "read", 1, fill=TWO_POSTS) == ["one", "two"]


def test_query_loads_what_a_response_model_reads(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/", response_model=list[PostOut])
        def read(key: int, db: Session):
            return db.scalars(select(Post)).all()
        """,
    )
    edits = ["service.py: selectinload(Post.author)"]
    answer = check(service, edits, "read", 1, fill=ONE_POST, read="[item.author.name for item in result]")
    assert answer == ["ann"]


def test_nested_schema_through_the_inverse(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/{key}", response_model=UserWithPosts)
        def read(key: int, db: Session):
            user = db.scalar(select(User).where(User.id == key))
            if user is None:
                raise ValueError(key)
            return user
        """,
    )
    decision = service.decide()
    assert decision.refusals == {}
    with pytest.raises(Exception, match=LOST):
        service.run(LoadingDecision(), "read", 1, fill=ONE_POST, read="UserWithPosts")
    answer = service.run(decision, "read", 1, fill=ONE_POST, read="UserWithPosts")
    assert [post.author.name for post in answer.posts] == ["ann"]


def test_new_object_is_refreshed_after_its_commit(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.post("/", response_model=PostOut)
        def create(key: int, db: Session):
            post = Post(author_id=key)
            db.add(post)
            db.commit()
            return post
        """,
    )
    edits = [
        'service.py: await db.refresh(post, attribute_names=["author"])',
    ]
    assert check(service, edits, "create", 1, fill=ONE_POST, read="PostOut").author.name == "ann"  # type: ignore[attr-defined]


def test_new_object_made_in_a_service_is_refreshed_there(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def make(key: int, db: Session):
            post = Post(author_id=key)
            db.add(post)
            db.commit()
            return post

        @router.post("/", response_model=PostOut)
        def create(key: int, db: Session):
            return make(key, db)
        """,
    )
    edits = [
        'service.py: await db.refresh(post, attribute_names=["author"])',
    ]
    assert check(service, edits, "create", 1, fill=ONE_POST, read="PostOut").author.name == "ann"  # type: ignore[attr-defined]


def test_column_that_the_database_updates(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.put("/{key}")
        def rename(key: int, db: Session):
            user = db.get(User, key)
            user.name = "bob"
            db.commit()
            return user.name, user.changed
        """,
    )
    edits = ['service.py: await db.refresh(user, attribute_names=["changed"])']
    name, changed = check(service, edits, "rename", 1, fill=ONE_POST)  # type: ignore[misc]
    assert name == "bob" and len(changed) == 8


def test_self_reference_is_loaded_by_the_session(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        @router.get("/{key}")
        def read(key: int, db: Session):
            user = db.get(User, key)
            boss = user.boss
            return boss.name
        """,
    )
    edits = ["service.py: await db.run_sync(lambda _: user.boss)"]
    assert check(service, edits, "read", 2, fill="[User(id=1, name='eve'), User(id=2, boss_id=1)]") == "eve"


def test_object_in_the_identity_map_is_filled_by_the_next_query(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def load(key: int, db: Session):
            return db.scalar(select(User).where(User.id == key))

        @router.get("/")
        def read(key: int, db: Session):
            post = db.scalar(select(Post))
            name = post.author.name
            user = load(key, db)
            for each in db.scalars(select(User)).all():
                if each.posts:
                    return name, len(each.posts)
        """,
    )
    assert service.decide().refusals == {}
    assert service.run(service.decide(), "read", 1, fill=ONE_POST) == ("ann", 1)


def test_what_a_key_leads_to_that_another_function_set(tmp_path: Path) -> None:
    service = Service(
        tmp_path,
        """
        def fill(author: int, row: Post):
            row.author_id = author

        def shown(row: Post):
            return row.author.name

        @router.put("/{key}")
        def move(key: int, db: Session):
            post = db.scalar(select(Post).where(Post.id == key))
            fill(2, post)
            db.commit()
            return shown(post)
        """,
    )
    with TyServer(tmp_path, [tmp_path], None) as oracle:
        oracle.open([VirtualFile(file.path, file.source.text) for file in service.project.files])
        decision = service.decide(oracle)
    assert decision.refusals == {}
    cure = 'service.py: if post is not None:\n    await db.refresh(post, attribute_names=["author"])'
    assert cure in described(decision)
    fill = "[User(id=1), User(id=2, name='bob'), Post(id=1, author_id=1)]"
    assert service.run(decision, "move", 1, fill=fill) == "bob"


def test_aliases_lead_through_relationships(tmp_path: Path) -> None:
    schemas = SCHEMAS.replace("import BaseModel,", "import AliasPath, BaseModel, Field,") + (
        "\n\nclass Signed(BaseModel):\n"
        "    model_config = ConfigDict(from_attributes=True)\n"
        '    by: str = Field(validation_alias=AliasPath("author", "name"))\n'
        '    first: int = Field(validation_alias=AliasPath("author", "posts", 0, "id"))\n'
    )
    service = Service(
        tmp_path,
        """
        @router.get("/", response_model=Signed)
        def read(key: int, db: Session):
            return db.scalar(select(Post))
        """,
        schemas=schemas,
        head=HEAD.replace("import Page,", "import Page, Signed,"),
    )
    edits = ["service.py: selectinload(Post.author).selectinload(User.posts)"]
    assert check(service, edits, "read", 1, fill=ONE_POST, read="Signed").first == 1  # type: ignore[attr-defined]
