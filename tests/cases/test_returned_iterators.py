"""Iterators that work when they are read: no bridge may give them to the event loop."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

ROUTES = """
def mapped(db: Session):
    return map(lambda key: db.get(Item, key), [1, 2])


def generated(db: Session):
    found = (db.get(Item, key) for key in [1, 2])
    return found


def relayed(db: Session):
    return generated(db)


def later(function):
    @wraps(function)
    def wrapper(*args):
        return map(lambda _: function(*args), [1])

    return wrapper


@later
def decorated(db: Session):
    return db.query(Item).count()


def at_once(db: Session):
    return sorted(map(lambda item: item.name, db.query(Item).execution_options(stream_results=False)), key=len)


@app.get("/mapped")
def get_mapped(db: Session = Depends(get_db)):
    return len(list(mapped(db)))


@app.get("/relayed")
def get_relayed(db: Session = Depends(get_db)):
    return len(list(relayed(db)))


@app.get("/decorated")
def get_decorated(db: Session = Depends(get_db)):
    return list(decorated(db))


@app.get("/at-once")
def get_at_once(db: Session = Depends(get_db)):
    return at_once(db)
"""
ASKED = [("GET", f"/{name}", None) for name in ("mapped", "relayed", "decorated", "at-once")]


def test_what_works_when_it_is_read_stays_where_it_is(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(ROUTES, "from functools import wraps"))
    before = answers(root, ASKED)
    found = outcomes(converted(root))
    assert [answer for _, answer in before["answers"]] == [2, 2, [0], []]
    assert answers(root, ASKED) == before
    assert {name for name, outcome in found.items() if outcome == "left"} == {
        f"GET /{ASKED[i][1][1:]}" for i in range(3)
    }
    assert found["GET /at-once"] != "left"


MORE = """
def chosen(db: Session):
    found = (db.get(Item, key) for key in [1, 2])
    if db.query(Item).count():
        found = []
    return found


def held(db: Session):
    return {"found": enumerate(db.get(Item, key) for key in [1, 2]), "count": db.query(Item).count()}


def at_once(db: Session) -> list:
    return list(enumerate(db.get(Item, key) for key in [1, 2]))


@app.get("/chosen")
def get_chosen(db: Session = Depends(get_db)):
    return len(list(chosen(db)))


@app.get("/held")
def get_held(db: Session = Depends(get_db)):
    return len(list(held(db)["found"]))


@app.get("/at-once")
def get_at_once(db: Session = Depends(get_db)):
    return at_once(db)
"""


def test_every_way_to_a_value_counts(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MORE))
    asked = [("GET", f"/{name}", None) for name in ("chosen", "held", "at-once")]
    before = answers(root, asked)
    found = outcomes(converted(root))
    assert [answer for _, answer in before["answers"]] == [2, 2, [[0, None], [1, None]]]
    assert answers(root, asked) == before
    assert found == {"GET /chosen": "left", "GET /held": "left", "GET /at-once": "native"}


STREAMED = """
def chunks(path: str):
    def read():
        with open(path) as file:
            while chunk := file.read(2):
                yield chunk

    if not os.path.exists(path):
        return None
    return read(), "application/json"


@app.get("/streamed")
def streamed(path: str):
    found = chunks(path)
    if found is None:
        raise HTTPException(404)
    body, kind = found
    return StreamingResponse(body, media_type=kind)


@app.get("/read")
def read(path: str):
    found = chunks(path)
    body, _ = found
    return "".join(chunk for chunk in body)
"""


def test_what_a_thread_reads_may_work_later(tmp_path: Path) -> None:
    imports = "import os\nfrom fastapi.responses import StreamingResponse"
    root = write_service(tmp_path, {**app(STREAMED, imports), "words.json": '["c",\n"d"]\n'})
    asked = [
        ("GET", f"/{name}", None) for name in ("streamed?path=words.json", "streamed?path=x", "read?path=words.json")
    ]
    before = answers(root, asked)
    found = outcomes(converted(root))
    assert [status for status, _ in before["answers"]] == [200, 404, 200]
    assert answers(root, asked) == before
    assert found == {"GET /streamed": "bridged", "GET /read": "left"}
