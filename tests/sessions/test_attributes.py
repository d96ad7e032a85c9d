"""The attributes that a session has by itself are those of the installed SQLAlchemy."""

from __future__ import annotations

from awaitify.analysis.sessions.attributes import OWN
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session


def test_own_attributes_are_known() -> None:
    methods = {name for name in dir(Session) if callable(getattr(Session, name))}
    assert {name for name in {*dir(AsyncSession), *methods} if not name.startswith("_")} <= OWN
