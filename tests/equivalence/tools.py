"""A service around a module of queries: written, converted in one plan, and run before and after."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from awaitify.pipeline import Result

from ..pipeline_tools import DATABASE, converted, write_service  # noqa: TID252

HERE = Path(__file__).parent
ROUTE = """
@app.get("/{name}")
def route_{name}(db: Session = Depends(get_db)):
    {module}.{name}(db)
    return "done"
"""
HEAD = """
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import {modules}
from app.database import get_db

app = FastAPI()
"""


def convert(
    root: Path, modules: dict[str, str], database: str = DATABASE, models: str = "service_models.py", **settings: Any
) -> tuple[Result, Path, Path]:
    """The conversion of a service with these modules (name -> source), each function of which a route calls; the folder
    before and the folder after."""
    routes = [
        ROUTE.format(name=name, module=module)
        for module, code in modules.items()
        for name in re.findall(r"(?m)^def (\w+)\(db: Session", code)
    ]
    files: dict[str, str | bytes] = {
        "app/database.py": database,
        "app/models.py": _models(models),
        "app/main.py": HEAD.format(modules=", ".join(modules)) + "\n\n" + "\n\n".join(routes),
        **{f"app/{name}.py": code.encode() for name, code in modules.items()},
    }
    before = write_service(root / "before", files, basic=False)
    after = write_service(root / "after", files, basic=False)
    result = converted(after, **settings)
    # Relationships that the conversion loads eagerly would add statements: this is about queries alone.
    (after / "app/models.py").write_bytes(_models(models))
    return result, before, after


def _models(name: str) -> bytes:
    """A module of models, with the function that fills their tables."""
    text, typed = (HERE / name).read_text(), (HERE / "service_models.py").read_text()
    fill = typed[typed.index("def fill(") :]
    return (text if fill in text else f"{text}\n\n{fill}").encode()


def run(folder: Path, url: str, python: str = sys.executable, seed: int = 0) -> dict[str, Any]:
    """What the runner prints about the service in a folder. seed: of random rows; 0 for those of `fill`."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [python, str(HERE / "runner.py"), url, str(seed)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
