"""Clients that outlive the function that makes them: tests use those in one event loop after another."""

from __future__ import annotations

from awaitify.analysis.clients.model import Component
from awaitify.analysis.knowledge.forms import Client
from awaitify.project.index import Project


def is_kept(client: Client, component: Component, project: Project) -> bool:
    """Whether the class for such clients takes the place of the sync one."""
    return bool(client.kept) and outlives(component) and has_tests(project)


def outlives(component: Component) -> bool:
    """Whether a variable of a module, an object or a cache may keep a client for the next call."""
    return any(
        item.is_global
        or item.kind == "attribute"
        or (item.kind == "result" and item.function is not None and bool(item.function.decorators))
        for item in component.holders
    )


def has_tests(project: Project) -> bool:
    """Whether a project has tests, of which each may have an event loop of its own."""
    return any(file.is_test for file in project.files)
