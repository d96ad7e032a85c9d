"""`os.scandir` opens a directory, and reads on as it is iterated: both happen in one thread."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

BODY = """
@app.get("/sizes")
def sizes():
    total = 0
    for entry in os.scandir("notes"):
        if entry.is_file(follow_symlinks=False):
            total += entry.stat().st_size
    return total


@app.get("/names")
def names():
    return sorted([entry.name for entry in os.scandir("notes")])


@app.get("/ordered")
def ordered():
    return [entry.name for entry in sorted(os.scandir("notes"), key=lambda entry: entry.name)]


@app.get("/entered")
def entered():
    with os.scandir("notes") as entries:
        return sorted(entry.name for entry in entries)
"""
ASKED = [("GET", f"/{name}", None) for name in ("sizes", "names", "ordered", "entered")]


def test_directories_are_opened_and_read_in_one_thread(tmp_path: Path) -> None:
    files = {"notes/a.txt": "one", "notes/b.txt": "three"}
    root = write_service(tmp_path, {**app(BODY, "import os"), **files})
    before = answers(root, ASKED)
    result = converted(root)
    both = ["a.txt", "b.txt"]
    assert before["answers"] == [[200, 8], [200, both], [200, both], [200, both]]
    assert answers(root, ASKED) == before
    assert set(outcomes(result).values()) == {"bridged"}, outcomes(result)
    text = "".join((root / "app/main.py").read_text().split())
    assert text.count('awaitasyncio.to_thread(lambda:list(os.scandir("notes")))') == 2, text
    assert 'awaitasyncio.to_thread(lambda:sorted(os.scandir("notes"),' in text
    assert "(awaitasyncio.to_thread(entry.stat)).st_size" in text
