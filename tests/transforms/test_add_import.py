"""AddImport: at its place, in the style of the block."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from awaitify_transforms.edits import AddImport

from .tools import check_noop, check_transformed


def add(module: str, name: str = "", alias: str = "") -> Callable[[], AddImport]:
    return lambda: AddImport(span=(0, 0), module=module, name=name, alias=alias)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from sa import a, z\n", "from sa import a, select, z\n"),
        ("from sa import z, a\n", "from sa import z, a, select\n"),
        ("from sa import B, a\n", "from sa import B, a, select\n"),
        ("from sa import (\n    a,\n    z,\n)\n", "from sa import (\n    a,\n    select,\n    z,\n)\n"),
        ("from sa import (\n    a,  # é\n    b,\n)\n", "from sa import (\n    a,  # é\n    b,\n    select,\n)\n"),
        (
            "from sa import (a,\n                b)\n",
            "from sa import (a,\n                b,\n                select)\n",
        ),
        ("from sa import a; x = 1\nimport b\n", "from sa import a; x = 1\nfrom sa import select\nimport b\n"),
        ("from sa import a as b\n", "from sa import a as b\nfrom sa import select\n"),
        ("from sa import a as b\nfrom sa import z\n", "from sa import a as b\nfrom sa import select, z\n"),
        ("from sa import a as b, z\n", "from sa import a as b, select, z\n"),
        ("from sa import *\n", "from sa import *\nfrom sa import select\n"),
        ("from sa.orm import b\n", "from sa import select\nfrom sa.orm import b\n"),
        (
            "import os\n\nfrom a import b\nfrom z import c\n",
            "import os\n\nfrom a import b\nfrom sa import select\nfrom z import c\n",
        ),
        (
            "import os\n\nimport a\n\nfrom . import b\n",
            "import os\n\nimport a\nfrom sa import select\n\nfrom . import b\n",
        ),
        ("import os\n\nx = 1\n", "import os\n\nfrom sa import select\n\nx = 1\n"),
        (
            '"""Doc."""\nfrom __future__ import annotations\n\nx = 1\n',
            '"""Doc."""\nfrom __future__ import annotations\n\nfrom sa import select\n\nx = 1\n',
        ),
        ("# top\ndef f(): pass\n", "# top\nfrom sa import select\n\n\ndef f(): pass\n"),
        ("", "from sa import select\n"),
        (
            "from sa import a\nfrom sa import Z\nfrom web import b\n",
            "from sa import a\nfrom sa import select\nfrom sa import Z\nfrom web import b\n",
        ),
        (
            "from web import a\nfrom web import b\nfrom sa import z\n",
            "from web import a\nfrom web import b\nfrom sa import select\nfrom sa import z\n",
        ),
        (
            "import a\nif TYPE_CHECKING:\n    from sa import select\n",
            "import a\nfrom sa import select\nif TYPE_CHECKING:\n    from sa import select\n",
        ),
        ("def f(): pass\nfrom sa import a\n", "from sa import select\n\n\ndef f(): pass\nfrom sa import a\n"),
    ],
)
def test_places(before: str, after: str) -> None:
    check_transformed(before, after, add("sa", "select"))


def test_whole_modules_and_aliases() -> None:
    check_transformed("import os\nfrom a import b\n", "import asyncio\nimport os\nfrom a import b\n", add("asyncio"))
    check_transformed("from abc import b\n", "import asyncio\nfrom abc import b\n", add("asyncio"))
    check_transformed("from a import b\n", "import asyncio\n\nfrom a import b\n", add("asyncio"))
    check_transformed("from .a import b\n", "from .a import b, c as d\n", add(".a", "c", "d"))
    check_transformed("import a\n", "import a\nimport sa as s\n", add("sa", "", "s"))


def test_two_of_one_module() -> None:
    edits = lambda: [add("sa", "b")(), add("sa", "a")()]  # noqa: E731
    check_transformed("x = 1\n", "from sa import a, b\n\nx = 1\n", edits)


@pytest.mark.parametrize(
    "source",
    [
        "from sa import select\n",
        "try:\n    from sa import select\nexcept ImportError:\n    select = None\n",
        "x = 1\nfrom sa import (a, select)\n",
    ],
)
def test_noop(source: str) -> None:
    check_noop(source, add("sa", "select"))


def test_module_is_there() -> None:
    check_noop("import asyncio\nimport b as c\n", lambda: [add("asyncio")(), add("b", "", "c")()])


def test_one_a_line_stands_beside_its_module() -> None:
    before = "import pytest\nfrom app.main import app\n\nfrom app.db import a\nfrom app.db import c\n"
    after = (
        "import pytest\nfrom app.main import app\n\nfrom app.db import a\nfrom app.db import b\nfrom app.db import c\n"
    )
    check_transformed(before, after, add("app.db", "b"))
