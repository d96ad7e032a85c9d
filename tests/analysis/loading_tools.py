"""Builds tiny services, asks what becomes of their lazy loads, converts them and runs them on aiosqlite."""

from __future__ import annotations

import asyncio
import sys
import textwrap
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from awaitify.analysis.loading.deciding import Asked, LoadingDecision, decide_loading
from awaitify.analysis.loading.names import keyword, last_name
from awaitify.project.index import Function, Project, build_index
from awaitify.resolve.model import Point, Target
from awaitify.rewrite import rewrite
from awaitify_transforms.edits import AddImport, AwaitCall, Edit, MakeAsync
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

MODELS = """
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="ann")
    changed: Mapped[str] = mapped_column(default="", onupdate=func.hex(func.randomblob(4)))
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    posts: Mapped[list["Post"]] = relationship("Post", back_populates="author")
    boss: Mapped["User | None"] = relationship("User", remote_side=[id])


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(default="one")
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped["User"] = relationship("User", back_populates="posts")
"""

SCHEMAS = """
from pydantic import BaseModel, ConfigDict


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    author: UserOut


class UserWithPosts(UserOut):
    posts: list["PostOut"]


class Page(BaseModel):
    items: list[PostOut]
    total: int
"""

HEAD = """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import Post, User
from schemas import Page, PostOut, UserOut, UserWithPosts


class Router:
    def __getattr__(self, name):
        return lambda *args, **options: lambda function: function


router = Router()

"""
AWAITED = {"commit", "refresh", "get", "scalar", "scalars", "flush", "execute", "rollback", "delete"}


class NoOracle:
    """A checker that knows nothing: what is found then comes from reading the code."""

    def definitions(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        return [() for _ in points]

    types = definitions


class Service:
    """A service in a folder: models.py, schemas.py and service.py."""

    def __init__(self, root: Path, code: str, models: str = MODELS, schemas: str = SCHEMAS, head: str = HEAD):
        (root / "models.py").write_text(models)
        (root / "schemas.py").write_text(schemas)
        (root / "service.py").write_text(head + textwrap.dedent(code))
        self.project: Project = build_index(root)

    @property
    def converted(self) -> list[Function]:
        """Every function of service.py that is given a session."""
        functions = self.project.functions.values()
        return [function for function in functions if function.file.module == "service" and function.param("db")]

    def decide(self, oracle: Any = None) -> LoadingDecision:
        routes = {}
        for function in self.converted:
            for decorator in function.decorators:
                call = decorator.named_children[0]
                routes[function.id] = keyword(call, "response_model") or function.node.child_by_field_name(
                    "return_type"
                )
        return decide_loading(self.project, oracle or NoOracle(), Asked(self.converted, routes))

    def converted_text(self, module: str, decision: LoadingDecision) -> str:
        """The async text of a module, with the cures of the decision."""
        file = next(file for file in self.project.files if file.module == module)
        edits: list[Edit] = list(decision.edits.get(file.source.relative, []))
        if module == "service":
            names = {function.name for function in self.converted}
            for function in self.converted:
                edits.append(MakeAsync(span=(function.name_node.start_byte, function.name_node.end_byte)))
            for call in file.calls:
                name = last_name(call.node)
                database = (call.node.text or b"").startswith(b"db.") and name in AWAITED
                nested = call.function is not None and call.callee.type == "identifier" and name in names
                if database or nested:
                    edits.append(AwaitCall(span=(call.node.start_byte, call.node.end_byte)))
        return rewrite(file.source.text, edits, file.source.relative).decode()

    def run(self, decision: LoadingDecision, function: str, *arguments: Any, fill: str = "", read: str = "") -> Any:
        """What an async function returns on a fresh database. fill: statements that fill it; read: an expression over
        `result`, or a schema's name, that is evaluated as FastAPI would, outside of the session's greenlet."""
        modules = {}
        for name in ("models", "schemas", "service"):
            module = types.ModuleType(name)
            sys.modules[name] = module
            modules[name] = module
            code = self.converted_text(name, decision).replace("from __future__ import annotations\n", "")
            exec(compile(code, f"{name}.py", "exec"), module.__dict__)
        try:
            return asyncio.run(_run(modules, function, arguments, fill, read))
        finally:
            for name in modules:
                sys.modules.pop(name, None)


async def _run(modules: dict[str, Any], function: str, arguments: tuple[Any, ...], fill: str, read: str) -> Any:
    engine = create_async_engine("sqlite+aiosqlite://")
    models = modules["models"]
    base = getattr(models, "Base", None) or models.SQLModel
    async with engine.begin() as connection:
        await connection.run_sync(base.metadata.create_all)
    factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    async with factory() as db:
        for item in eval(fill or "[]", models.__dict__):
            db.add(item)
        await db.commit()
    async with factory() as db:
        result = await getattr(modules["service"], function)(*arguments, db)
        if read in modules["schemas"].__dict__:
            result = modules["schemas"].__dict__[read].model_validate(result, from_attributes=True)
        elif read:
            result = eval(read, {"result": result})
    await engine.dispose()
    return result


def described(decision: LoadingDecision) -> list[str]:
    """The edits as `file: code`, sorted."""
    return sorted(
        f"{name}: {getattr(edit, 'code', '') or ', '.join(getattr(edit, 'options', ()))}"
        for name, edits in decision.edits.items()
        for edit in edits
        if not isinstance(edit, AddImport)
    )
