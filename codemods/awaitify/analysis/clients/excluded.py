"""What a project uses besides its clients that their async form would not do in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from awaitify.analysis.clients.model import Component
from awaitify.analysis.target_tests.fakes import imported
from awaitify.plan_model import Reason
from awaitify.project.index import File, ancestors, text_of


def excluded(component: Component, files: Iterable[File]) -> Reason | None:
    """The first word in the project, or handler around a call, that keeps the sync clients."""
    words = {word for seed in component.seeds for word in seed.client.unless}
    for file in files if words else ():
        if file.is_test:
            continue
        dotted = (word for word in sorted(words) if "." in word and word.encode() in file.source.text)
        found = next(imported(file, words), "") or next(dotted, "")
        if found:
            return Reason("client", f"{found} has no like in the async form", file.source.relative)
    names = sorted({name for seed in component.seeds for name in seed.client.uncaught})
    if not names:
        return None
    caught = re.compile(rf"except\b[^:]*\b({'|'.join(names)})\b".encode())
    for use in component.uses:
        clause = next((item for item in _handlers(use.node) if caught.match(item.text or b"")), None)
        if clause is not None:
            head = text_of(clause).partition(":")[0]
            place = (use.file.source.relative, clause.start_point[0] + 1)
            return Reason("client", f"`{head}` would not catch what the async form raises", *place)
    return None


def _handlers(node: Node) -> Iterable[Node]:
    for outer in ancestors(node):
        if outer.type == "try_statement":
            yield from (
                child for child in outer.named_children if child.type in ("except_clause", "except_group_clause")
            )
