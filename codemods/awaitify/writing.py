"""Writes the planned files into the tree, all or nothing, and takes them back.

The journal is `.awaitify/journal/NNNN` in the root. It holds every original, every new text and a manifest, all synced
to disk before the first file of the tree changes. A kill before that leaves the old tree; a kill later leaves the
new tree or a mixture that `undo` takes back. Each file changes by one `os.replace` of a staged file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from awaitify.errors import AwaitifyError, RefusedError

FOLDER = ".awaitify"
RESERVED = frozenset({".git", FOLDER})
BUILDING = ".tmp"
ALL_BITS = 0o7777


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the journal. path: real path relative to the root. before: sha256, or "" when the file is new.
    mode: permission bits. number: the name of its copies in `before/` and `after/`."""

    path: str
    before: str
    after: str
    mode: int
    number: int


@dataclass(frozen=True, slots=True)
class Journal:
    """What one apply does. folders: those that it makes, relative to the root, outermost first."""

    folder: Path
    entries: tuple[Entry, ...]
    folders: tuple[str, ...]


def write(root: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Makes the files in `after` (path relative to root -> bytes) so. `before` holds what each of them must be now.

    Raises RefusedError, with the tree as it was, when a file changed since, is read-only or lies outside the root, when
    an earlier apply was interrupted, or when the disk fails."""
    root = root.resolve()
    _check_no_interruption(root)
    real = _real_paths(root, after)
    if not real:
        return
    for path, name in real.items():
        _check_file(root, path, before.get(name))
    try:
        journal = _prepare(root, {path: after[name] for path, name in real.items()})
    except OSError as error:
        raise RefusedError(f"{root / FOLDER}: cannot be written ({error.strerror}); nothing was changed") from error
    try:
        _carry_out(root, journal)
    except OSError as error:
        _take_back(root, error)
        place = error.filename or root
        raise RefusedError(f"{place}: writing failed ({error.strerror}); everything was taken back") from error
    except BaseException:
        undo(root, force=True)  # interrupted: the old tree, then on with the interruption
        raise


def undo(root: Path, *, force: bool = False) -> tuple[str, ...]:
    """Takes back the last apply, also an interrupted one. Gives the files that it restored or removed.

    Raises RefusedError that names the files changed since (unless force: their changes are lost), and AwaitifyError
    when there is nothing to undo."""
    root = root.resolve()
    journal = _last(root)
    if journal is None:
        raise AwaitifyError(f"{root}: nothing to undo; no apply was recorded here")
    state = {entry: _digest(root / _check_inside(root, entry.path)) for entry in journal.entries}
    changed = [entry.path for entry, now in state.items() if now not in (entry.before, entry.after)]
    if changed and not force:
        names = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        raise RefusedError(f"changed since the apply: {names}; move those changes away, or add --force to lose them")
    done = [entry for entry, now in state.items() if now != entry.before]
    for entry in done:
        _restore(root, journal, entry)
    for folder in reversed(journal.folders):
        with contextlib.suppress(OSError):  # not empty: somebody else's files stay
            (root / folder).rmdir()
    _drop(root, journal)
    return tuple(entry.path for entry in done)


def _take_back(root: Path, error: OSError) -> None:
    try:
        undo(root, force=True)
    except OSError as second:
        what = f"({error.strerror}, then {second.strerror}); free the disk, then run `awaitify undo`"
        raise RefusedError(f"{root}: writing failed {what}") from error


def _check_no_interruption(root: Path) -> None:
    journal = _last(root)
    if journal is None or (journal.folder / "done").exists():
        return
    if any(_digest(root / entry.path) != entry.after for entry in journal.entries):
        raise RefusedError(f"{root}: an earlier apply was interrupted; run `awaitify undo` first")
    (journal.folder / "done").touch()


def _real_paths(root: Path, after: Mapping[str, bytes]) -> dict[str, str]:
    """Real path relative to the root -> planned path. A link inside the root stands for the file it points to."""
    real: dict[str, str] = {}
    for name in sorted(after):
        path = _check_inside(root, name)
        if path in real and after[real[path]] != after[name]:
            raise RefusedError(f"{name}: is the same file as {real[path]}, with another planned text; exclude one")
        real.setdefault(path, name)
    return real


def _check_inside(root: Path, name: str) -> str:
    try:
        target = (root / name).resolve()
        relative = target.relative_to(root)
    except (ValueError, OSError, RuntimeError) as error:
        raise RefusedError(f"{name}: leads out of {root}; awaitify writes only inside, so exclude it") from error
    if RESERVED.intersection(relative.parts) or not relative.parts:
        raise RefusedError(f"{name}: is not a file that awaitify may write; make the plan again")
    return relative.as_posix()


def _check_file(root: Path, path: str, expected: bytes | None) -> None:
    """Raises RefusedError unless the file is as planned and could be written."""
    target = root / path
    found = _digest(target)
    if found != ("" if expected is None else _sha256(expected)):
        what = "exists already" if expected is None else "changed since it was planned" if found else "is gone"
        raise RefusedError(f"stale plan: {path} {what}; plan again")
    parent = target.parent
    while not parent.exists():
        parent = parent.parent
    for place in (target, parent) if expected is not None else (parent,):
        # root may write anything; the bits still say that the owner did not want it
        if not place.stat().st_mode & stat.S_IWUSR or not os.access(place, os.W_OK):
            raise RefusedError(f"{place}: is read-only; make it writable or exclude it (nothing was written)")
    if parent.stat().st_dev != root.stat().st_dev:
        raise RefusedError(f"{path}: lies on another file system than {root}; run awaitify inside {parent}")


def _prepare(root: Path, after: Mapping[str, bytes]) -> Journal:
    """Writes the journal under a temporary name, then gives it its name in one step."""
    base = _journals(root, make=True)
    for leftover in base.glob(f"*{BUILDING}"):
        shutil.rmtree(leftover)
    number = max((int(folder.name) for folder in _numbered(base)), default=0) + 1
    building = base / f"{number:04}{BUILDING}"
    for part in ("before", "after"):
        (building / part).mkdir(parents=True)
    entries = tuple(_stage(root, building, path, index, text) for index, (path, text) in enumerate(after.items()))
    manifest = {"entries": [asdict(entry) for entry in entries], "folders": _missing_folders(root, after)}
    _put(building / "manifest.json", json.dumps(manifest, indent=1).encode())
    for folder in (building / "before", building / "after", building):
        _sync_folder(folder)
    final = base / f"{number:04}"
    building.rename(final)
    _sync_folder(base)
    return Journal(final, entries, tuple(manifest["folders"]))


def _stage(root: Path, building: Path, path: str, number: int, text: bytes) -> Entry:
    target = root / path
    before, mode = "", 0
    if target.exists():
        old, mode = target.read_bytes(), stat.S_IMODE(target.stat().st_mode)
        before = _sha256(old)
        _put(building / "before" / str(number), old)
    staged = building / "after" / str(number)
    _put(staged, text)
    if before:
        _like(staged, target)
    else:
        mode = stat.S_IMODE(staged.stat().st_mode)
    return Entry(path, before, _sha256(text), mode, number)


def _carry_out(root: Path, journal: Journal) -> None:
    for folder in journal.folders:
        (root / folder).mkdir()
    for entry in journal.entries:
        os.replace(journal.folder / "after" / str(entry.number), root / entry.path)
    for parent in {(root / entry.path).parent for entry in journal.entries}:
        _sync_folder(parent)
    _put(journal.folder / "done", b"")
    _sync_folder(journal.folder)


def _restore(root: Path, journal: Journal, entry: Entry) -> None:
    target = root / entry.path
    (journal.folder / "done").unlink(missing_ok=True)  # from here on the tree is a mixture
    if not entry.before:
        target.unlink(missing_ok=True)
        return
    staged = journal.folder / f"restore-{entry.number}"
    _put(staged, (journal.folder / "before" / str(entry.number)).read_bytes())
    if target.exists():
        _like(staged, target)
    staged.chmod(entry.mode)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, target)
    _sync_folder(target.parent)


def _drop(root: Path, journal: Journal) -> None:
    """Removes the journal: first its name, so that a kill leaves no half of one, then the folder when it is empty."""
    gone = journal.folder.with_name(journal.folder.name + BUILDING)
    journal.folder.rename(gone)
    shutil.rmtree(gone)
    base = root / FOLDER
    with contextlib.suppress(OSError):
        (base / "journal").rmdir()
        if [item.name for item in base.iterdir()] == [".gitignore"]:
            shutil.rmtree(base)


def _last(root: Path) -> Journal | None:
    base = _journals(root, make=False)
    folders = _numbered(base)
    if not folders:
        return None
    try:
        data: dict[str, Any] = json.loads((folders[-1] / "manifest.json").read_bytes())
        return Journal(folders[-1], tuple(Entry(**item) for item in data["entries"]), tuple(data["folders"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"{folders[-1]}: is damaged; restore the files from git and remove {FOLDER}") from error


def _numbered(base: Path) -> list[Path]:
    return sorted((folder for folder in base.glob("*") if folder.name.isdigit()), key=lambda folder: int(folder.name))


def _journals(root: Path, *, make: bool) -> Path:
    base = root / FOLDER
    if base.is_symlink() or (base / "journal").is_symlink():
        raise RefusedError(f"{base}: is a link; remove it, awaitify keeps its journal inside the project")
    if make:
        base.mkdir(exist_ok=True)
        _put(base / ".gitignore", b"*\n")
        (base / "journal").mkdir(exist_ok=True)
    return base / "journal"


def _missing_folders(root: Path, paths: Mapping[str, bytes]) -> list[str]:
    parents = {parent for path in paths for parent in Path(path).parents}
    return sorted(parent.as_posix() for parent in parents if not (root / parent).exists())


def _like(staged: Path, target: Path) -> None:
    """Gives a staged file the mode of target, and its owner where that is allowed."""
    status = target.stat()
    with contextlib.suppress(OSError, AttributeError):
        os.chown(staged, status.st_uid, status.st_gid)
    staged.chmod(status.st_mode & ALL_BITS)


def _put(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some systems cannot open a folder; the rename is atomic all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _digest(path: Path) -> str:
    """sha256 of a file's bytes, "" when there is none. Raises RefusedError when it cannot be read."""
    try:
        return _sha256(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise RefusedError(f"{path}: cannot be read ({error.strerror}); correct that or exclude it") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
