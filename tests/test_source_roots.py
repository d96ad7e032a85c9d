"""Where imports start."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.project.index import Project, build_index

SHOP, SRC = "from shop.models import Item\n", "from src.shop.models import Item\n"


@pytest.mark.parametrize(
    ("service", "test", "module"),
    [(SHOP, SRC, "shop.models"), (SHOP, SHOP, "shop.models"), (SRC, SRC, "src.shop.models")],
    ids=["a test that names src", "src holds packages", "src is a package"],
)
def test_src_is_what_most_imports_say(tmp_path: Path, service: str, test: str, module: str) -> None:
    """One import that begins with `src` does not hide the packages that all others name."""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": "class Item: ...\n",
        "shop/app.py": service,
        "shop/api.py": service,
    }
    for name, text in {**{f"src/{name}": text for name, text in files.items()}, "tests/test_app.py": test}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    project = build_index(tmp_path)
    assert project.by_path[tmp_path / "src/shop/models.py"].module == module
    assert (tmp_path / "src" in project.roots) == (module == "shop.models")


INSIDE = {
    "app/__init__.py": "import sys\n\nsys.path.append('./app/')\n",
    "app/crud/__init__.py": "",
    "app/crud/item.py": "from db import Base\n\n\ndef get_item(): ...\n",
    "app/db.py": "class Base: ...\n",
    "app/main.py": "from crud.item import get_item\n",
    "tests/test_items.py": "from app.crud.item import get_item\n",
}


@pytest.mark.parametrize("name", ["app/__init__.py", "app/crud/__init__.py"], ids=["a package", "a plain folder"])
def test_a_package_whose_imports_start_inside_it(tmp_path: Path, name: str) -> None:
    """Its tests may name it in full: both ways lead to the same file. So may the odd file inside."""
    files = {path: text for path, text in INSIDE.items() if path != "app/__init__.py"}
    project = _index(tmp_path, files | {name: "", "app/tests/fill.py": "from app.db import Base\n"})
    assert project.by_path[tmp_path / "app/crud/item.py"].module == "crud.item"
    assert project.roots == [tmp_path, tmp_path / "app"]


@pytest.mark.parametrize(
    "changed",
    [
        {"app/crud/item.py": "from app.db import Base\n", "app/api.py": "from app.db import Base\n"},
        {"app/crud/item.py": "from redis import Redis\n", "app/main.py": "", "app/redis.py": "def connect(): ...\n"},
        {"app/crud/item.py": "from ..db import Base\n", "app/main.py": "from .crud import item\n"},
    ],
    ids=["it names itself in full", "a library of the same name", "relative imports"],
)
def test_other_packages_are_no_roots(tmp_path: Path, changed: dict[str, str]) -> None:
    project = _index(tmp_path, INSIDE | changed)
    assert project.roots == [tmp_path]


def _index(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return build_index(root)
