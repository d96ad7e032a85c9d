"""Work that is done once, while the service is imported, is done when requests ask for it."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

SETTINGS = """
from functools import cache, lru_cache
from pathlib import Path

HERE = Path(__file__).parent


class Words:
    def __init__(self, text: str) -> None:
        self.words = text.split()


_kept: Words | None = None
_shared: Words | None = None


@lru_cache
def current() -> Words:
    return Words((HERE / "words.txt").read_text())


@lru_cache(maxsize=None)
def late() -> Words:
    return Words((HERE / "words.txt").read_text())


@cache
def cleared() -> Words:
    return Words((HERE / "words.txt").read_text())


@cache
def named(name: str) -> Words:
    return Words((HERE / name).read_text())


def kept() -> Words:
    global _kept
    if _kept is None:
        _kept = Words((HERE / "words.txt").read_text())
    return _kept


def shared() -> Words:
    global _shared
    if _shared is None:
        _shared = Words((HERE / "words.txt").read_text())
    return _shared


def forget() -> None:
    global _shared
    _shared = None
    cleared.cache_clear()
"""
HEAD = """
from app.settings import cleared, current, kept, late, named, shared

found = [current(), cleared(), named("words.txt"), kept(), shared()]
"""
BODY = """
class Service:
    def __init__(self, db: Session) -> None:
        self.db = db

    @property
    def words(self) -> list[str]:
        return current().words

    def count(self) -> list[str]:
        return [*self.words, str(self.db.query(Item).count())]


def later() -> list[str]:
    return [*late().words, *cleared().words, *named("words.txt").words, *shared().words]


@app.get("/primed")
def primed(db: Session = Depends(get_db)) -> list[str]:
    return [*current().words, *kept().words, str(db.query(Item).count())]


@app.get("/property")
def by_property(db: Session = Depends(get_db)) -> list[str]:
    return Service(db).count()


@app.get("/left")
def left(db: Session = Depends(get_db)) -> list[str]:
    return [*late().words, *cleared().words, *shared().words, str(db.query(Item).count())]


@app.get("/named")
def of_name(db: Session = Depends(get_db)) -> list[str]:
    return [*named("words.txt").words, str(db.query(Item).count())]
"""
CLEARING = """
from app.settings import current


def test_current() -> None:
    current.cache_clear()
    assert current().words == ["a", "b"]
"""


def test_what_imports_did_waits_for_nothing(tmp_path: Path) -> None:
    """Cached without arguments, or kept in a global that nothing else sets: no thread, and properties may ask for it.
    What nothing calls at import, what the service clears, what depends on an argument: as any other work."""
    files: dict[str, str | bytes] = {"app/settings.py": SETTINGS, "app/words.txt": "a b", **app(BODY, HEAD)}
    files["tests/test_settings.py"] = CLEARING
    root = write_service(tmp_path, files)
    asked = [("GET", path, None) for path in ("/primed", "/property", "/left", "/named")]
    before = answers(root, asked)
    result = converted(root)
    assert outcomes(result) == {f"GET {path}": "native" for _, path, _ in asked}
    text = " ".join((root / "app/main.py").read_text().split())
    assert "*current().words, *kept().words" in text and "return current().words" in text
    for name in ("late", "cleared", "shared", "named"):
        assert f"asyncio.to_thread({name}" in text
    assert answers(root, asked) == before
