"""RemoveImport: only what nothing uses any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from awaitify_transforms.edits import RemoveImport, Rename

from .tools import check_noop, check_transformed


def remove(module: str, name: str = "", alias: str = "") -> Callable[[], RemoveImport]:
    return lambda: RemoveImport(span=(0, 0), module=module, name=name, alias=alias)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import s\nx = 1\n", "x = 1\n"),
        ("from a import s, b\n", "from a import b\n"),
        ("import os\n\nfrom a import s\nfrom a import t\n", "import os\n\nfrom a import t\n"),
        ("import os\n\nfrom a import s\n\nfrom b import t\n", "import os\n\nfrom b import t\n"),
        ("import os\n\nfrom a import s\n# why\nx = 1\n", "import os\n\n# why\nx = 1\n"),
        ("from a import b, s\n", "from a import b\n"),
        ("from a import (\n    b,\n    s,\n)\n", "from a import (\n    b,\n)\n"),
        ("def f():\n    from a import s\n", "def f():\n    pass\n"),
        ("if TYPE_CHECKING:\n    from a import s\nx = 1\n", "x = 1\n"),
        (
            "if TYPE_CHECKING:\n    from a import s\nelse:\n    t = 1\n",
            "if TYPE_CHECKING:\n    pass\nelse:\n    t = 1\n",
        ),
        (
            "from a import s\nx.s = f(s=1)\nlog('no: s here')\n",
            "x.s = f(s=1)\nlog('no: s here')\n",
        ),
    ],
)
def test_removed(before: str, after: str) -> None:
    check_transformed(before, after, remove("a", "s"))


def test_modules_and_aliases() -> None:
    check_transformed("import a\nimport b.c\n", "import b.c\n", remove("a"))
    check_transformed("import a as b, c\n", "import c\n", remove("a", "", "b"))
    check_transformed("from .a import s as t\nx = 1\n", "x = 1\n", remove(".a", "s", "t"))


def test_last_reader_was_renamed() -> None:
    check_transformed(
        "from a import s\ndef f(x: «s»): pass\n",
        "def f(x: t): pass\n",
        lambda span: [remove("a", "s")(), Rename(span=span, new="t")],
    )


@pytest.mark.parametrize(
    "source",
    [
        "from a import s\ns()\n",
        "from a import s\ndef f(x: 's'): pass\n",
        'from a import s\nx: "list[s] | None" = None\n',
        "from a import s\n__all__ = ['s']\n",
        "from a import s\ns.x = 1\n",
        "from a import t\n",
        "from a import s as t\n",
        "from b import s\n",
        "try:\n    from a import s\nexcept ImportError:\n    pass\n",
        "from a import *\n",
    ],
)
def test_noop(source: str) -> None:
    check_noop(source, remove("a", "s"))
