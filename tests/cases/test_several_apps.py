"""Several applications: what runs where the service starts stands in those that a server starts, once a file."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = "import hashlib"
ROUTE = """
@{name}.post("/check")
def {name}_check(db: Session = Depends(get_db)):
    return [db.query(Item).count(), hashlib.pbkdf2_hmac("sha256", b"a", b"s", 10).hex()]
"""
REQUESTS = [("POST", "/check", None), ("POST", "/web/check", None)]
LIFESPAN = "async def lifespan("


def test_mounted_applications_get_none(tmp_path: Path) -> None:
    """Nothing runs the lifespan of an application that another one mounts."""
    body = f"web = FastAPI()\n{ROUTE.format(name='web')}\n{ROUTE.format(name='app')}\napp.mount('/web', web)\n"
    other = "from fastapi import FastAPI\n\nfrom app.main import app\n\nadmin = FastAPI()\napp.mount('/admin', admin)\n"
    root = write_service(tmp_path / "service", {**app(body, IMPORTS), "app/admin.py": other})
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert text.count(LIFESPAN) == text.count("lifespan=lifespan") == 1
    assert "app = FastAPI(lifespan=lifespan)" in text
    assert "lifespan" not in (root / "app/admin.py").read_text()
    assert answers(root, REQUESTS) == before


def test_applications_of_one_file_share_it(tmp_path: Path) -> None:
    body = f"inner = FastAPI()\n{ROUTE.format(name='inner')}\n{ROUTE.format(name='app')}"
    root = write_service(tmp_path / "service", app(body, IMPORTS))
    before = answers(root, REQUESTS[:1])
    converted(root)
    text = (root / "app/main.py").read_text()
    assert (text.count(LIFESPAN), text.count("lifespan=lifespan")) == (1, 2)
    assert answers(root, REQUESTS[:1]) == before
