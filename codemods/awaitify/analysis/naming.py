"""Names of async twins."""

from __future__ import annotations


def async_name(name: str) -> str:
    """`get_db` -> `get_async_db`, `SessionLocal` -> `AsyncSessionLocal`, `engine` -> `async_engine`."""
    if name.startswith("get_"):
        return "get_async_" + name[4:]
    stripped = name.lstrip("_")
    lead = name[: len(name) - len(stripped)]
    return (
        lead
        + (
            "Async"
            if stripped[:1].isupper() and not stripped.isupper()
            else "ASYNC_"
            if stripped.isupper()
            else "async_"
        )
        + stripped
    )
