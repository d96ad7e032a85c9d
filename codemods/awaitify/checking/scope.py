"""What of a project has to be resolved: by names alone, everything that the event loop may reach, and more.

Code that only threads, commands or scripts run is most of a project, and is never asked about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from awaitify.analysis.attribute_hooks import READS, STORES
from awaitify.analysis.calls import Scope
from awaitify.analysis.constructions import is_validator
from awaitify.analysis.entries.routes import METHODS
from awaitify.project.index import Call, File, Function, Project, ancestors, text_of

_WORD = re.compile(rb"[^\W\d]\w*")
_MADE = ("__init__", "__post_init__", "__new__")  # what naming a class may run
_UNNAMED = ("__call__", "__enter__", "__exit__", *READS, *STORES)  # what runs without its name
_HANDED = {"add_event_handler", "FastAPI", "Starlette", "APIRouter", "call_soon", "call_later", "call_at"}
# Methods of plain values that no library gives to what waits.
PLAIN_METHODS = {
    "append", "strip", "lstrip", "rstrip", "lower", "upper", "startswith", "endswith", "split", "rsplit", "splitlines",
    "format", "items", "isoformat", "strftime", "encode", "decode", "setdefault", "title", "isdigit", "isalnum",
    "total_seconds", "hexdigest", "casefold", "zfill", "ljust", "rjust", "partition", "rpartition", "removeprefix",
    "removesuffix", "capitalize", "groups", "groupdict", "isidentifier", "timestamp", "astimezone", "as_posix",
}  # fmt: skip
PLAIN_BUILTINS = {
    "len", "str", "int", "float", "bool", "isinstance", "issubclass", "range", "hasattr", "repr", "type", "id", "abs",
    "round", "print", "ValueError", "TypeError", "KeyError", "RuntimeError", "bytes", "chr", "ord",
    "callable", "enumerate", "zip", "reversed", "divmod", "pow", "hash", "super",
}  # fmt: skip
REGISTERING = METHODS | {
    "Depends", "Security", "FastAPI", "Starlette", "APIRouter", "include_router", "add_event_handler", "on_event",
    "add_middleware", "add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route",
    "add_exception_handler",
}  # fmt: skip


def loop_scope(project: Project, tests: bool) -> Scope:
    """The functions that some async function may lead to, their calls, and the calls that register handlers."""
    files = [file for file in project.files if tests or not file.is_test]
    functions = _reachable(files, project.files)
    defined = {function.name for function in functions}
    calls = [call for function in functions for call in function.calls if not _is_plain(call, defined)]
    calls += [call for file in files for call in file.calls if call.function is None and _registers(call)]
    calls += _of_async_names(files, set(functions))
    return Scope(functions, calls)


def _of_async_names(files: Sequence[File], known: set[Function]) -> list[Call]:
    """The calls elsewhere, in plain functions and modules, that bear the name of an async function: none awaits it."""
    names = {function.name for file in files for function in file.functions if function.is_async}
    elsewhere = [call for file in files for call in file.calls if call.function not in known]
    return [call for call in elsewhere if text_of(call.callee).rpartition(".")[2] in names and not _registers(call)]


def _is_plain(call: Call, defined: set[str]) -> bool:
    """Whether a call can only be one of plain values or of a harmless builtin, by its name alone."""
    callee = call.callee
    if callee.type == "attribute":
        name = text_of(callee.child_by_field_name("attribute") or callee)
        return name in PLAIN_METHODS and name not in defined
    name = text_of(callee) if callee.type == "identifier" else ""
    return name in PLAIN_BUILTINS and not any(item.local == name for item in call.file.imports)


def _reachable(files: Sequence[File], every: Sequence[File]) -> list[Function]:
    """The closure over names, from the async functions and from the handlers that a server calls."""
    named, other = _named(files), _other_names(every)
    found = dict.fromkeys(
        function
        for file in files
        for function in file.functions
        if function.is_async or function.name in _UNNAMED or _is_handler(function) or is_validator(function)
    )
    words: set[bytes] = {
        word for file in files for call in file.calls if _names_handlers(call) for word in _words(file, call.node)
    }
    todo, done = list(found), set[bytes]()
    while todo or words:
        if todo:
            function = todo.pop()
            words |= _words(function.file, function.node)
        words -= done
        done |= words
        fresh = dict.fromkeys(item for word in words & named.keys() for item in named[word] if item not in found)
        found.update(fresh)
        todo += fresh
        words = {name for word in words & other.keys() for name in other[word]}
    return list(found)


def _words(file: File, node: Node) -> set[bytes]:
    return set(_WORD.findall(file.source.text, node.start_byte, node.end_byte))


def _other_names(files: Iterable[File]) -> dict[bytes, set[bytes]]:
    """What else a name leads to: the name that an import gave it, the bases of a class."""
    other: dict[bytes, set[bytes]] = defaultdict(set)
    for file in files:
        for item in file.imports:
            if item.name and item.name != item.local:
                other[item.local.encode()].add(item.name.encode())
        for cls in file.classes:
            other[cls.name.encode()].update(word for base in cls.bases for word in _words(file, base))
    return other


def _named(files: Iterable[File]) -> dict[bytes, list[Function]]:
    """Functions by name; constructors by the name of their class."""
    named: dict[bytes, list[Function]] = defaultdict(list)
    for function in (function for file in files for function in file.functions):
        named[function.name.encode()].append(function)
        if function.cls is not None and function.name in _MADE:
            named[function.cls.name.encode()].append(function)
    return named


def _is_handler(function: Function) -> bool:
    """`@app.on_event("startup")` over a plain function, which the server then calls on its loop."""
    return any("on_event" in text_of(decorator) for decorator in function.decorators)


def _names_handlers(call: Call) -> bool:
    return text_of(call.callee).rpartition(".")[2] in _HANDED


def _registers(call: Call) -> bool:
    """Whether a call at module level says what a server runs: a decorator, or one of FastAPI's own."""
    return text_of(call.callee).rpartition(".")[2] in REGISTERING or any(
        node.type == "decorator" for node in ancestors(call.node)
    )
