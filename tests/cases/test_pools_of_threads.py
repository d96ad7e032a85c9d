"""A `with` over a pool of threads waits for them as it ends: it moves to a thread whole."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
def work(number: int) -> int:
    time.sleep(0.01)
    return number * 2


def fan_out(numbers):
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(work, numbers))


@app.get("/mapped")
def mapped(db: Session = Depends(get_db)):
    return [fan_out([1, 2]), db.query(Item).count()]


@app.get("/submitted")
def submitted(db: Session = Depends(get_db)):
    found = []
    with ThreadPoolExecutor() as pool:
        for future in as_completed([pool.submit(work, number) for number in (3, 4)]):
            found.append(future.result())
    return [sorted(found), db.query(Item).count()]


@app.get("/left-to-the-end")
def left_to_the_end(db: Session = Depends(get_db)):
    with ThreadPoolExecutor() as pool:
        assert (future := pool.submit(work, 1)) is not None
    return db.query(Item).count()


@app.get("/awaited")
async def awaited():
    with ThreadPoolExecutor() as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work, 4)
"""
IMPORTS = "import asyncio\nimport time\nfrom concurrent.futures import ThreadPoolExecutor, as_completed"
REQUESTS = [("GET", f"/{path}", None) for path in ("mapped", "submitted", "left-to-the-end", "awaited")]


def test_the_block_waits_in_a_thread(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY, IMPORTS))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200, 200, 200]
    found = outcomes(converted(root))
    assert set(found.values()) == {"native", "unchanged"} and found["GET /awaited"] == "unchanged"
    text = (root / "app/main.py").read_text()
    assert "await asyncio.to_thread(fan_out, [1, 2])" in text
    assert "def run_blocking():\n        with ThreadPoolExecutor() as pool:\n            assert (future := " in text
    assert answers(root, REQUESTS) == before
    assert not converted(root).after
