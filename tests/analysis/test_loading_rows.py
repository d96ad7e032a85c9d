"""Rows of several things: which class stands at each place, and which query it comes from, without a type checker."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.loading.deciding import LoadingDecision

from .loading_tools import HEAD, Service, described

ONE_POST = "[User(id=1, posts=[Post(id=1)])]"
TWO = "db.execute(select(Post, Post.id)).all()"
ROWS = {
    "unpacked by a comprehension": f"return [post.author.name for post, count in {TWO}]",
    "unpacked by a loop": f"for post, count in {TWO}:\n        return [post.author.name]",
    "statement in a name": "stmt = select(Post, Post.id).where(Post.id > 0)\n    rows = db.execute(stmt).all()\n"
    "    return [post.author.name for post, key in rows]",
    "one row unpacked": "post, key = db.execute(select(Post, Post.id)).one()\n    return [post.author.name]",
    "second place": "return [post.author.name for key, post in db.execute(select(Post.id, Post)).all()]",
    "only place": "return [post.author.name for (post,) in db.execute(select(Post)).all()]",
    "by name": f"return [row.Post.author.name for row in {TWO}]",
    "by number": f"return [row[0].author.name for row in {TWO}]",
    "by key": "return [row['Post'].author.name for row in db.execute(select(Post, Post.id)).mappings()]",
    "first of each": "return [post.author.name for post in db.scalars(select(Post, Post.id)).all()]",
    "first row": "row = db.execute(select(Post, Post.id)).first()\n    return [row.Post.author.name]",
}
PLAIN = {
    "column": "return [title.author for key, title in db.execute(select(Post.id, Post.title)).all()]",
    "class by the name of a row": f"return [row.Post.title for row in {TWO}]",
}
ALIAS = "who = aliased(User)\n    return [{} for row in db.execute(select(Post.id, who)).all()]"
OPEN = {
    "alias by place": ALIAS.format("row[1].boss"),
    "alias by name": ALIAS.format("row.User.boss"),
    "list of things": "return [row[1].boss for row in db.execute(select(*things(), User)).all()]",
}


def service(root: Path, body: str) -> Service:
    head = HEAD + "from sqlalchemy.orm import aliased\n"
    code = f"def read(key: int, db: Session):\n    {body}\n"
    return Service(root, code, head=head)


@pytest.mark.parametrize("body", ROWS.values(), ids=ROWS)
def test_query_loads_what_is_read_of_its_rows(tmp_path: Path, body: str) -> None:
    made = service(tmp_path, body)
    decision = made.decide()
    assert (decision.refusals, described(decision)) == ({}, ["service.py: selectinload(Post.author)"])
    with pytest.raises(Exception, match=r"greenlet_spawn|MissingGreenlet"):
        made.run(LoadingDecision(), "read", 1, fill=ONE_POST)
    assert made.run(decision, "read", 1, fill=ONE_POST) == ["ann"]


@pytest.mark.parametrize("body", PLAIN.values(), ids=PLAIN)
def test_columns_need_no_cure(tmp_path: Path, body: str) -> None:
    decision = service(tmp_path, body).decide()
    assert (decision.refusals, decision.edits) == ({}, {})


@pytest.mark.parametrize("body", OPEN.values(), ids=OPEN)
def test_place_of_unknown_class_is_refused(tmp_path: Path, body: str) -> None:
    refusals = service(tmp_path, body).decide().refusals
    assert [reason.rule for reasons in refusals.values() for reason in reasons] == ["lazy-load"]


def test_added_column_and_replaced_selection(tmp_path: Path) -> None:
    """What cannot be traced to its query is mapped eagerly, whatever the query selected first."""
    queries = ("select(Post).add_columns(Post.id)", "select(User).with_only_columns(Post, Post.id)")
    for index, query in enumerate(queries):
        root = tmp_path / str(index)
        root.mkdir()
        made = service(root, f"return [post.author.name for post, key in db.execute({query}).all()]")
        assert described(made.decide())[0].startswith("models.py: relationship(")
