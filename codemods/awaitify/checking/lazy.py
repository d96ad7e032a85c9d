"""Attributes that load on access where nothing can wait for them: lazy loads of what an AsyncSession gave."""

from __future__ import annotations

from awaitify.checking.loop import Loop
from awaitify.findings import Finding


def lazy_loads(loop: Loop) -> list[Finding]:
    """Not found yet."""
    return []
