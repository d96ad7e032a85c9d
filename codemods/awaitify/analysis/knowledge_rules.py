"""Rule packs: reading and checking the TOML files, and finding the most specific rule for a dotted name.

The format is described in `awaitify/rules/README.md`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from awaitify.errors import AwaitifyError

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
FILE_KEYS = frozenset({"library", "packages", "verified", "before", "after", "rule"})
RULE_KEYS = frozenset({"kind", "calls", "methods", "replacement", "note", "by_receiver"})
_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_*][A-Za-z0-9_*]*))*")


class ConfigError(AwaitifyError):
    """A rule file cannot be used. The message names the file, the key, and what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """calls: patterns of dotted names; an exact name beats a pattern, more literal characters beat fewer.
    by_receiver: classes share this definition, and the class of the receiver may say better what it does."""

    library: str
    kind: str
    calls: tuple[str, ...]
    replacement: str = ""
    note: str = ""
    by_receiver: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """One rule file. packages: top-level import names; verified: the versions that the rules were checked against;
    before, after: an example of what a call becomes."""

    name: str
    packages: tuple[str, ...]
    verified: str
    rules: tuple[Rule, ...]
    before: str = ""
    after: str = ""
    file: Path | None = None


def packaged_rules() -> list[Path]:
    """The rule files that come with awaitify, by name."""
    return sorted((Path(__file__).parent.parent / "rules").glob("*.toml"))


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
    _refuse_unknown_keys(file, "", data, FILE_KEYS)
    name = _text(file, "library", data, required=True)
    entries = data.get("rule")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{file}: rule: is missing; write at least one [[rule]] table with kind and calls")
    rules = tuple(_read_rule(file, f"rule[{number}].", entry, name) for number, entry in enumerate(entries, 1))
    heads = sorted({pattern.partition(".")[0] for rule in rules for pattern in rule.calls})
    return Library(
        name,
        tuple(_texts(file, "packages", data["packages"])) if "packages" in data else tuple(heads),
        _text(file, "verified", data),
        rules,
        _text(file, "before", data),
        _text(file, "after", data),
        file,
    )


def _read_rule(file: Path, where: str, data: dict[str, Any], library: str) -> Rule:
    _refuse_unknown_keys(file, where, data, RULE_KEYS)
    kind = data.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"{file}: {where}kind: {kind!r} is no kind; use one of {', '.join(KINDS)}")
    calls = list(_texts(file, f"{where}calls", data.get("calls", [])))
    methods = data.get("methods", {})
    if not isinstance(methods, dict):
        raise ConfigError(f'{file}: {where}methods: must be a table; write methods = {{ "pkg.Class" = ["name"] }}')
    for owner, names in methods.items():
        calls += [f"{owner}.{method}" for method in _texts(file, f"{where}methods.{owner}", names)]
    if not calls:
        raise ConfigError(f'{file}: {where}calls: is missing; name what the rule is about, as calls = ["pkg.function"]')
    for pattern in calls:
        if not _PATTERN.fullmatch(pattern):
            raise ConfigError(
                f"{file}: {where}calls: {pattern!r} is no dotted name; write pkg.function, pkg.Class.method or pkg.*"
            )
    return Rule(
        library,
        kind,
        tuple(calls),
        _text(file, f"{where}replacement", data),
        _text(file, f"{where}note", data),
        _flag(file, f"{where}by_receiver", data),
    )


def _refuse_unknown_keys(file: Path, where: str, data: dict[str, Any], known: frozenset[str]) -> None:
    for key in data:
        if key not in known:
            raise ConfigError(f"{file}: {where}{key}: is no known key; use one of {', '.join(sorted(known))}")


def _text(file: Path, where: str, data: dict[str, Any], required: bool = False) -> str:
    value = data.get(where.rpartition(".")[2], "")
    if not isinstance(value, str) or (required and not value):
        raise ConfigError(f'{file}: {where}: must be text; write {where.rpartition(".")[2]} = "..."')
    return value


def _flag(file: Path, where: str, data: dict[str, Any]) -> bool:
    value = data.get(where.rpartition(".")[2], False)
    if not isinstance(value, bool):
        raise ConfigError(f"{file}: {where}: must be true or false")
    return value


def _texts(file: Path, where: str, value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{file}: {where}: must be a list of texts; write ["...", "..."]')
    return value


class RuleTable:
    """Finds the rule for a name. Files that come later win over equally specific patterns of earlier ones."""

    def __init__(self, libraries: Iterable[Library]) -> None:
        self._exact: dict[str, Rule] = {}
        self._patterns: dict[str, list[tuple[int, str, Rule]]] = {}
        for rule in (rule for library in libraries for rule in library.rules):
            for call in rule.calls:
                if "*" not in call:
                    self._exact[call] = rule
                    continue
                entry = (len(call.replace("*", "").replace(".", "")), call, rule)
                self._patterns.setdefault(call.partition(".")[0], []).insert(0, entry)
        for entries in self._patterns.values():
            entries.sort(key=lambda entry: -entry[0])  # stable: the later file stays first among equals

    def find(self, name: str) -> tuple[Rule, bool] | None:
        """The rule for this name and whether it names it exactly. A constructor is found under its class too."""
        owner = constructed_class(name)
        exact = self._exact.get(name) or (self._exact.get(owner) if owner else None)
        if exact:
            return exact, True
        for _, pattern, rule in self._patterns.get(name.partition(".")[0], ()):
            expression = _expression(pattern)
            if expression.fullmatch(name) or (owner and expression.fullmatch(owner)):
                return rule, False
        return None


def constructed_class(name: str) -> str:
    """`pkg.Class` for `pkg.Class.__init__`, `__new__` and `__post_init__`; empty for other names."""
    owner, _, last = name.rpartition(".")
    return owner if last in ("__init__", "__new__", "__post_init__") else ""


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A final `.*` stands for the name before it and all below; a `*` segment for any number of segments; a `*` inside
    a segment for any characters of it."""
    head, _, last = pattern.rpartition(".")
    tail = r"(\..*)?" if last == "*" else ""
    text = ""
    for segment in (head if tail else pattern).split("."):
        text += r"([^.]+\.)*" if segment == "*" else re.escape(segment).replace(r"\*", "[^.]*") + r"\."
    return re.compile(text.removesuffix(r"\.") + tail)
