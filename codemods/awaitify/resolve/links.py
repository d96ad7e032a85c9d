"""Links to files and folders; copies where links are not allowed."""

from __future__ import annotations

import shutil
from pathlib import Path


def link(source: Path, place: Path) -> None:
    """Shows a file or folder at another place, which must be free."""
    try:
        place.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:  # Windows without the right to make links
        if source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copyfile(source, place)
