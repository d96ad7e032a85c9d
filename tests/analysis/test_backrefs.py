"""Sessions of SQLAlchemy 1.4 take new objects in along backrefs; those of the future mode do not."""

from __future__ import annotations

from pathlib import Path

from awaitify.analysis.loading.backrefs import cascaded
from awaitify.analysis.loading.types import Types
from awaitify.analysis.mapping.finding import find_mapping

from .loading_tools import NoOracle, Service

TAKEN = """
def add(user: User, db: Session):
    post = Post(author=user)
    db.add(post)
    db.commit()

def add_all(user: User, db: Session):
    first = Post()
    first.author = user
    db.add_all([first, Post(author=user)])
    db.commit()

def at_once(user: User, db: Session):
    db.add(Post(author=user))
    db.commit()

def by_collection(user: User, db: Session):
    user.posts.append(Post(title="two"))
    db.commit()

def no_other_side(user: User, db: Session):
    made = User(boss=user)
    db.commit()

def by_key(user: User, db: Session):
    post = Post(author_id=user.id)
    db.commit()

def nothing(db: Session):
    post = Post(author=None)
    db.commit()
"""
CASCADED = """
def made_with(user: User, db: Session):
    post = Post(author=user)
    db.commit()

def set_later(user: User, db: Session):
    post = Post()
    post.author = user
    db.commit()

def collected(post: Post, db: Session):
    user = User()
    user.posts.append(post)
    db.commit()
"""


def comes_along(root: Path, code: str) -> dict[str, str]:
    """Function -> the message about what it saves along a backref alone."""
    project = Service(root, code).project
    types = Types(project, find_mapping(project), NoOracle())
    functions = [function for function in project.functions.values() if function.file.module == "service"]
    return {function.name: why for function in functions for _, why in cascaded(function, types)}


def test_what_is_added_may_move(tmp_path: Path) -> None:
    assert comes_along(tmp_path, TAKEN) == {}


def test_what_comes_along_a_backref_stays(tmp_path: Path) -> None:
    found = comes_along(tmp_path, CASCADED)
    assert set(found) == {"made_with", "set_later", "collected"}
    assert found["made_with"].startswith("`post` comes into the session along Post.author alone")
