"""Calls over several lines keep their layout in the code that takes their place; what stands in strings stays."""

from __future__ import annotations

from pathlib import Path

from awaitify.project.expressions import outdented
from awaitify.project.index import PARSER
from tree_sitter import Node

from ..pipeline_tools import answers, app, converted, write_service  # noqa: TID252

STORES = """
from sqlalchemy.orm import Session

from app.models import Item


def keep(name: str, text: str, db: Session) -> str:
    db.add(Item(name=name + text.strip()))
    db.commit()
    return text
"""
ROUTES = """
@app.post("/items")
def add_item(name: str, db: Session = Depends(get_db)) -> list[str]:
    text = keep(
        name=name, text='''
    of two
        lines''',
        db=db,
    )
    return [text]


if __name__ == "__main__":
    with SessionLocal() as session:
        keep("first", "", session)
"""
KEPT = """
    text = await db.run_sync(lambda sync_session: keep(
        name=name, text='''
    of two
        lines''',
        db=sync_session,
    ))
"""


def test_a_call_in_a_lambda(tmp_path: Path) -> None:
    write_service(tmp_path, {"app/stores.py": STORES, **app(ROUTES, "from app.stores import keep")})
    requests = [("POST", "/items?name=a", None)]
    before = answers(tmp_path, requests)
    converted(tmp_path)
    assert KEPT in (tmp_path / "app/main.py").read_text()
    assert answers(tmp_path, requests) == before


def test_the_indentation_of_the_statement_goes() -> None:
    code = 'def f():\n\tif x:\n\t\ty = g(\n\t\t\t"""a\n\t\tb""",\n\t\t)\n'
    call = _first(PARSER.parse(code.encode()).root_node, "call")
    assert outdented(call) == 'g(\n\t"""a\n\t\tb""",\n)'


def _first(node: Node, kind: str) -> Node:
    todo = [node]
    while todo:
        node = todo.pop()
        if node.type == kind:
            return node
        todo += node.named_children
    raise AssertionError(kind)
