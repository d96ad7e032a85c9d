"""Runs every function of the modules of queries, sync or async, over the same rows. argv: URL, seed. Prints JSON."""

import asyncio
import importlib
import inspect
import json
import pkgutil
import random
import sys
import warnings

import app
from app.models import Author, Base, Book, Review, fill
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

warnings.simplefilter("ignore")
MODELS = (Author, Book, Review)
ARGUMENTS = {"filter_by_names": {"age": 10}, "filter_by_names_after_join": {"title": "t20"}}


def plain(value):
    if isinstance(value, MODELS):
        return [type(value).__name__, value.__dict__.get("id")]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return [plain(item) for item in value]


def fill_randomly(db, seed):
    """Few rows with many equal values."""
    draw = random.Random(seed)
    authors = [Author(id=n, name=f"a{draw.randint(0, 2)}", age=draw.choice([0, 10, 20])) for n in range(1, 5)]
    books = [Book(id=n, title=f"t{draw.randint(0, 2)}", author_id=draw.choice([1, 1, 2, 3, None])) for n in range(1, 8)]
    db.add_all(authors)
    db.flush()
    db.add_all(books)
    db.flush()
    db.add_all([Review(text="r", book_id=draw.randint(1, 7)) for _ in range(5)])
    db.commit()


def form_of(value, module):
    """Whether a value is a function that the module defines."""
    return inspect.isfunction(value) and value.__module__ == f"app.{module}"


def forms():
    """(name, function) of what takes a session."""
    for module in pkgutil.iter_modules(app.__path__):
        if module.name.startswith(("forms", "chains")):
            for name, form in vars(importlib.import_module(f"app.{module.name}")).items():
                if name.startswith("chain_") or (module.name == "forms" and form_of(form, module.name)):
                    yield name, form


async def outcome(form, db, statements, seed):
    """[what it gives or raises, how many statements it takes]"""
    statements.clear()
    try:
        more = {"flag": bool(seed % 2)} if "flag" in inspect.signature(form).parameters else {}
        result = form(db, **ARGUMENTS.get(form.__name__, more))
        found = plain(await result if inspect.isawaitable(result) else result)
    except Exception as error:
        found = f"raises {type(error).__name__}"
    return [found, len(statements)]


async def main(url, seed):
    sync_engine = create_engine(url)
    Base.metadata.drop_all(sync_engine)
    Base.metadata.create_all(sync_engine)
    with Session(sync_engine) as db:
        fill_randomly(db, seed) if seed else fill(db)
    async_engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:").replace("+psycopg2:", "+asyncpg:"))
    statements = []
    for engine in (sync_engine, async_engine.sync_engine):
        event.listen(engine, "before_cursor_execute", lambda *details: statements.append(details[2]))
    found = {}
    for name, form in list(forms()):
        if inspect.iscoroutinefunction(form):
            async with AsyncSession(async_engine) as db:
                found[name] = await outcome(form, db, statements, seed)
                await db.rollback()
        else:
            with Session(sync_engine) as db:
                found[name] = await outcome(form, db, statements, seed)
                db.rollback()
    await async_engine.dispose()
    print(json.dumps(found))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
