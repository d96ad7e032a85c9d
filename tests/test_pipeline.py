"""The whole pipeline over small services: what becomes async, what stays and why; the answers stay the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.config import Settings
from awaitify.pipeline import plan_project

from .pipeline_services import GENERIC_CRUD, QUERY_STYLE, REQUESTS, SQLMODEL, STYLE_2
from .pipeline_tools import DATABASE, answers, app, converted, outcomes, route, rules, write_service


@pytest.mark.parametrize(
    ("files", "basic"),
    [
        pytest.param(QUERY_STYLE, True, id="query"),
        pytest.param(STYLE_2, True, id="select-in-services"),
        pytest.param(GENERIC_CRUD, True, id="generic-crud"),
        pytest.param(SQLMODEL, False, id="sqlmodel"),
    ],
)
def test_the_converted_service_answers_as_before(tmp_path: Path, files: dict[str, str], basic: bool) -> None:
    root = write_service(tmp_path / "service", files, basic)
    before = answers(root, REQUESTS)
    result = converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert [answer[0] for answer in before["answers"][:2]] == [200, 201]
    again = plan_project(root, Settings())
    assert again.after == {}


@pytest.mark.parametrize("is_used", [True, False])
def test_the_sync_dependency_stays_where_something_uses_it(tmp_path: Path, is_used: bool) -> None:
    script = {"app/script.py": "from app.database import get_db\n\nfor db in get_db():\n    print(db)\n"}
    root = write_service(tmp_path, {**QUERY_STYLE, **(script if is_used else {})})
    converted(root)
    text = (root / "app/database.py").read_text()
    assert ("\ndef get_db():" in text) is is_used
    assert "async def get_async_db()" in text and "sqlite+aiosqlite" in text and "expire_on_commit=False" in text


def test_only_touched_lines_change(tmp_path: Path) -> None:
    body = '''
@app.get("/a")
def a( db : Session=Depends( get_db ) ):   # odd   layout
    """ Keeps 'its' quotes. """
    items = db.query( Item ).all( )   # kept
    return { 'n' : len( items ) }


def untouched( x,y ) :
    return { 'x':x , 'y' : y }
'''
    root = write_service(tmp_path, app(body))
    before = (root / "app/main.py").read_text()
    converted(root)
    after = (root / "app/main.py").read_text()
    assert "async def a(" in after and "# odd   layout" in after and "# kept" in after
    assert after.endswith(before[before.index("    return { 'n'") :])


def test_dependencies_of_a_route_and_of_dependencies(tmp_path: Path) -> None:
    body = """
def current(db: Session = Depends(get_db)) -> Item:
    item = db.get(Item, 1)
    if item is None:
        raise HTTPException(401)
    return item


def rich(item: Item = Depends(current)) -> Item:
    if item.price < 10:
        raise HTTPException(403)
    return item


def audited(db: Session = Depends(get_db)) -> None:
    db.add(Item(name="audit"))
    db.commit()


@app.get("/me")
def me(item: Item = Depends(rich), db: Session = Depends(get_db)):
    return {"name": item.name, "all": db.query(Item).count()}


@app.post("/act", dependencies=[Depends(audited)])
def act(db: Session = Depends(get_db)):
    return {"all": db.query(Item).count()}
"""
    requests = [("GET", "/me", None), ("POST", "/act", None), ("GET", "/me", None)]
    root = write_service(tmp_path, app(body))
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result) == {"GET /me": "native", "POST /act": "native"}
    text = (root / "app/main.py").read_text()
    assert "async def current(" in text and "async def audited(" in text
    assert answers(root, requests) == before
    assert [code for code, _ in before["answers"]] == [401, 200, 403]


def test_blocking_calls_are_bridged(tmp_path: Path) -> None:
    body = """
@app.get("/slow")
def slow(db: Session = Depends(get_db)):
    time.sleep(0.01)
    return {"n": db.query(Item).count()}


@app.get("/fetch")
def fetch() -> dict[str, int]:
    return {"status": urlopen("http://127.0.0.1:9/", timeout=1).status}


@app.get("/hash")
def hashed(password: str):
    return {"hash": hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 100000).hex()}
"""
    root = write_service(tmp_path, app(body, "import hashlib\nimport time\nfrom urllib.request import urlopen\n"))
    result = converted(root)
    text = (root / "app/main.py").read_text()
    assert outcomes(result) == {"GET /slow": "native", "GET /fetch": "bridged", "GET /hash": "bridged"}
    assert "await asyncio.sleep(0.01)" in text or "await asyncio.to_thread(time.sleep, 0.01)" in text
    assert 'await asyncio.to_thread(urlopen, "http://127.0.0.1:9/", timeout=1)' in text
    assert 'await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256"' in text


def test_bcrypt_is_bridged(tmp_path: Path) -> None:
    body = """
@app.post("/login")
def login(password: str, db: Session = Depends(get_db)):
    item = db.query(Item).first()
    if item is None or not bcrypt.checkpw(password.encode(), item.name.encode()):
        raise HTTPException(401)
    return {"ok": True}
"""
    result = converted(write_service(tmp_path, app(body, "import bcrypt\n")))
    assert outcomes(result) == {"POST /login": "native"}
    text = " ".join((tmp_path / "app/main.py").read_text().split())
    assert "await asyncio.to_thread( bcrypt.checkpw, password.encode(), item.name.encode() )" in text


def test_the_bridge_can_be_chosen(tmp_path: Path) -> None:
    body = '@app.get("/a")\ndef a():\n    shutil.rmtree("y", True)\n    return Path("x").read_text()\n'
    result = converted(
        write_service(tmp_path, app(body, "import shutil\nfrom pathlib import Path\n")), bridge="run_in_threadpool"
    )
    text = (tmp_path / "app/main.py").read_text()
    assert outcomes(result) == {"GET /a": "bridged"}
    assert "from fastapi.concurrency import run_in_threadpool" in text and "await run_in_threadpool(" in text
    assert "to_thread" not in text


def test_a_file_that_is_read_at_once(tmp_path: Path) -> None:
    body = '@app.get("/a")\ndef a():\n    return open("x").read()\n'
    assert outcomes(converted(write_service(tmp_path, app(body)))) == {"GET /a": "bridged"}


def test_an_async_route_over_a_sync_session_is_repaired(tmp_path: Path) -> None:
    body = """
@app.get("/a")
async def a(db: Session = Depends(get_db)):
    return {"n": db.query(Item).count()}
"""
    root = write_service(tmp_path, app(body))
    before = answers(root, [("GET", "/a", None)])
    result = converted(root)
    outcome = route(result, "GET", "/a")
    assert (outcome.before, outcome.after, outcome.outcome) == ("async", "async", "repaired")
    assert "Depends(get_async_db)" in (root / "app/main.py").read_text()
    assert answers(root, [("GET", "/a", None)]) == before


def test_what_a_sync_caller_uses_keeps_a_sync_form(tmp_path: Path) -> None:
    files = app(
        """
@app.get("/a")
def a(db: Session = Depends(get_db)):
    return {"n": count(db)}
""",
        "from app.work import count\n",
    )
    files["app/work.py"] = """
        from sqlalchemy.orm import Session

        from app.database import SessionLocal
        from app.models import Item


        def count(db: Session) -> int:
            return db.query(Item).count()


        def nightly() -> None:
            with SessionLocal() as db:
                print(count(db))


        if __name__ == "__main__":
            nightly()
        """
    root = write_service(tmp_path, files)
    before = answers(root, [("GET", "/a", None)])
    converted(root)
    text = (root / "app/work.py").read_text()
    assert "\ndef nightly() -> None:\n    with SessionLocal() as db:\n        print(count(db))\n" in text
    assert "\ndef count(db: Session)" in text
    assert answers(root, [("GET", "/a", None)]) == before


def test_an_unresolved_call_keeps_the_route_sync(tmp_path: Path) -> None:
    body = """
@app.get("/a")
def a(helper, db: Session = Depends(get_db)):
    return helper.fetch_everything(db)


@app.get("/b")
def b(db: Session = Depends(get_db)):
    return {"n": db.query(Item).count()}
"""
    result = converted(write_service(tmp_path, app(body)))
    left = route(result, "GET", "/a")
    assert (left.after, left.outcome) == ("sync", "left")
    assert any(reason.line and "fetch_everything" in reason.message for reason in left.reasons)
    assert "unresolved-call" in rules(left)
    assert route(result, "GET", "/b").outcome == "native"
    text = (tmp_path / "app/main.py").read_text()
    assert "\ndef a(helper, db: Session = Depends(get_db)):" in text and "\nasync def b(" in text


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    files = app('@app.get("/a")\ndef a(db: Session = Depends(get_db)):\n    return db.query(Item).count()\n')
    taken = "\n\ndef get_async_db() -> int:\n    return 7\n\n\nasync_engine = 3\n"
    root = write_service(tmp_path, {**files, "app/database.py": DATABASE + taken})
    before = answers(root, [("GET", "/a", None)])
    converted(root)
    text = (root / "app/database.py").read_text()
    assert "def get_async_db() -> int:\n    return 7\n" in text and "\nasync_engine = 3\n" in text
    assert answers(root, [("GET", "/a", None)]) == before


def test_an_async_twin_that_is_there_is_used(tmp_path: Path) -> None:
    twin = """
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

async_engine = create_async_engine("sqlite+aiosqlite:///./app.db")
AsyncSessionLocal = async_sessionmaker(async_engine, expire_on_commit=False)


async def get_async_db():
    async with AsyncSessionLocal() as session:
        yield session
"""
    files = app('@app.get("/a")\ndef a(db: Session = Depends(get_db)):\n    return db.query(Item).count()\n')
    root = write_service(tmp_path, {**files, "app/database.py": DATABASE + twin})
    before = answers(root, [("GET", "/a", None)])
    converted(root)
    text = (root / "app/database.py").read_text()
    assert text.endswith(twin) and "def get_db(" not in text
    assert "Depends(get_async_db)" in (root / "app/main.py").read_text()
    assert answers(root, [("GET", "/a", None)]) == before
