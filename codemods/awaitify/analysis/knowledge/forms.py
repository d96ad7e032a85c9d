"""The native async forms of a library: which class takes a client's place, and what each of its methods becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awaitify.analysis.knowledge.values import ConfigError, calls_at, flag_at, refuse_unknown_keys, text_at, texts_at

BECOMES = ("await", "plain")
RESULTS = ("methods", "with", "for", "list", "handle", "attributes", "items", "same", "unused")
PART = "part:"
CLIENT_KEYS = frozenset(
    {"class", "defined", "becomes", "close", "reopens", "factories", "refuse", "links", "stateful", "cheap", "result",
     "keywords", "since", "types", "module", "opens", "requires", "attributes", "lacks", "plain", "generated",
     "defaults", "kept", "unless", "uncaught", "once"}
)  # fmt: skip
SHARED_KEYS = frozenset({"name", "code", "imports", "close", "note", "kept"})
FORM_KEYS = frozenset(
    {"becomes", "calls", "methods", "result", "result_if", "rename", "function", "same", "since", "shared", "refuse",
     "note", "opened", "inside", "memory", "file", "generated", "through",
     "direct"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Client:
    """A class (or a function that makes one) and its async counterpart.

    calls: the dotted names of what constructs it; name, becomes: as one imports them; close: the method that is awaited
    to end it; reopens: whether it can be used after that; refuse: arguments that only the sync one takes; links: those
    that are clients themselves; stateful: it learns from answers (cookies), so two of them would differ; cheap: making
    one neither computes nor reads files; keywords: the async one takes keyword arguments only; result: how it may be
    used (see Form); since: the distribution and version that has it ("pymongo 4.9"); types: classes of what it gives,
    as they are defined, and what takes their place in annotations; plain: attributes that are the same on the async
    one; generated: the module of `becomes` is written by awaitify, from the template of this name;
    kept: the same for the class (`template.Class`) that takes its place where a client outlives a function and tests
    may use it in several event loops; unless: words whose import or mention in the project keeps the sync clients;
    uncaught: exceptions of which a handler around a call keeps them, since the async form raises others; once: what is
    made once instead of for each client.

    A library whose async client is a context manager has a `module`, which the project gets: a template of that name,
    with the class that `becomes` names, and `opens`, a function whose result is entered where the client is one
    function's own; attributes: what is read of an opened client, and how that may be used; requires: the distribution
    that the module needs, by the value of the setting; lacks: the methods that it has not, by that value too; defaults:
    dotted names that change what every sync client starts from, which the async ones would not see."""

    name: str
    calls: tuple[str, ...]
    becomes: str
    close: str = ""
    reopens: bool = False
    refuse: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    stateful: bool = False
    cheap: bool = False
    keywords: bool = False
    result: tuple[str, ...] = ("methods", "with")
    since: str = ""
    types: tuple[tuple[str, str], ...] = ()
    module: str = ""
    opens: str = ""
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    requires: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    generated: str = ""
    defaults: tuple[str, ...] = ()
    kept: str = ""
    unless: tuple[str, ...] = ()
    uncaught: tuple[str, ...] = ()
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """A client that functions of a module (`httpx.get`) share, made once in each file that calls them: `name = code`;
    imports: what code needs; note: the comment above it; close and kept as in Client."""

    name: str
    code: str
    imports: tuple[str, ...] = ()
    close: str = ""
    note: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Once:
    """What making a client takes longest to make (its certificates): each file makes it once and hands it over as this
    argument. unless: arguments beside which it would mean something else."""

    argument: str
    value: Shared
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What a call becomes. becomes: "await", or "plain" when it stays as it is; rename: the async method's name, with
    `{}` for the old one; result: how the result may be used when it differs from the sync one ("methods", "with",
    "for", "list", "attributes"; "items": what a loop over it gives is used so too; "same": it is opened as its owner;
    "unused": not at all; "part:KEY": what stands under that key of it can be called and looped over), empty when it is
    the same; result_if: that is so only with this argument; refuse: arguments that the async form lacks; function: the
    dotted name of the function that takes its place (`asyncio.sleep`); same: the method (renamed) belongs to the same
    object, so that no async client is needed; shared: the method belongs to a client that the file makes for it;
    generated: a function of this name stands in a module that awaitify writes, from the template of this name; opened:
    it belongs to what the client opens; inside: what it becomes on what is open ("await"); memory: arguments that may
    not be files (which the event loop would read), and file: those that are files in memory, or an upload's `file`;
    through: `client.part.method` is called as `client.THROUGH.part.method` of the same client;
    direct: what is not generated becomes a client of this library around the call, where nobody sees a difference."""

    becomes: str
    calls: tuple[str, ...]
    result: tuple[str, ...] = ()
    result_if: str = ""
    rename: str = ""
    refuse: tuple[str, ...] = ()
    note: str = ""
    function: str = ""
    same: bool = False
    since: str = ""
    shared: Shared | None = None
    opened: bool = False
    inside: str = ""
    memory: tuple[str, ...] = ()
    file: tuple[str, ...] = ()
    generated: str = ""
    through: str = ""
    direct: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it needs no async client."""
        return self.same or bool(self.function or self.generated or self.through) or self.shared is not None


def read_client(file: Path, where: str, data: dict[str, Any]) -> Client:
    """One `[[client]]`. Raises ConfigError."""
    refuse_unknown_keys(file, where, data, CLIENT_KEYS)
    name = text_at(file, f"{where}class", data, required=True)
    defined = tuple(texts_at(file, f"{where}defined", data.get("defined", [])))
    made = texts_at(file, f"{where}factories", data.get("factories", []))
    calls = (name, *defined)
    return Client(
        name,
        (*calls, *(f"{call}.{factory}" for call in calls for factory in made)),
        text_at(file, f"{where}becomes", data, required=True),
        text_at(file, f"{where}close", data),
        flag_at(file, f"{where}reopens", data),
        tuple(texts_at(file, f"{where}refuse", data.get("refuse", []))),
        tuple(texts_at(file, f"{where}links", data.get("links", []))),
        flag_at(file, f"{where}stateful", data),
        flag_at(file, f"{where}cheap", data),
        flag_at(file, f"{where}keywords", data),
        _uses(file, where, data, ("methods", "with")),
        text_at(file, f"{where}since", data),
        _types(file, where, data),
        text_at(file, f"{where}module", data),
        text_at(file, f"{where}opens", data),
        tuple((name, _uses(file, where, {"result": uses}, ())) for name, uses in data.get("attributes", {}).items()),
        tuple(texts_at(file, f"{where}requires", data.get("requires", []))),
        tuple(texts_at(file, f"{where}lacks", data.get("lacks", []))),
        tuple(texts_at(file, f"{where}plain", data.get("plain", []))),
        text_at(file, f"{where}generated", data),
        tuple(texts_at(file, f"{where}defaults", data.get("defaults", []))),
        text_at(file, f"{where}kept", data),
        tuple(texts_at(file, f"{where}unless", data.get("unless", []))),
        tuple(texts_at(file, f"{where}uncaught", data.get("uncaught", []))),
        _once(file, f"{where}once.", data["once"]) if "once" in data else None,
    )


def read_form(file: Path, where: str, data: dict[str, Any]) -> Form:
    """One `[[form]]`. Raises ConfigError."""
    refuse_unknown_keys(file, where, data, FORM_KEYS)
    becomes = text_at(file, f"{where}becomes", data, required=True)
    if becomes not in BECOMES:
        raise ConfigError(f"{file}: {where}becomes: {becomes!r} is unknown; use one of {', '.join(BECOMES)}")
    return Form(
        becomes,
        calls_at(file, where, data),
        _uses(file, where, data, ()),
        text_at(file, f"{where}result_if", data),
        text_at(file, f"{where}rename", data),
        tuple(texts_at(file, f"{where}refuse", data.get("refuse", []))),
        text_at(file, f"{where}note", data),
        text_at(file, f"{where}function", data),
        flag_at(file, f"{where}same", data),
        text_at(file, f"{where}since", data),
        _shared(file, f"{where}shared.", data["shared"]) if "shared" in data else None,
        flag_at(file, f"{where}opened", data),
        text_at(file, f"{where}inside", data),
        tuple(texts_at(file, f"{where}memory", data.get("memory", []))),
        tuple(texts_at(file, f"{where}file", data.get("file", []))),
        text_at(file, f"{where}generated", data),
        text_at(file, f"{where}through", data),
        text_at(file, f"{where}direct", data),
    )


def _once(file: Path, where: str, data: object) -> Once:
    if not isinstance(data, dict):
        raise ConfigError(f'{file}: {where}argument: is missing; write once = {{ argument = "verify", ... }}')
    refuse_unknown_keys(file, where, data, SHARED_KEYS | {"argument", "unless"})
    value = {key: item for key, item in data.items() if key not in ("argument", "unless")}
    return Once(
        text_at(file, f"{where}argument", data, required=True),
        _shared(file, where, value),
        tuple(texts_at(file, f"{where}unless", data.get("unless", []))),
    )


def _shared(file: Path, where: str, data: object) -> Shared:
    if not isinstance(data, dict):
        raise ConfigError(f'{file}: {where}name: is missing; write shared = {{ name = "client", code = "..." }}')
    refuse_unknown_keys(file, where, data, SHARED_KEYS)
    return Shared(
        text_at(file, f"{where}name", data, required=True),
        text_at(file, f"{where}code", data, required=True),
        tuple(texts_at(file, f"{where}imports", data.get("imports", []))),
        text_at(file, f"{where}close", data),
        text_at(file, f"{where}note", data),
        text_at(file, f"{where}kept", data),
    )


def _types(file: Path, where: str, data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    table = data.get("types", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ConfigError(
            f'{file}: {where}types: must be a table; write types = {{ "pkg.Result" = "pkg.AsyncResult" }}'
        )
    return tuple(table.items())


def _uses(file: Path, where: str, data: dict[str, Any], default: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(texts_at(file, f"{where}result", data["result"])) if "result" in data else default
    for word in found:
        if word not in RESULTS and not word.startswith(PART):
            raise ConfigError(f"{file}: {where}result: {word!r} is unknown; use {', '.join(RESULTS)}")
    return found
