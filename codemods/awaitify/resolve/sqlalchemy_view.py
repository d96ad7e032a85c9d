"""SQLAlchemy as the checker sees it, for a target that has a release without types (before 2.0).

The names, signatures and results of 2.0 are those of 1.4's 2.0-style API, so awaitify's own 2.x stands in front of it.
Only what 1.4 cannot say otherwise differs: `sessionmaker(class_=AsyncSession)`, which has no type in 2.0.
"""

from __future__ import annotations

from pathlib import Path

from packaging.version import Version

from awaitify.resolve.links import link

TYPED = Version("2.0")
_BOUND = '_S = TypeVar("_S", bound="Session")'
_WIDER = '_S = TypeVar("_S")'


def is_untyped(version: str | None) -> bool:
    """Whether a release of SQLAlchemy has no types of its own."""
    return version is not None and Version(version) < TYPED


def show(package: Path, folder: Path) -> Path:
    """A search path in the folder that shows a typed sqlalchemy package with a wider `sessionmaker`; as a package of
    stubs, since those of 1.4 that may be installed would go before."""
    search = folder / "site-packages"
    orm = search / "sqlalchemy-stubs" / "orm"
    orm.mkdir(parents=True)
    _link(package, orm.parent, "orm")
    _link(package / "orm", orm, "session.py")
    text = (package / "orm" / "session.py").read_text(encoding="utf-8")
    before, maker, after = text.partition("class sessionmaker(")
    widened = before.replace(_BOUND, _WIDER) + maker + after.replace("Optional[_SessionBind]", "Any")
    (orm / "session.py").write_text(widened, encoding="utf-8")
    return search


def _link(source: Path, folder: Path, without: str) -> None:
    for item in source.iterdir():
        if item.name not in (without, "__pycache__"):
            link(item, folder / item.name)
