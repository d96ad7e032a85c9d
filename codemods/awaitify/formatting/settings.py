"""How a project formats: what its Black or ruff is told, and the Python that it runs on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import black
from black.mode import TargetVersion

from awaitify.errors import AwaitifyError

OLDEST = (3, 8)


@dataclass(frozen=True, slots=True)
class BlackSettings:
    """How a project formats: what its Black or ruff is told. versions are Black's names (py311). says_length: whether
    the project says how long its lines may be."""

    line_length: int = 88
    string_normalization: bool = True
    magic_trailing_comma: bool = True
    preview: bool = False
    versions: tuple[str, ...] = ()
    says_length: bool = field(default=False, compare=False)

    def mode(self, indent: int) -> black.Mode:
        """Black's mode for a piece that stands at this column."""
        return black.Mode(
            line_length=max(self.line_length - indent, 1),
            string_normalization=self.string_normalization,
            magic_trailing_comma=self.magic_trailing_comma,
            preview=self.preview,
            target_versions={TargetVersion[version.upper()] for version in self.versions},
        )


def black_settings(root: Path) -> BlackSettings:
    """The settings for root, its own or those of the nearest folder above it in the repository that has any:
    `[tool.black]`, else those of ruff, else Black's defaults. Raises AwaitifyError."""
    settings = next(filter(None, map(_settings_in, _folders(root))), BlackSettings())
    return settings if settings.versions else replace(settings, versions=_versions(_toml(root / "pyproject.toml")))


def _folders(root: Path) -> Iterator[Path]:
    """root, and what is above it in its repository."""
    above = [root, *root.resolve().parents]
    top = next((number for number, folder in enumerate(above) if (folder / ".git").exists()), 0)
    yield from above[: top + 1]


def _settings_in(folder: Path) -> BlackSettings | None:
    tool = _toml(folder / "pyproject.toml").get("tool", {})
    if "black" in tool:
        return _from_black(tool["black"])
    for name in (".ruff.toml", "ruff.toml"):
        if (folder / name).is_file():
            return _from_ruff(_toml(folder / name))
    return _from_ruff(tool["ruff"]) if "ruff" in tool else None


def _versions(data: dict[str, Any]) -> tuple[str, ...]:
    """Black's names of the Pythons that a project runs on. A piece alone does not tell Black."""
    project = data.get("project", {}).get("requires-python", "")
    written = project or data.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python", "")
    numbers = [(3, int(minor)) for minor in re.findall(r"3\.(\d+)", str(written))]
    oldest = max(min(numbers, default=OLDEST), OLDEST)
    return tuple(f"py3{minor}" for minor in range(oldest[1], 30) if f"PY3{minor}" in TargetVersion.__members__)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise AwaitifyError(f"{path} cannot be read: {error}; mend it, or move it away") from error


def _from_black(data: dict[str, Any]) -> BlackSettings:
    """Keys may be written with - or _; a target version that this Black does not know is left out."""
    values = {key.replace("-", "_"): value for key, value in data.items()}
    versions = values.get("target_version", [])
    known = {version.name.lower() for version in TargetVersion}
    return BlackSettings(
        line_length=int(values.get("line_length", 88)),
        string_normalization=not values.get("skip_string_normalization", False),
        magic_trailing_comma=not values.get("skip_magic_trailing_comma", False),
        preview=bool(values.get("preview", False)),
        versions=tuple(item for item in ([versions] if isinstance(versions, str) else versions) if item in known),
        says_length=True,
    )


def _from_ruff(data: dict[str, Any]) -> BlackSettings:
    style = data.get("format", {})
    return BlackSettings(
        line_length=int(style.get("line-length", data.get("line-length", 88))),
        string_normalization=style.get("quote-style", "double") == "double",
        magic_trailing_comma=not style.get("skip-magic-trailing-comma", False),
        says_length="line-length" in {**data, **style},
    )
