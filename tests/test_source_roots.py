"""Where imports start."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.project.index import build_index

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
