"""The cases: one small route each (text of the service's routes)."""

from __future__ import annotations

HEAD = """
from typing import Annotated, Union

from fastapi import Depends, FastAPI, HTTPException
from pydantic import TypeAdapter
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from app import services
from app.database import get_db
from app.models import Account, Comment, Company, Dog, Note, Pet, Post, Profile, Tag, User
from app.schemas import (
    CompanyOut, Page, PostDeep, PostOut, Posts, UserAlias, UserBio, UserChanged, UserCount, UserDeep, UserOut,
    UserTitles, UserTree,
)

app = FastAPI()
Db = Annotated[Session, Depends(get_db)]
"""

SERVICES = """
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Post, User


class UserTitlesOut(BaseModel):
    name: str
    posts: list[str]


def find_user(db: Session, key: int) -> User | None:
    return db.get(User, key)


def first_user(db: Session, name: str):
    return db.query(User).filter(User.name == name).first()


def to_dict(user: User | None):
    return {"name": user.name, "posts": [post.title for post in user.posts]} if user is not None else None


def to_out(user: User) -> UserTitlesOut:
    return UserTitlesOut(name=user.name, posts=[post.title for post in user.posts])


def add_post(user: User, title: str) -> None:
    user.posts.append(Post(title=title))


def some_posts(db: Session, limit: int = 10):
    query = db.query(Post)
    if limit:
        query = query.order_by(Post.id).limit(limit)
    return query.all()


def counted(db: Session):
    posts = db.scalars(select(Post).order_by(Post.id)).all()
    return len(posts), posts


def rename(db: Session, user: User, name: str) -> User:
    user.name = name
    db.add(user)
    db.commit()
    db.refresh(user)
    return user


def publish(db: Session, user: User, title: str) -> Post:
    post = Post(title=title, author_id=user.id)
    db.add(post)
    db.commit()
    return post


def save(db: Session, row):
    db.add(row)
    db.commit()
    db.refresh(row)
    return row


def double_names(db: Session) -> None:
    db.query(User).update({"name": User.name + User.name}, synchronize_session=False)
    db.commit()


def save_quietly(db: Session, row) -> bool:
    try:
        db.add(row)
        db.commit()
    except IntegrityError:
        db.rollback()
        return False
    return True


def names(posts: list[Post]) -> list[str]:
    return [post.author.name for post in posts]


class Users:
    def __init__(self, db: Session):
        self.db = db

    def by_name(self, name: str) -> User:
        return self.db.execute(select(User).where(User.name == name)).scalar_one()

    def all(self) -> list[User]:
        return list(self.db.scalars(select(User).order_by(User.id)))
"""

READS = """
@app.get("/many-to-one")
def many_to_one(db: Db):
    return [post.author.name for post in db.query(Post).order_by(Post.id).all()]


@app.get("/collection")
def collection(db: Db):
    user = db.query(User).filter(User.id == 1).first()
    return [post.title for post in user.posts]


@app.get("/chain")
def chain(db: Db):
    comment = db.scalars(select(Comment).where(Comment.id == 1)).one()
    return comment.post.author.company.name


@app.get("/length")
def length(db: Db):
    return {user.name: len(user.posts) for user in db.scalars(select(User).order_by(User.id))}


@app.get("/truth")
def truth(db: Db):
    return [user.name for user in db.query(User).order_by(User.id) if user.posts]


@app.get("/membership")
def membership(db: Db):
    user, post = db.get(User, 1), db.get(Post, 3)
    return post in user.posts


@app.get("/conditional")
def conditional(db: Db, key: int = 1):
    user = db.get(User, key)
    return len(user.posts) if user else None


@app.get("/conditional-none")
def conditional_none(db: Db):
    user = db.get(User, 99)
    return len(user.posts) if user else None


@app.get("/f-string")
def f_string(db: Db):
    post = db.query(Post).first()
    return f"{post.title} by {post.author.name}"


@app.get("/has-attribute")
def has_attribute(db: Db):
    user = db.get(User, 1)
    return [hasattr(user, "posts"), getattr(user, "profile", None) is not None]


@app.get("/sorted-by")
def sorted_by(db: Db):
    posts = sorted(db.query(Post).all(), key=lambda post: (post.author.name, -post.id))
    return [post.id for post in posts]


@app.get("/sorted-in-place")
def sorted_in_place(db: Db):
    found = db.query(Post).order_by(Post.id).all()
    found.sort(key=lambda item: item.author.name)
    return [item.id for item in found]


@app.get("/mapped-each")
def mapped_each(db: Db):
    first = min(db.query(Post).all(), key=lambda candidate: (candidate.author.name, candidate.id))
    names = map(lambda row: row.author.name, db.query(Post).order_by(Post.id).all())
    return [first.id, *names]


@app.get("/one-to-one")
def one_to_one(db: Db):
    return [user.profile.city if user.profile else None for user in db.query(User).order_by(User.id).all()]


@app.get("/backref")
def backref(db: Db):
    company = db.scalars(select(Company)).one()
    return [member.name for member in company.members]


@app.get("/boss")
def boss(db: Db):
    users = db.scalars(select(User).order_by(User.id)).all()
    return [user.boss.name if user.boss else None for user in users]


@app.get("/boss-of-boss")
def boss_of_boss(db: Db):
    user = db.scalars(select(User).where(User.id == 3)).one()
    return user.boss.boss.name


@app.get("/staff")
def staff(db: Db):
    user = db.get(User, 1)
    return [member.name for member in user.staff]


@app.get("/many-to-many")
def many_to_many(db: Db):
    return {tag.label: [post.title for post in tag.posts] for tag in db.query(Tag).order_by(Tag.id)}


@app.get("/nested-loops")
def nested_loops(db: Db):
    found = []
    for user in db.query(User).order_by(User.id).all():
        for post in user.posts:
            for comment in post.comments:
                found.append((user.name, post.title, comment.text, comment.writer.name if comment.writer else None))
    return found


@app.get("/with-option")
def with_option(db: Db):
    users = db.query(User).options(joinedload(User.posts)).order_by(User.id).all()
    return [[post.title for post in user.posts] for user in users]


@app.get("/below-option")
def below_option(db: Db):
    users = db.query(User).options(selectinload(User.posts)).order_by(User.id).all()
    return [[[tag.label for tag in post.tags] for post in user.posts] for user in users]


@app.get("/method")
def method(db: Db):
    return [user.summary() for user in db.query(User).order_by(User.id).all()]


@app.get("/property")
def of_property(db: Db):
    user = db.query(User).filter(User.name == "ann").one()
    return user.post_count


@app.get("/hybrid")
def hybrid(db: Db):
    return [[user.first_title, user.shout] for user in db.query(User).order_by(User.id).all()]


@app.get("/proxy")
def proxy(db: Db):
    return list(db.get(User, 1).titles)


@app.get("/representation")
def representation(db: Db):
    user = db.get(User, 1)
    return f"{user!r}"


@app.get("/deferred")
def deferred(db: Db):
    return db.get(User, 1).bio


@app.get("/load-only")
def only(db: Db):
    user = db.scalars(select(User).options(load_only(User.id)).where(User.id == 1)).one()
    return user.name


@app.get("/dynamic")
def dynamic(db: Db):
    return [note.text for note in db.get(User, 1).notes.all()]


@app.get("/write-only")
def write_only(db: Db):
    user = db.get(User, 1)
    return [letter.text for letter in db.scalars(user.letters.select())]


@app.get("/subclass")
def subclass(db: Db):
    return [pet.bark for pet in db.scalars(select(Pet).order_by(Pet.id)) if pet.kind == "dog"]


@app.get("/computed-column")
def computed_column(db: Db):
    return db.scalars(select(Account)).one().doubled


@app.get("/computed-after-insert")
def computed_after_insert(db: Db):
    account = Account(amount=1)
    db.add(account)
    db.commit()
    return account.doubled


@app.get("/dictionary")
def dictionary(db: Db):
    user = db.get(User, 1)
    return {key: value for key, value in user.__dict__.items() if key in ("id", "name", "posts")}


@app.get("/rows")
def rows(db: Db):
    found = db.query(User, func.count(Post.id)).join(Post).group_by(User.id).order_by(User.id).all()
    return [[user.name, len(user.posts), count] for user, count in found]


@app.get("/by-key")
def by_key(db: Db):
    users = {user.id: user for user in db.query(User).all()}
    return [post.title for post in users[1].posts]


@app.get("/enumerated")
def enumerated(db: Db):
    return [[number, post.author.name] for number, post in enumerate(db.query(Post).order_by(Post.id).all())]
"""

FLOWS = """
@app.get("/service")
def service(db: Db):
    return services.names(services.some_posts(db))


@app.get("/service-first")
def service_first(db: Db):
    user = services.first_user(db, "ann")
    if user is None:
        raise HTTPException(404)
    return [post.title for post in user.posts]


@app.get("/service-get")
def service_get(db: Db, key: int = 1):
    user = services.find_user(db, key)
    if not user:
        raise HTTPException(404)
    return [post.title for post in user.posts]


@app.get("/service-tuple")
def service_tuple(db: Db):
    total, posts = services.counted(db)
    return {"total": total, "authors": [post.author.name for post in posts]}


@app.get("/repository")
def repository(db: Db):
    users = services.Users(db)
    return [len(users.by_name("ann").posts), [len(user.posts) for user in users.all()]]


def current_user(db: Db) -> User:
    return db.query(User).filter(User.name == "ann").one()


@app.get("/dependency")
def dependency(user: Annotated[User, Depends(current_user)]):
    return [post.title for post in user.posts]


def employed(user: Annotated[User, Depends(current_user)]) -> User:
    if user.company is None:
        raise HTTPException(403)
    return user


@app.get("/plain-dependency")
def plain_dependency(user: Annotated[User, Depends(employed)], db: Db):
    return [user.company.name, db.query(Post).count()]


@app.get("/new")
def new(db: Db):
    post = Post(title="new", author_id=2)
    db.add(post)
    db.commit()
    return [post.title, post.author.name, len(post.comments)]


@app.get("/new-refreshed", response_model=PostOut)
def new_refreshed(db: Db):
    post = Post(title="new", author_id=2)
    db.add(post)
    db.commit()
    db.refresh(post)
    return post


@app.get("/new-in-service", response_model=PostOut)
def new_in_service(db: Db):
    return services.publish(db, services.first_user(db, "ann"), "new")


@app.get("/new-nested", response_model=PostDeep)
def new_nested(db: Db):
    post = Post(title="new", author_id=2, comments=[Comment(text="hey", writer_id=1)])
    db.add(post)
    db.commit()
    db.refresh(post)
    return post


@app.get("/new-saved", response_model=PostOut)
def new_saved(db: Db):
    return services.save(db, Post(title="new", author_id=2))


@app.get("/new-flushed")
def new_flushed(db: Db):
    user = User(name="dan")
    db.add(user)
    db.flush()
    return [user.level, len(user.posts)]


@app.get("/transient")
def transient(db: Db):
    user = User(name="dan")
    return [len(user.posts), user.boss]


@app.get("/append")
def append(db: Db):
    user = db.get(User, 1)
    user.posts.append(Post(title="more"))
    db.commit()
    return [post.title for post in db.query(Post).filter(Post.author_id == 1).order_by(Post.id)]


@app.get("/append-tag")
def append_tag(db: Db):
    post, tag = db.get(Post, 2), db.get(Tag, 2)
    post.tags.append(tag)
    db.commit()
    return [tag.label for tag in post.tags]


@app.get("/replace-tags")
def replace_tags(db: Db):
    post = db.query(Post).filter(Post.id == 1).one()
    post.tags = [db.get(Tag, 2)]
    db.commit()
    db.refresh(post)
    return [tag.label for tag in post.tags]


@app.get("/member-by-key")
def member_by_key(db: Db):
    user = db.query(User).filter(User.id == 1).one()
    db.add(Post(title="late", author_id=user.id))
    db.commit()
    return [post.title for post in user.posts]


@app.get("/member-in-service")
def member_in_service(db: Db):
    user = services.first_user(db, "ann")
    count = len(user.posts)
    services.publish(db, user, "late")
    return [count, len(user.posts)]


@app.get("/moved")
def moved(db: Db):
    post = db.query(Post).filter(Post.id == 1).one()
    before = post.author.name
    post.author_id = 2
    db.commit()
    return [before, post.author.name]


@app.get("/deleted")
def deleted(db: Db):
    db.delete(db.get(User, 1))
    db.commit()
    return db.query(Post).count()


@app.get("/deleted-member")
def deleted_member(db: Db):
    user = db.query(User).filter(User.id == 1).one()
    titles = [post.title for post in user.posts]
    db.delete(db.get(Post, 1))
    db.commit()
    return [titles, [post.title for post in user.posts]]


@app.get("/bulk")
def bulk(db: Db):
    user = db.get(User, 1)
    db.execute(update(User).where(User.id == 1).values(name=func.upper(User.name)))
    db.commit()
    return user.name


@app.get("/rolled-back")
def rolled_back(db: Db):
    user = db.get(User, 1)
    try:
        db.add(User(id=1, name="twice"))
        db.commit()
    except IntegrityError:
        db.rollback()
        return {"kept": user.name}


@app.get("/rolled-back-quietly")
def rolled_back_quietly(db: Db):
    user = db.get(User, 1)
    done = services.save_quietly(db, User(id=1, name="twice"))
    return [done, user.name]


@app.get("/rolled-back-in-loop")
def rolled_back_in_loop(db: Db):
    names = []
    for user in db.query(User).order_by(User.id).all():
        try:
            names.append(user.name)
            db.add(Company(id=1, name=user.name))
            db.commit()
        except IntegrityError:
            db.rollback()
    return names


@app.get("/rolled-back-and-raised")
def rolled_back_and_raised(db: Db):
    user = db.get(User, 1)
    try:
        db.add(User(name="other"))
        db.commit()
    except IntegrityError:
        db.rollback()
        raise
    return user.name


@app.get("/bulk-in-service")
def bulk_in_service(db: Db):
    user = db.query(User).filter(User.id == 1).one()
    services.double_names(db)
    return user.name


@app.get("/expired")
def expired(db: Db):
    user = db.get(User, 1)
    db.expire(user)
    return user.name


@app.get("/merged")
def merged(db: Db):
    user = db.merge(User(id=1, name="merged"))
    return [post.title for post in user.posts]


@app.get("/changed", response_model=UserChanged)
def changed(db: Db):
    user = db.get(User, 1)
    user.name = "eve"
    db.commit()
    return user
"""

RESPONSES = """
@app.get("/handed-got")
def handed_got(db: Db):
    user = db.get(User, 1)
    if user is None:
        raise HTTPException(404)
    return services.to_dict(user)


@app.get("/handed-found")
def handed_found(db: Db, key: int = 7):
    user = services.find_user(db, key)
    return services.to_dict(user)


@app.get("/handed-flushed")
def handed_flushed(db: Db):
    user = services.find_user(db, 1)
    user.posts.append(Post(title="four"))
    db.commit()
    db.refresh(user)
    return services.to_dict(user)


@app.get("/handed-at-times")
def handed_at_times(db: Db):
    user = services.find_user(db, 1)
    if user.name == "ann":
        services.add_post(user, "four")
        db.commit()
        db.refresh(user)
    return services.to_dict(user)


@app.get("/handed-not-flushed")
def handed_not_flushed(db: Db):
    db.autoflush = False
    user = services.find_user(db, 1)
    services.add_post(user, "four")
    return titles_of(user)


def titles_of(user: User):
    return [post.title for post in user.posts]


@app.get("/handed-list", response_model=list[services.UserTitlesOut])
def handed_list(db: Db):
    users = db.scalars(select(User).options(selectinload(User.posts)).order_by(User.id)).all()
    return [services.to_out(user) for user in users]


@app.get("/refreshed-option")
def refreshed_option(db: Db):
    user = db.query(User).filter(User.id == 1).one()
    before = len(user.posts)
    db.refresh(user)
    return [before, len(user.posts)]


@app.get("/refreshed-new")
def refreshed_new(db: Db):
    user = services.find_user(db, 1)
    user.posts.append(Post(title="four"))
    db.commit()
    db.refresh(user)
    return [post.title for post in user.posts]


@app.get("/refreshed-after")
def refreshed_after(db: Db):
    user = services.find_user(db, 1)
    before = len(user.posts)
    db.refresh(user)
    return [before, len(user.posts)]


@app.get("/response-one", response_model=PostOut)
def response_one(db: Db):
    return db.query(Post).first()


@app.get("/response-list", response_model=list[PostOut])
def response_list(db: Db):
    return db.query(Post).order_by(Post.id).all()


@app.get("/response-annotated")
def response_annotated(db: Db) -> list[UserDeep]:
    return db.scalars(select(User).order_by(User.id)).all()


@app.get("/response-optional", response_model=UserDeep | None)
def response_optional(db: Db, key: int = 1):
    return db.query(User).filter(User.id == key).first()


@app.get("/response-union", response_model=Union[UserDeep, CompanyOut])
def response_union(db: Db):
    return db.query(User).filter(User.id == 1).one()


@app.get("/response-page", response_model=Page[PostOut])
def response_page(db: Db):
    return {"items": db.query(Post).order_by(Post.id).all(), "total": 3}


@app.get("/response-page-made")
def response_page_made(db: Db) -> Page[UserDeep]:
    users = db.query(User).order_by(User.id).limit(2).all()
    return Page(items=[UserDeep.model_validate(user) for user in users], total=2)


@app.get("/response-root", response_model=Posts)
def response_root(db: Db):
    return db.query(Post).order_by(Post.id).all()


@app.get("/response-alias", response_model=UserAlias, response_model_by_alias=False)
def response_alias(db: Db):
    return db.query(User).first()


@app.get("/response-property", response_model=list[UserCount])
def response_property(db: Db):
    return db.query(User).order_by(User.id).all()


@app.get("/response-proxy", response_model=UserTitles)
def response_proxy(db: Db):
    return db.query(User).first()


@app.get("/response-tree", response_model=UserTree)
def response_tree(db: Db):
    return db.query(User).filter(User.id == 1).one()


@app.get("/response-deferred", response_model=UserBio)
def response_deferred(db: Db):
    return db.query(User).first()


@app.get("/response-get", response_model=PostOut)
def response_get(db: Db, key: int = 1):
    post = db.get(Post, key)
    if post is None:
        raise HTTPException(404)
    return post


@app.get("/response-get-deep", response_model=UserDeep)
def response_get_deep(db: Db):
    user = db.get(User, 1)
    if user is None:
        raise HTTPException(404)
    return user


@app.get("/response-service", response_model=UserDeep)
def response_service(db: Db):
    return services.first_user(db, "ann")


@app.get("/response-renamed", response_model=UserDeep)
def response_renamed(db: Db):
    user = services.first_user(db, "ann")
    return services.rename(db, user, "eve")


@app.get("/response-dependency", response_model=UserDeep)
def response_dependency(user: Annotated[User, Depends(current_user)]):
    return user


@app.get("/response-plain", response_model=UserOut)
def response_plain(db: Db):
    return db.query(User).first()


@app.get("/validated")
def validated(db: Db):
    return [PostOut.model_validate(post).model_dump() for post in db.query(Post).order_by(Post.id)]


@app.get("/validated-adapter")
def validated_adapter(db: Db):
    return TypeAdapter(list[PostOut]).validate_python(db.query(Post).order_by(Post.id).all())


@app.get("/built")
def built(db: Db):
    user = db.query(User).filter(User.id == 1).one()
    return UserDeep(id=user.id, name=user.name, posts=user.posts, company=user.company)
"""
