"""The packages that the converted service needs, added to the files where the project names its own."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from awaitify.plan_model import Reason, TextPlan
from awaitify.planning.requirements.lists import Needed, add_to_lines, included_files, needed, parsed, requirement_lines
from awaitify.planning.requirements.toml import add_to_pyproject, pyproject_names

DISTRIBUTIONS = {"psycopg": "psycopg[binary]"}  # the others are named as their drivers
FRAMEWORKS = frozenset({"fastapi", "sqlalchemy", "sqlmodel"})
LOCKS = {"uv.lock": "uv lock", "poetry.lock": "poetry lock", "pdm.lock": "pdm lock"}
BY_HAND = ("Pipfile", "setup.cfg", "setup.py", "environment.yml", "environment.yaml")
DEVELOPMENT = ("dev", "test", "lint", "doc", "ci", "format", "local")
PATTERNS = ("*requirements*.in", "*requirements*.txt", "requirements/*.in", "requirements/*.txt")
# These bring a botocore of their own choice, and boto3 with it.
TIED = {"aioboto3": ("boto3", "botocore", "s3transfer"), "aiobotocore": ("boto3", "botocore", "s3transfer")}
SKIPPED = frozenset({"node_modules", "venv", "env", "tests", "test", "docs"})


def needed_packages(dialects: Iterable[str], drivers: Mapping[str, str]) -> list[str]:
    """The requirements of async engines for these dialects. drivers: dialect -> `postgresql+psycopg`, or `psycopg`."""
    names = [drivers[dialect].rpartition("+")[2] for dialect in sorted(dialects) if dialect in drivers]
    return ["sqlalchemy[asyncio]", *dict.fromkeys(DISTRIBUTIONS.get(name, name) for name in names)] if names else []


def dependency_texts(root: Path, packages: Sequence[str]) -> tuple[list[TextPlan], list[Reason]]:
    """New texts for the files that list the project's requirements, and what a person has to do beside.

    Files are those of the root, else those one folder down (a repository with a `backend/`)."""
    wanted = [needed(package) for package in packages]
    if not wanted:
        return [], []
    for folder in (root, *_folders(root)):
        pyproject, lists = folder / "pyproject.toml", _lists(folder)
        if FRAMEWORKS & pyproject_names(_read(pyproject)) or lists:
            texts, reasons = _change(root, pyproject, lists, wanted)
            return texts, [*reasons, *_pins(root, [pyproject, *lists], wanted)]
    what = " and ".join(packages)
    places = [name for name in BY_HAND if (root / name).is_file()]
    if places:
        return [], [Reason("add-packages", f"add {what} to {places[0]} by hand; awaitify does not edit it", places[0])]
    return [], [Reason("add-packages", f"no file that lists the requirements was found; the service needs {what}")]


def _pins(root: Path, files: Iterable[Path], wanted: Iterable[Needed]) -> Iterator[Reason]:
    """Versions that the project fixes of packages that a new one fixes too: no installer may find both."""
    tied = {name: item.name for item in wanted for name in TIED.get(item.name, ())}
    for path in files if tied else ():
        for name, new in tied.items():
            pin = rf"""(?im)(?:^|["',\[\s])({name}(?:\[[^\]]*\])?["']?\s*(?:[=~]=|<|=\s*["']\d)[^"',;\n]*)"""
            found = re.search(pin, _read(path))
            if found is not None:
                message = (
                    f"fixes `{found[1].strip()}`, and {new} brings its own {name}: loosen it if pip finds no match"
                )
                yield _reason(root, path, "pinned", message)


def _folders(root: Path) -> list[Path]:
    folders = [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(path for path in folders if path.name not in SKIPPED)


def _change(
    root: Path, pyproject: Path, lists: list[Path], wanted: list[Needed]
) -> tuple[list[TextPlan], list[Reason]]:
    texts: list[TextPlan] = []
    reasons: list[Reason] = []
    old = _read(pyproject)
    if FRAMEWORKS & pyproject_names(old):
        texts += _changed(root, pyproject, old, lambda text: add_to_pyproject(text, wanted))
        reasons += _outdated_locks(root, pyproject.parent) if texts else []
    for path in lists:
        missing, old = _missing(path, wanted), _read(path)
        names = " and ".join(item.text for item in missing)
        if not missing:
            continue
        if path != lists[0]:
            message = f"names the service's packages too: if it is installed from, add {names}"
            reasons.append(_reason(root, path, "add-packages", message))
        elif _is_locked(old):
            message = f"is generated or has hashes: add {names} to its source and compile it again"
            reasons.append(_reason(root, path, "compile-again", message))
        else:
            texts += _changed(root, path, old, partial(add_to_lines, wanted=missing))
    return texts, reasons


def _with_line_ends(text: str, change: Callable[[str], str]) -> str:
    """Changes a text whose lines end in LF; one that has CRLF throughout gets it back."""
    if text.count("\r\n") != text.count("\n") or "\r\n" not in text:
        return change(text)
    return change(text.replace("\r\n", "\n")).replace("\n", "\r\n")


def _changed(root: Path, path: Path, old: str, change: Callable[[str], str]) -> list[TextPlan]:
    new = _with_line_ends(old, change)
    if new == old:
        return []
    data = path.read_bytes()
    return [TextPlan(path.relative_to(root).as_posix(), hashlib.sha256(data).hexdigest(), new, _encoding(data))]


def _reason(root: Path, path: Path, rule: str, message: str) -> Reason:
    name = path.relative_to(root).as_posix()
    return Reason(rule, f"{name} {message}", name)


def _outdated_locks(root: Path, folder: Path) -> list[Reason]:
    return [
        _reason(root, place / name, "lock-again", f"is older than pyproject.toml now: run `{command}`")
        for place in dict.fromkeys((folder, root))
        for name, command in LOCKS.items()
        if (place / name).is_file()
    ]


def _missing(path: Path, wanted: list[Needed]) -> list[Needed]:
    """What neither the file nor the files that it includes have."""
    have = [parsed(line) for file in included_files(path) for line in requirement_lines(_read(file))]
    return [item for item in wanted if not item.is_met([requirement for requirement in have if requirement])]


def _lists(folder: Path) -> list[Path]:
    """The requirement files of the service itself, the main one first; a `.in` instead of what is compiled from it."""
    found = [path for pattern in PATTERNS for path in folder.glob(pattern)]
    main = [path for path in found if path.is_file() and _names(path) & FRAMEWORKS and not _is_development(path)]
    included = {other for path in main for other in included_files(path)[1:]}
    compiled = {path.with_suffix(".txt") for path in main if path.suffix == ".in"}
    left = [path for path in main if path not in included and path not in compiled] or main
    return sorted(left, key=lambda path: (path.stem != "requirements", len(path.parts), path.suffix, path.name))


def _is_development(path: Path) -> bool:
    words = path.stem.lower().replace("_", "-").replace(".", "-").split("-")
    return any(word.startswith(DEVELOPMENT) for word in words)


def _names(path: Path) -> set[str]:
    requirements = [parsed(line) for line in requirement_lines(_read(path))]
    return {requirement.name for requirement in requirements if requirement}


def _is_locked(text: str) -> bool:
    head = text[:2000].lower()
    return "--hash=" in text or "autogenerated by" in head or "automatically generated by" in head


def _read(path: Path) -> str:
    """The text with its own line ends; empty when it is not there or not readable."""
    try:
        data = path.read_bytes()
        return data.decode(_encoding(data))
    except (OSError, UnicodeDecodeError):
        return ""


def _encoding(data: bytes) -> str:
    """UTF-16 where its mark is (`pip freeze > requirements.txt` in PowerShell), else UTF-8."""
    return "utf-16" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8"
