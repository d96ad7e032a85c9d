"""What templates read: cured like the reads of a response model where it is known, refused where only names are."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.loading.template_text import read_template

from .loading_tools import Service, described

POST = "post = db.scalars(select(Post).where(Post.id == key)).one()"
USERS = "users = db.scalars(select(User)).all()"
AUTHOR = "service.py: selectinload(Post.author)"
POSTS = "service.py: selectinload(User.posts)"
CHAINS = {
    "{% for post in user.posts|sort %}{{ post.author.name }}{% endfor %}": {"user.posts", "user.posts.author.name"},
    "{% for post in posts if post.shown %}{{ post['author'].name }}": {"posts.shown", "posts.author.name"},
    "{% set boss = user.boss %}{{ boss.posts|length }} {{ 'user.x' }}": {"user.boss", "user.boss.posts"},
    "{% macro row(post) %}{{ post.author }}{% endmacro %}{{ row(first.post).text }}": {
        ".author",
        "first.post",
        ".text",
    },
    "{% for key, posts in groups.items() %}{{ posts[0].title }}": {".title"},
    "{% for tag in tags if tag.shown recursive %}{{ loop(tag.tags) }}": {"tags.shown", ".shown", "tags.tags", ".tags"},
    "{{ posts|map(attribute='author.name')|join }} {# post.author #} <b>user.posts</b>": {".author.name"},
}
CURED = {
    "a literal context": (POST, 'templates.TemplateResponse("page.html", {"post": post})', [AUTHOR]),
    "a context that grows": (
        f'{POST}; context = {{}}; context.update({{"post": post}})',
        'templates.TemplateResponse(request, "page.html", context)',
        [AUTHOR],
    ),
    "an item of a context": (
        f'{POST}; context = {{}}; context["post"] = post',
        'templates.TemplateResponse(name="page.html", context=context)',
        [AUTHOR],
    ),
    "keywords": (POST, 'templates.get_template("page.html").render(post=post)', [AUTHOR]),
    "a function of its own": (POST, 'render(request, "page.html", post=post)', [AUTHOR]),
    "a loop": (USERS, 'render("users.html", users=users)', [POSTS]),
    "no relationship": (USERS, 'render("base.html", users=users)', []),
    "a file": (POST, 'FileResponse("page.html")', []),
}
REFUSED = {
    "a macro": (USERS, 'render("macro.html", users=users)', "posts"),
    "a context from elsewhere": (POST, 'templates.TemplateResponse("page.html", context_of(post))', "author"),
    "a computed name": (POST, 'templates.TemplateResponse(f"{key}.html", {"post": post})', "author"),
}


def service_of(root: Path, before: str, call: str) -> Service:
    (root / "base.html").write_text("{% block body %}{% endblock %}")
    (root / "page.html").write_text('{% extends "base.html" %}{% block body %}{{ post.author.name }}{% endblock %}')
    (root / "users.html").write_text("{% for user in users %}{% for post in user.posts %}{{ post.title }}{% endfor %}")
    (root / "macro.html").write_text("{% macro row(user) %}{{ user.posts|length }}{% endmacro %}{{ row(users[0]) }}")
    return Service(root, f"""
        def page(request, key: int, db: Session):
            {before}
            return {call}
        """)  # fmt: skip


@pytest.mark.parametrize(("text", "chains"), CHAINS.items())
def test_chains_of_a_template(text: str, chains: set[str]) -> None:
    found = read_template(text).chains(())
    assert {".".join((chain.root, *chain.names)) for chain in found if chain.names} == chains


@pytest.mark.parametrize(("before", "call", "cures"), CURED.values(), ids=CURED)
def test_what_a_template_reads_is_loaded(tmp_path: Path, before: str, call: str, cures: list[str]) -> None:
    decision = service_of(tmp_path, before, call).decide()
    assert described(decision) == cures and not decision.refusals


@pytest.mark.parametrize(("before", "call", "name"), REFUSED.values(), ids=REFUSED)
def test_what_only_the_name_is_known_of_is_refused(tmp_path: Path, before: str, call: str, name: str) -> None:
    reasons = service_of(tmp_path, before, call).decide().refusals["service.page"]
    assert f"the template may read the relationship `{name}`" in [reason.message for reason in reasons]


def test_a_function_that_renders_for_its_callers_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ post.author.name }}")
    service = Service(tmp_path, """
        def render(name: str, db: Session, **context):
            return templates.TemplateResponse(name, {"request": None, **context})
        """)  # fmt: skip
    assert not service.decide().refusals
