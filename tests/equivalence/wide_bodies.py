"""Random routes over many-to-many, self-referencing, deferred, computed and proxied attributes."""

from __future__ import annotations

import random

from ..pipeline_tools import DATABASE  # noqa: TID252
from .wide_models import BACKREF, MODELS, POPULATES

HEAD = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload, subqueryload, undefer

from app.database import Base, engine, get_db, SessionLocal
from app.models import Post, Profile, Tag, User

app = FastAPI()


class TagOut(BaseModel):
    model_config = {"from_attributes": True}
    name: str


class PostOut(BaseModel):
    model_config = {"from_attributes": True}
    title: str
    state: str
    tags: list[TagOut]


class PostFull(PostOut):
    byline: str
    text: str


class ProfileOut(BaseModel):
    model_config = {"from_attributes": True}
    city: str


class UserOut(BaseModel):
    model_config = {"from_attributes": True}
    name: str
    profile: ProfileOut | None
    posts: list[PostOut]


class UserRow(BaseModel):
    model_config = {"from_attributes": True}
    name: str
    title: str
    manager_id: int | None


class CRUD:
    def __init__(self, db: Session):
        self.db = db

    def get(self, key: int) -> User | None:
        return self.db.query(User).filter(User.id == key).first()

    def create(self, name: str, manager: User | None = None) -> User:
        user = User(name=name, manager=manager)
        self.db.add(user)
        self.db.commit()
        self.db.refresh(user)
        return user

    def rename(self, user: User, name: str) -> User:
        user.name = name
        self.db.commit()
        return user

    def all(self) -> list[User]:
        return self.db.query(User).order_by(User.id).all()


def publish(db: Session, title: str, user: User, names: list[str]) -> Post:
    post = Post(title=title, author=user)
    for name in names:
        tag = db.query(Tag).filter(Tag.name == name).first()
        if not tag:
            tag = Tag(name=name)
            db.add(tag)
        post.tags.append(tag)
    db.add(post)
    db.commit()
    return post


def find_post(db: Session, key: int) -> Post:
    post = db.get(Post, key)
    if not post:
        raise HTTPException(404)
    return post


def update_post(db: Session, post: Post, values: dict) -> Post:
    for key, value in values.items():
        setattr(post, key, value)
    db.add(post)
    db.commit()
    db.refresh(post)
    return post


def card(user: User) -> dict:
    city = user.profile.city if user.profile else None
    return {"name": user.name, "city": city, "posts": [p.title for p in user.posts]}


def current(db: Session = Depends(get_db)) -> User:
    return db.query(User).filter(User.id == 1).one()


@app.post("/seed")
def seed(db: Session = Depends(get_db)):
    Base.metadata.drop_all(db.get_bind())
    db.commit()
    Base.metadata.create_all(db.get_bind())
    a, b = Tag(name="a"), Tag(name="b")
    boss = User(id=1, name="boss", profile=Profile(city="Rome"))
    db.add_all([
        boss, User(id=2, name="ann", manager=boss), User(id=3, name="bob", manager=boss),
        Post(id=1, title="one", text="t1", user_id=1, tags=[a, b]),
        Post(id=2, title="two", text="t2", user_id=1, tags=[b]),
        Post(id=3, title="three", text="t3", user_id=2), Post(id=4, title="four", text="t4"),
    ])
    db.commit()
"""
USER = [
    "u = db.get(User, 1)",
    "u = db.query(User).filter(User.name == 'boss').first()",
    "u = CRUD(db).get(1)",
    "u = CRUD(db).create('new')",
    "u = CRUD(db).create('new', current)",
    "u = current",
    "u = db.scalars(select(User).where(User.id == 2)).one()",
    "u = db.query(User).options(selectinload(User.posts)).filter(User.id == 1).one()",
    "u = db.query(User).options(selectinload(User.posts).joinedload(Post.tags)).filter(User.id == 1).one()",
    "u = User(name='mem', profile=Profile(city='Oslo'))\n    db.add(u)",
    "u = db.query(User).join(Post, Post.user_id == User.id).filter(Post.id == 3).one()",
]
POST = [
    "p = db.get(Post, 1)",
    "p = find_post(db, 2)",
    "p = db.query(Post).options(joinedload(Post.tags)).filter(Post.id == 1).first()",
    "p = db.query(Post).order_by(Post.id).first()",
    "p = publish(db, 'pub', u, ['a', 'z'])",
    "p = Post(title='raw', user_id=u.id)\n    db.add(p)",
    "p = Post(title='obj', author=u, tags=[Tag(name='n')])\n    db.add(p)\n    db.flush()",
    "p = u.posts[0] if u.posts else find_post(db, 3)",
    "p = db.scalar(select(Post).where(Post.title == 'two'))",
    "p = db.query(Post).options(undefer(Post.text)).filter(Post.id == 3).one()",
    "p, u = db.query(Post, User).join(User, Post.user_id == User.id).filter(Post.id == 1).one()",
    "p = update_post(db, find_post(db, 1), {'title': 'upd'})",
    "p = db.merge(Post(id=2, title='merged'))",
    "p = Post(title='loop', author=u)\n    db.add(p)\n    for n in ('a', 'q'):\n"
    "        p.tags.append(db.query(Tag).filter(Tag.name == n).first() or Tag(name=n))",
]
ACT = [
    "db.commit()",
    "db.commit()",
    "db.flush()",
    "db.refresh(u)",
    "db.refresh(p)",
    "db.commit()\n    db.refresh(p)",
    "db.expire(u, ['posts'])",
    "db.expire_all()",
    "p.title = 'x'",
    "u.name = 'y'",
    "p.tags.append(Tag(name='t'))",
    "p.tags.append(db.query(Tag).filter(Tag.name == 'a').one())",
    "p.tags = []",
    "p.tags.remove(p.tags[0]) if p.tags else None",
    "p.author = u",
    "p.author = None",
    "p.user_id = u.id",
    "u.posts.append(p)",
    "u.posts = [p]",
    "u.manager = db.get(User, 3)",
    "u.manager_id = 2",
    "u.reports.append(CRUD(db).create('rep'))",
    "u.profile = Profile(city='Paris') if u.profile is None else u.profile",
    "db.add(Profile(city='Bonn', user_id=u.id))",
    "u = CRUD(db).rename(u, 'renamed')",
    "p = update_post(db, p, {'title': 'again', 'state': 'live'})",
    "db.query(Post).filter(Post.user_id == 1).update({Post.title: 'bulk'}, synchronize_session=False)",
    "db.query(Post).filter(Post.user_id == 1).update({Post.title: 'bulk'})",
    "db.execute(update(Post).values(state='all'))",
    "db.query(Post).filter(Post.id == 3).delete()",
    "db.delete(p)\n    db.commit()\n    p = find_post(db, 4)",
    "db.rollback()",
    "with db.begin_nested():\n        u.name = 'nested'",
    "with SessionLocal() as other:\n        other.get(User, 1).name = 'elsewhere'\n        other.commit()",
    "for v in CRUD(db).all():\n        v.name = v.name.upper()",
    "for i in range(2):\n        u.posts.append(Post(title=f'n{i}'))",
    "db.add_all([Post(title=f'a{i}', author=u) for i in range(2)])",
    "publish(db, 'other', u, ['b'])",
    "p = find_post(db, p.id)",
    "out.append(db.query(func.count(Post.id)).scalar())",
    "if u.reports:\n        db.commit()",
    "try:\n        db.commit()\n    except Exception:\n        db.rollback()\n        raise",
]
READ = [
    "out.append([x.title for x in u.posts])",
    "out.append(card(u))",
    "out.append(u.title)",
    "out.append(u.manager.name if u.manager else None)",
    "out.append([r.name for r in u.reports])",
    "out.append(u.profile.city if u.profile else None)",
    "out.append(p.author.name if p.author else None)",
    "out.append(p.byline)",
    "out.append([t.name for t in p.tags])",
    "out.append(list(p.tag_names))",
    "out.append(p.tag_count)",
    "out.append(p.text)",
    "out.append(p.state)",
    "out.append([[t.name for t in x.tags] for x in u.posts])",
    "out.append([len(t.posts) for t in p.tags])",
    "out.append([card(v) for v in CRUD(db).all()])",
    "out.append([v.manager.title for v in CRUD(db).all() if v.manager])",
    "out.append(PostOut.model_validate(p).model_dump())",
    "out.append(UserRow.model_validate(u).model_dump())",
    "out.append(f'{u.name}: {len(u.posts)}')",
    "out.append(p.author.profile.city if p.author and p.author.profile else None)",
]
END = [("return out", "")] * 5 + [
    ("return p", "PostOut"),
    ("return p", "PostFull"),
    ("return u", "UserOut"),
    ("return u", "UserRow"),
    ("return CRUD(db).all()", "list[UserRow]"),
    ("return u.posts", "list[PostOut]"),
    ("return card(u)", ""),
    ("return {'u': UserOut.model_validate(u), 'n': len(u.posts)}", ""),
    ("return {'tags': p.tags, 'out': out}", ""),
    ("return [out, u.profile]", ""),
    ("return db.query(Tag).all()", ""),
    ("return {'tags': [t for t in p.tags], 'profile': u.profile}", ""),
]


def body(rng: random.Random, number: int, calm: bool) -> str:
    """One route. calm: with fewer statements."""
    lines = ["out = []", rng.choice(USER), rng.choice(POST)]
    for _ in range(rng.randint(0, 2 if calm else 5)):
        lines.append(rng.choice(ACT if rng.random() < (0.4 if calm else 0.65) else READ))
    if rng.random() < 0.7:
        lines.append(rng.choice(READ))
    end, model = rng.choice(END)
    given = ", current: User = Depends(current)" if any("current" in line for line in lines) else ""
    text = "\n    ".join([*lines, end])
    model = f", response_model={model}" if model else ""
    return f'\n\n@app.get("/r{number}"{model})\ndef r{number}(db: Session = Depends(get_db){given}):\n    {text}\n'


def files(seed: int, count: int) -> dict[str, str | bytes]:
    """A service with so many routes, over sessions that flush and expire or not."""
    rng = random.Random(seed)
    posts, author = POPULATES if rng.random() < 0.6 else BACKREF
    options = ["bind=engine"]
    if rng.random() < 0.5:
        options.append("autoflush=False")
    if rng.random() < 0.3:
        options.append("expire_on_commit=False")
    calm = rng.random() < 0.6
    return {
        "app/database.py": DATABASE.replace("bind=engine, autoflush=False", ", ".join(options)),
        "app/models.py": MODELS.replace("POSTS", posts).replace("AUTHOR", author),
        "app/main.py": HEAD + "".join(body(rng, number, calm) for number in range(count)),
    }
