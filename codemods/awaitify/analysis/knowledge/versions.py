"""Which versions of packages the target's environment has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


class Versions:
    """Reads the names of `*.dist-info` folders, when first asked. search_paths: site-packages, the first ones win."""

    def __init__(self, search_paths: Sequence[Path]) -> None:
        self._search_paths = search_paths
        self._found: dict[str, Version] | None = None

    def has(self, since: str) -> bool:
        """Whether a distribution is there in this version or a later one. since: "pymongo 4.9", or empty."""
        name, _, version = since.partition(" ")
        found = self._versions().get(canonicalize_name(name)) if since else None
        return not since or (found is not None and found >= Version(version))

    def is_before(self, since: str) -> bool:
        """Whether a distribution is there in an earlier version."""
        name, _, version = since.partition(" ")
        found = self._versions().get(canonicalize_name(name))
        return found is not None and found < Version(version)

    def _versions(self) -> dict[str, Version]:
        if self._found is None:
            self._found = {}
            for folder in (item for path in self._search_paths for item in path.glob("*.dist-info")):
                name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
                try:
                    self._found.setdefault(canonicalize_name(name), Version(version))
                except InvalidVersion:
                    continue
        return self._found
