"""Validators of pydantic models: FastAPI runs those of requests on the loop."""

from __future__ import annotations

from collections.abc import Iterator

from awaitify.analysis.calls import Resolution
from awaitify.analysis.constructions import Constructions
from awaitify.analysis.entries.model import Entries
from awaitify.project.index import Function


def of_requests(entries: Entries, resolution: Resolution) -> Iterator[tuple[str, Function]]:
    """(`GET /items`, validator) for the models that routes take: FastAPI reads a request before it starts a thread."""
    constructions = Constructions(resolution)
    for route in entries.routes:
        for param in route.function.params:
            if param.annotation is not None:
                for function in constructions.in_annotation(route.function.file, param.annotation):
                    yield f"{route.method} {route.path}", function
