"""Names of async twins."""

from __future__ import annotations

#: `Session = sessionmaker(...)`: the usual names would be those of SQLAlchemy's classes, which stand in the same files.
_TAKEN = {"Session": "AsyncSessionLocal", "Engine": "AsyncEngineLocal"}


def async_name(name: str) -> str:
    """`get_db` -> `get_async_db`, `SessionLocal` -> `AsyncSessionLocal`, `_engine` -> `_async_engine`."""
    if name in _TAKEN:
        return _TAKEN[name]
    for verb in ("get_", "make_", "create_", "new_", "open_", "build_", "gen_", "provide_", "yield_"):
        if name.startswith(verb):
            return f"{verb}async_{name.removeprefix(verb)}"
    stripped = name.lstrip("_")
    lead = name[: len(name) - len(stripped)]
    if stripped.isupper():
        return f"{lead}ASYNC_{stripped}"
    return f"{lead}Async{stripped}" if stripped[:1].isupper() else f"{lead}async_{stripped}"
