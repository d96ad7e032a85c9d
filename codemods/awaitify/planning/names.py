"""What async twins are called, where their classes come from, and which driver speaks to which database."""

from __future__ import annotations

SQLALCHEMY_ASYNC = "sqlalchemy.ext.asyncio"
SQLMODEL_ASYNC = "sqlmodel.ext.asyncio.session"
DRIVERS = {
    "postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite", "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql", "oracle": "oracle+oracledb", "mssql": "mssql+aioodbc",
}  # fmt: skip


def async_session_module(name: str) -> str:
    """Where the async class of a sync session class is imported from."""
    return SQLMODEL_ASYNC if name.startswith("sqlmodel") else SQLALCHEMY_ASYNC
