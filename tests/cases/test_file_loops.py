"""Loops over files that no `with` holds: the lines are read in a thread, not on the event loop."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, route, rules, write_service  # noqa: TID252

BODY = """
@app.get("/list")
def listed():
    return [line.strip() for line in open("notes.txt")]


@app.get("/count")
def count():
    return sum(1 for line in open("notes.txt"))


@app.get("/loop")
def loop():
    found = []
    for line in open("notes.txt"):
        found.append(line)
    return found


@app.get("/named")
def named():
    notes = open("notes.txt")
    return {line.strip() for line in notes} == {"a", "b"}


def generated(path: str):
    return (line.strip() for line in open(path))


@app.get("/generated")
def from_generator():
    return list(generated("notes.txt"))


@app.get("/streamed")
def streamed():
    return StreamingResponse((line.upper() for line in open("words.json")), media_type="application/json")


def mapped(path: str):
    found = map(str.strip, open(path))
    return found


@app.get("/mapped")
def from_map():
    return list(mapped("notes.txt"))
"""
ASKED = [("GET", f"/{name}", None) for name in ("list", "count", "loop", "named", "generated", "streamed", "mapped")]


def test_lines_are_read_in_a_thread(tmp_path: Path) -> None:
    files = {"notes.txt": "a\nb\n", "words.json": '["c",\n"d"]\n'}
    root = write_service(tmp_path, {**app(BODY, "from fastapi.responses import StreamingResponse"), **files})
    before = answers(root, ASKED)
    result = converted(root)
    assert [status for status, _ in before["answers"]] == [200] * len(ASKED)
    assert answers(root, ASKED) == before
    assert [name for name, outcome in outcomes(result).items() if outcome == "left"] == ["GET /mapped"]
    assert "sync-callee" in rules(route(result, "GET", "/mapped"))
    text = "".join((root / "app/main.py").read_text().split())
    read = 'inawaitasyncio.to_thread(lambda:list(open("notes.txt")))'
    assert f"[line.strip()forline{read}]" in text and f"forline{read}:" in text
    assert "forlineinawaitasyncio.to_thread(list,notes)" in text
    assert 'line.upper()forlineinawaitasyncio.to_thread(open,"words.json")' in text
    assert converted(root).after == {}
