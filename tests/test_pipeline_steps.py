"""What one step leaves, the last one finishes: aliases of dependencies, relays, threads and tables of drivers."""

from __future__ import annotations

import ast
from itertools import permutations
from pathlib import Path

import pytest

from .pipeline_steps import Steps, Tree, trees
from .pipeline_tools import answers, contents, converted, write_service

DEPS = """
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Item

Db = Annotated[Session, Depends(get_db)]


def get_first(db: Db) -> Item:
    item = db.query(Item).order_by(Item.id).first()
    if item is None:
        raise HTTPException(404, "nothing here")
    return item


First = Annotated[Item, Depends(get_first)]


def get_cheap(first: First) -> Item:
    if first.price > 10:
        raise HTTPException(403, "not cheap")
    return first


Cheap = Annotated[Item, Depends(get_cheap)]
"""
MAIN = """
from fastapi import FastAPI

from app import cheap, first, names

app = FastAPI()
app.include_router(cheap.router)
app.include_router(first.router)
app.include_router(names.router)
"""
ALIASES = {
    "app/deps.py": DEPS,
    "app/main.py": MAIN,
    "app/cheap.py": """
        from fastapi import APIRouter

        from app.deps import Cheap, Db
        from app.models import Item

        router = APIRouter()


        @router.get("/cheap")
        def cheap(item: Cheap, db: Db):
            return [item.name, db.query(Item).count()]
        """,
    "app/first.py": """
        from fastapi import APIRouter, Depends

        from app import deps

        router = APIRouter()


        @router.get("/first", dependencies=[Depends(deps.get_cheap)])
        def first(item: deps.First):
            return item.name
        """,
    "app/names.py": """
        from fastapi import APIRouter
        from sqlalchemy import select

        from app.deps import Db
        from app.models import Item

        router = APIRouter()


        @router.post("/names")
        def add(db: Db):
            db.add(Item(name="a", price=3))
            db.commit()


        @router.get("/names")
        def names(db: Db):
            return list(db.scalars(select(Item.name)))
        """,
}
SERVICES = {"aliases": ALIASES}
REQUESTS = [("GET", "/first", None), ("POST", "/names", None), ("GET", "/cheap", None), ("GET", "/first", None)]


def code(tree: Tree) -> dict[str, str]:
    """The code of every file, without its layout: a name that grew and shrank again may have broken a line."""
    return {name: ast.unparse(ast.parse(data)) for name, data in tree.items() if name.endswith(".py")}


@pytest.mark.parametrize("name", SERVICES)
def test_any_order_of_routers_leaves_the_tree_of_one_run(name: str, tmp_path: Path) -> None:
    files = SERVICES[name]
    once = write_service(tmp_path / "once", files)
    expected = answers(once, REQUESTS)
    converted(once)
    routers = [path for path, text in files.items() if "router = APIRouter(" in text]
    orders = list(permutations(routers))
    steps = Steps(tmp_path / "steps", files, orders)
    for done, tree in trees(steps, orders):
        steps.write(tree)
        assert (done, answers(steps.root, REQUESTS)) == (done, expected)
    assert {order: code(steps.tree(order)) for order in orders} == dict.fromkeys(orders, code(contents(once)))
