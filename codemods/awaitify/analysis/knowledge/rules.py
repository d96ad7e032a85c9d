"""Rule packs: reading and checking the TOML files.

The format is described in `awaitify/rules/README.md`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from awaitify.analysis.knowledge.decorators import Decorator, read_decorator
from awaitify.analysis.knowledge.forms import Client, Form, read_client, read_form
from awaitify.analysis.knowledge.values import (
    ConfigError,
    calls_at,
    flag_at,
    refuse_unknown_keys,
    tables_at,
    text_at,
    texts_at,
)
from awaitify.resolve.library_stubs import Stub

KINDS = (
    "blocks",
    "cpu",
    "harmless",
    "session",
    "builder",
    "connection",
    "async",
    "hands_off",
    "unknown",
)
FILE_KEYS = frozenset(
    {
        "library",
        "packages",
        "verified",
        "before",
        "after",
        "rule",
        "client",
        "form",
        "stub",
        "fakes",
        "beside",
        "setting",
        "decorator",
    }
)
STUB_KEYS = frozenset({"module", "code", "names"})
RULE_KEYS = frozenset(
    {
        "kind", "calls", "methods", "replacement", "note", "by_receiver", "brief", "lazy", "values", "arguments",
        "unless", "provides", "one_thread", "shared_by", "once", "objects",
    }
)  # fmt: skip
PROVIDES = ("", "call", "given", "any")


@dataclass(frozen=True, slots=True)
class Rule:
    """calls: patterns of dotted names; an exact name beats a pattern, more literal characters beat fewer.
    by_receiver: classes share this definition, and the class of the receiver may say better what it does.
    is_brief: it blocks for a fraction of a millisecond as a rule; is_lazy: what it gives blocks as it is read, to an
    end; gives_values: what the calls give belongs to the library as well; arguments, unless: classes of which an
    argument must be one, or must not, for the rule to hold; provides: it makes a provider of a container (`Fact`);
    one_thread: what has it belongs to the thread that made it; shared_by: the argument that, as False, makes it free of
    its thread; waits_once: it waits for what it keeps from then on; has_objects: operators and properties of what it
    gives may wait too."""

    library: str
    kind: str
    calls: tuple[str, ...]
    replacement: str = ""
    note: str = ""
    by_receiver: bool = False
    is_brief: bool = False
    is_lazy: bool = False
    gives_values: bool = False
    arguments: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    provides: str = ""
    one_thread: bool = False
    shared_by: str = ""
    waits_once: bool = False
    has_objects: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """One rule file. packages: top-level import names; verified: the versions that the rules were checked against;
    before, after: an example of what a call becomes; clients, forms: its native async form; fakes: import names of
    packages that tests put in its place, and that know only the sync form; beside: the package that makes one of those
    harmless; stubs: modules as the type checker shall see
    them; setting: the setting that can forbid the native form ("to_thread")."""

    name: str
    packages: tuple[str, ...]
    verified: str
    rules: tuple[Rule, ...]
    before: str = ""
    after: str = ""
    file: Path | None = None
    clients: tuple[Client, ...] = ()
    forms: tuple[Form, ...] = ()
    fakes: tuple[str, ...] = ()
    stubs: tuple[Stub, ...] = ()
    setting: str = ""
    decorators: tuple[Decorator, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def packaged_rules() -> list[Path]:
    """The rule files that come with awaitify, by name."""
    return sorted((Path(__file__).parents[2] / "rules").glob("*.toml"))


@cache
def _packaged() -> dict[Path, Library]:
    """What those files say, read once: they do not change while awaitify runs."""
    return {file: read_library(file) for file in packaged_rules()}


def read_libraries(files: Iterable[Path]) -> tuple[Library, ...]:
    """Rule files, packaged ones or others. Raises ConfigError."""
    return tuple(_packaged().get(file) or read_library(file) for file in files)


def read_library(file: Path) -> Library:
    """One rule file. Raises ConfigError."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "no file"
        raise ConfigError(f"{file}: cannot be read ({reason}); correct the path in [tool.awaitify] rules") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML ({error}); correct the syntax there") from None
    refuse_unknown_keys(file, "", data, FILE_KEYS)
    name = text_at(file, "library", data, required=True)
    entries = data.get("rule")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{file}: rule: is missing; write at least one [[rule]] table with kind and calls")
    rules = tuple(_read_rule(file, f"rule[{number}].", entry, name) for number, entry in enumerate(entries, 1))
    heads = sorted({pattern.partition(".")[0] for rule in rules for pattern in rule.calls})
    return Library(
        name,
        tuple(texts_at(file, "packages", data["packages"])) if "packages" in data else tuple(heads),
        text_at(file, "verified", data),
        rules,
        text_at(file, "before", data),
        text_at(file, "after", data),
        file,
        tuple(read_client(file, where, entry) for where, entry in tables_at(file, "client", data)),
        tuple(read_form(file, where, entry) for where, entry in tables_at(file, "form", data)),
        tuple(texts_at(file, "fakes", data.get("fakes", []))),
        tuple(_read_stub(file, where, entry) for where, entry in tables_at(file, "stub", data)),
        text_at(file, "setting", data),
        tuple(read_decorator(file, where, entry) for where, entry in tables_at(file, "decorator", data)),
        _read_beside(file, data.get("beside", {})),
    )


def _read_beside(file: Path, data: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise ConfigError(f'{file}: beside: must be a table of package names; write beside = {{ "a.b" = "a.c" }}')
    return tuple(data.items())


def _read_stub(file: Path, where: str, data: dict[str, Any]) -> Stub:
    refuse_unknown_keys(file, where, data, STUB_KEYS)
    names = data.get("names", {})
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        raise ConfigError(f'{file}: {where}names: must be a table; write names = {{ "*Client" = "pkg.Client" }}')
    module, code = text_at(file, f"{where}module", data, required=True), text_at(file, f"{where}code", data)
    if bool(code) == bool(names):
        raise ConfigError(f"{file}: {where}code: give the code of a stub file, or names, and not both")
    return Stub(module, code, tuple(names.items()))


def _read_rule(file: Path, where: str, data: dict[str, Any], library: str) -> Rule:
    refuse_unknown_keys(file, where, data, RULE_KEYS)
    kind = data.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"{file}: {where}kind: {kind!r} is no kind; use one of {', '.join(KINDS)}")
    return Rule(
        library,
        kind,
        calls_at(file, where, data),
        text_at(file, f"{where}replacement", data),
        text_at(file, f"{where}note", data),
        flag_at(file, f"{where}by_receiver", data),
        flag_at(file, f"{where}brief", data),
        flag_at(file, f"{where}lazy", data),
        flag_at(file, f"{where}values", data),
        tuple(texts_at(file, f"{where}arguments", data.get("arguments", []))),
        tuple(texts_at(file, f"{where}unless", data.get("unless", []))),
        _word_at(file, f"{where}provides", data, PROVIDES),
        flag_at(file, f"{where}one_thread", data),
        text_at(file, f"{where}shared_by", data),
        flag_at(file, f"{where}once", data),
        flag_at(file, f"{where}objects", data),
    )


def _word_at(file: Path, where: str, data: dict[str, Any], words: tuple[str, ...]) -> str:
    word = text_at(file, where, data)
    if word not in words:
        raise ConfigError(f"{file}: {where}: {word!r} is unknown; use {', '.join(filter(None, words))}")
    return word
