"""Objects whose session is a field: of a data class, typed in the class body, shown by a property."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = """
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar
"""
NAMES = """
    def names(self):
        return [item.name for item in self.db.query(Item).order_by(Item.id).all()]
"""
#: Classes, the parameter of a route, and what it returns.
SHAPES = {
    "a data class": (
        f"@dataclass\nclass Data:\n    kind: ClassVar[str] = 'x'\n    db: Session\n{NAMES}",
        "",
        "Data(db)",
    ),
    "a frozen one that FastAPI makes": (
        f"@dataclass(frozen=True)\nclass Frozen:\n    db: Annotated[Session, Depends(get_db)]\n{NAMES}",
        "s: Annotated[Frozen, Depends()]",
        "s",
    ),
    "one with a default": (
        f"@dataclass\nclass Default:\n    db: Session = Depends(get_db)\n{NAMES}",
        "s: Default = Depends()",
        "s",
    ),
    "a field of its base": (
        f"@dataclass\nclass Base:\n    db: Session\n\n\n@dataclass\nclass Derived(Base):\n    least: int = 0\n{NAMES}",
        "",
        "Derived(db, least=1)",
    ),
    "made after the others": (
        f"""class Inner:
    db: Session

    def __init__(self, db: Session):
        self.db = db
{NAMES}

@dataclass
class Outer:
    db: Session
    inner: Inner = field(init=False)

    def __post_init__(self):
        self.inner = Inner(self.db)

    @cached_property
    def other(self) -> Inner:
        return Inner(self.db)
""",
        "",
        "Outer(db).other",
    ),
    "typed in the body": (
        f"""class Typed:
    db: Session | None = None

    def __init__(self, db: Session = Depends(get_db)):
        self.db = db
{NAMES}""",
        "s: Typed = Depends()",
        "s",
    ),
    "a local name of it": (
        """class Local:
    def __init__(self, db: Session):
        self._db = db

    def names(self):
        db = self._db  # short
        return [item.name for item in db.query(Item).order_by(Item.id).all()]
""",
        "",
        "Local(db)",
    ),
    "handed to a function": (
        """def named(db: Session, least: int = 0):
    return [item.name for item in db.query(Item).filter(Item.id > least).order_by(Item.id).all()]


class Handing:
    def __init__(self, db: Session):
        self.db = db

    def names(self):
        return named(self.db)
""",
        "",
        "Handing(db)",
    ),
    "a local name of it handed by its name": (
        """def named(*, least: int = 0, db: Session):
    return [item.name for item in db.query(Item).filter(Item.id > least).order_by(Item.id).all()]


class Named:
    def __init__(self, db: Session):
        self.session = db

    def names(self):
        session = self.session
        return named(least=0, db=session)
""",
        "",
        "Named(db)",
    ),
    "a property": (
        f"""class Shown:
    def __init__(self, db: Session):
        self._db = db

    @property
    def db(self) -> Session:
        return self._db
{NAMES}""",
        "",
        "Shown(db)",
    ),
}
CALLED = """

def report():
    with SessionLocal() as db:
        print({made}.names())


if __name__ == "__main__":
    report()
"""
REQUESTS = [("POST", "/items/a", None), ("GET", "/names", None)]


def _service(shape: str) -> dict[str, str]:
    code, parameter, made = SHAPES[shape]
    body = f"""{code}

@app.post("/items/{{name}}")
def add(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()


@app.get("/names")
def names({parameter or "db: Session = Depends(get_db)"}):
    return {made}.names()
"""
    return app(body, IMPORTS)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_moves(tmp_path: Path, shape: str) -> None:
    root = write_service(tmp_path, _service(shape))
    before = answers(root, REQUESTS)
    assert before["answers"][1] == [200, ["a"]]
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert ": Session" not in (root / "app/main.py").read_text()
    assert answers(root, REQUESTS) == before
    assert converted(root).after == {}


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if not SHAPES[shape][1]])
def test_a_sync_maker_keeps_it(tmp_path: Path, shape: str) -> None:
    files = _service(shape)
    files["app/main.py"] += CALLED.format(made=SHAPES[shape][2])
    root = write_service(tmp_path, files)
    before = answers(root, REQUESTS)
    is_copied = shape != "made after the others"  # an attribute is made there, of which nobody knows the class
    found = outcomes(converted(root))
    assert found == {"POST /items/{name}": "native", "GET /names": "native" if is_copied else "left"}
    text = (root / "app/main.py").read_text()
    assert f"        print({SHAPES[shape][2]}.names())" in text and text.count("db: Session") >= 1
    assert answers(root, REQUESTS) == before
