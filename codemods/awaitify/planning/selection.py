"""Which routes were asked for: `--router` and `--route`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

import pathspec

from awaitify.analysis.entries.model import Entries, Route
from awaitify.config import Settings
from awaitify.errors import AwaitifyError
from awaitify.plan_model import Reason
from awaitify.project.index import Function

UNKNOWN_HEAD = re.compile(r"^\{[^}]*\}(?=/)")  # `{settings.API}/users`: a prefix that is no literal


def route_selector(entries: Entries, settings: Settings) -> Callable[[Function], bool]:
    """A predicate over endpoints. Raises AwaitifyError, with suggestions, for a selector that matches nothing."""
    if not settings.routers and not settings.routes:
        return lambda function: True
    chosen: set[Function] = set()
    for selector in settings.routers:
        chosen |= _matching(selector, "--router", entries, _router_names)
    for selector in settings.routes:
        chosen |= _matching(selector, "--route", entries, _route_names)
    return lambda function: function in chosen


def kept_sync(functions: Iterable[Function], settings: Settings) -> dict[Function, Reason]:
    """The functions that the settings keep sync: by dotted name, or by a pattern of their file."""
    spec = pathspec.PathSpec.from_lines("gitignore", settings.keep_sync)
    found = {}
    for function in functions if settings.keep_sync else ():
        relative = function.file.source.relative
        if function.dotted in settings.keep_sync or spec.match_file(relative):
            found[function] = Reason("keep-sync", "the settings keep it sync", relative, function.line)
    return found


def without_gain(functions: Iterable[Function], kinds: dict[Function, set[str]]) -> dict[Function, Reason]:
    """Sync functions whose only awaits would be bridges to threads."""
    native = {"session", "terminal", "iterate", "opens", "async", "native"}
    return {
        function: Reason("only-bridges", "it would only wait for threads", function.file.source.relative, function.line)
        for function in functions
        if not function.is_async and kinds[function] & {"bridge", "lazy", "reads"} and not kinds[function] & native
    }


def _router_names(route: Route) -> set[str]:
    file = route.function.file
    stem = file.source.relative.rsplit("/", 1)[-1].removesuffix(".py")
    names = {file.source.relative, file.module, stem, file.module.rpartition(".")[2], f"{file.module}.{route.router}"}
    return names | set(route.tags) | set(_prefixes(route.path)) | set(_prefixes(UNKNOWN_HEAD.sub("", route.path)))


def _prefixes(path: str) -> list[str]:
    """`/a`, `/a/b` of `/a/b`."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:number]) for number in range(2, len(parts) + 1)]


def _route_names(route: Route) -> set[str]:
    return {
        f"{route.method} {route.path}",
        f"{route.method} {route.path.rstrip('/')}",
        route.function.id,
        route.function.name,
    }


def _matching(selector: str, flag: str, entries: Entries, names: Callable[[Route], set[str]]) -> set[Function]:
    wanted = selector.strip().removeprefix("./")
    wanted = (wanted.rstrip("/") or wanted) if flag == "--router" else wanted
    found = {route.function for route in entries.routes if wanted in names(route)}
    if found:
        return found
    known = sorted({name for route in entries.routes for name in names(route)}, key=lambda name: ("/" in name, name))
    close = difflib.get_close_matches(wanted, known, 3, 0.4) or known[:3]
    raise AwaitifyError(f"{flag} {selector!r} matches no route; did you mean {', '.join(close)}?")
