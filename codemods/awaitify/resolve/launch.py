"""How ty is started: its executable, settings, environment variables and the parameters of `initialize`."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from awaitify.resolve.model import ResolveError


def executable() -> str:
    """The ty that is installed beside awaitify, else the one on PATH."""
    name = "ty.exe" if os.name == "nt" else "ty"
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        raise ResolveError("the type checker ty is not installed: reinstall awaitify, or `pip install ty`")
    return found


def settings(roots: Sequence[Path], python: Path, stubs: Sequence[Path]) -> str:
    """A ty.toml. A configuration file, since settings given inline are mixed with the target's own."""
    values: dict[str, object] = {
        "python": str(python),
        "root": [str(path) for path in roots],
        "extra-paths": [str(path) for path in stubs],
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["[environment]", *lines, "[rules]", 'unused-awaitable = "warn"', ""])


def child_environment(folder: Path) -> dict[str, str]:
    """The environment without what would change ty's answers from outside."""
    dropped = {"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONPATH", "XDG_CONFIG_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("TY_")}
    return {**kept, "XDG_CONFIG_HOME": str(folder), "TY_LOG": "error"}


def initialize(root: Path, settings: Path) -> dict[str, Any]:
    """The parameters of `initialize`; settings: the path of the ty.toml."""
    links = {"linkSupport": True}
    return {
        "processId": os.getpid(),
        "rootUri": root.as_uri(),
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
        "initializationOptions": {"configurationFile": str(settings)},
        "capabilities": {
            "general": {"positionEncodings": ["utf-8"]},
            "workspace": {"workspaceFolders": True},
            # pulled diagnostics: without this ty computes and sends those of every file that opens
            "textDocument": {"diagnostic": {}, "definition": links, "typeDefinition": links},
        },
    }
