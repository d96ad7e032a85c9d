"""Settings: the target's `[tool.awaitify]` in pyproject.toml, each also a flag. A flag wins over the file."""

from __future__ import annotations

import difflib
import keyword
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from awaitify.errors import AwaitifyError

CHOICES: dict[str, tuple[str, ...]] = {
    "driver": ("", "psycopg", "asyncpg", "aiosqlite", "aiomysql"),
    "bridge": ("to_thread", "run_in_threadpool"),
    "aws": ("", "aioboto3", "aiobotocore", "to_thread"),
    "http": ("", "httpx", "async_requests", "to_thread"),
    "http_error_texts": ("same", "may-change"),
    "only_bridges": ("convert", "leave"),
}
FLAGS_ONLY = frozenset({"routers", "routes"})
NAMES = frozenset({"async_get_db_name", "async_engine_name", "async_session_name"})
WHERE = "pyproject.toml [tool.awaitify]"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to convert. An empty text means that awaitify chooses (driver) or follows the project's names (names).

    exclude: gitignore patterns. keep_sync: dotted functions or gitignore patterns of files that must stay sync.
    rules: absolute paths of the user's own rule packs (in the file: relative to the root). routers, routes: selectors.
    """

    driver: str = ""
    bridge: str = "to_thread"
    aws: str = ""
    http: str = ""
    http_error_texts: str = "same"
    exclude: tuple[str, ...] = ()
    keep_sync: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    async_get_db_name: str = ""
    async_engine_name: str = ""
    async_session_name: str = ""
    python: Path | None = None
    routers: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    only_bridges: str = "convert"
    tests: bool = True


def load_settings(root: Path, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the project at root. flags: field name -> value; None and () mean that it was not given.

    Raises AwaitifyError for a file that is not TOML, an unknown key, or a value of the wrong kind."""
    values = {_field_of(key): value for key, value in _table(root / "pyproject.toml").items()}
    settings = Settings(**{name: _checked(name, value, WHERE, root) for name, value in values.items()})
    given = {name: value for name, value in (flags or {}).items() if value is not None and value != ()}
    return replace(settings, **{name: _checked(name, value, _flag(name), root) for name, value in given.items()})


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f'; did you mean "{near[0]}"?' if near else ""


def _table(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AwaitifyError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        detail = str(error).splitlines()[0]
        raise AwaitifyError(f"{path}: is not valid TOML ({detail}); correct the file and run again") from error
    tool = data.get("tool", {})
    table = tool.get("awaitify", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise AwaitifyError(f"{WHERE}: must be a table, not {_kind(table)}; write it as [tool.awaitify]")
    return table


def _field_of(key: str) -> str:
    known = {_key(item.name): item.name for item in fields(Settings) if item.name not in FLAGS_ONLY}
    if key in known:
        return known[key]
    dashed = key.replace("_", "-")
    hint = f'; write it "{dashed}"' if dashed in known else suggestion(key, known)
    raise AwaitifyError(f'{WHERE}: unknown key "{key}"{hint or "; known: " + ", ".join(known)}')


def _checked(name: str, value: object, where: str, root: Path) -> Any:
    """The value in its field's type. Raises AwaitifyError that names the place and what would be right."""
    place = where if where.startswith("--") else f"{where}: {_key(name)}"
    kind = get_type_hints(Settings)[name]
    if kind == tuple[str, ...]:
        texts = _texts(value, place)
        return tuple(map(str, _packs(texts, place, root))) if name == "rules" else texts
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise AwaitifyError(f"{place}: must be true or false, not {_kind(value)}")
    if isinstance(value, Path):
        value = str(value.absolute())
    if not isinstance(value, str):
        raise AwaitifyError(f"{place}: must be a text, not {_kind(value)}")
    if name == "python":
        return _interpreter(value, place, root)
    return _text(name, value, place)


def _texts(value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(str(item) for item in value)
    found = _kind(value) if not isinstance(value, list | tuple) else "a list with something else in it"
    raise AwaitifyError(f'{place}: must be a list of texts, not {found}; for example ["legacy/"]')


def _packs(paths: tuple[str, ...], place: str, root: Path) -> tuple[Path, ...]:
    """A flag's paths start where the user stands, the file's at the root."""
    base = Path.cwd() if place.startswith("--") else root.absolute()
    packs = tuple(base / Path(path).expanduser() for path in paths)
    for pack in packs:
        if not pack.is_file():
            raise AwaitifyError(f"{place}: {pack} is not a file; give the TOML file of a rule pack")
    return packs


def _text(name: str, value: str, place: str) -> str:
    choices = CHOICES.get(name)
    if choices and value not in choices:
        hint = suggestion(value, filter(None, choices))
        raise AwaitifyError(f'{place}: "{value}" is not one of {", ".join(filter(None, choices))}{hint}')
    if name in NAMES and value and (not value.isidentifier() or keyword.iskeyword(value)):
        raise AwaitifyError(f'{place}: "{value}" cannot be the name of a function; use letters, digits and "_"')
    return value


def _interpreter(value: str, place: str, root: Path) -> Path:
    path = root / Path(value).expanduser()
    if not path.exists():
        raise AwaitifyError(f"{place}: {path} does not exist; give the project's own Python (or its environment)")
    return path


def _key(name: str) -> str:
    return name.replace("_", "-")


def _flag(name: str) -> str:
    return "--" + {"routers": "router", "routes": "route"}.get(name, _key(name))


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return kinds.get(type(value), f"a {type(value).__name__}")
