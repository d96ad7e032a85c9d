"""What happens when the server fails, hangs or ends: a fake one misbehaves on demand."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from awaitify.resolve.model import Point, ResolveError, VirtualFile
from awaitify.resolve.ty_server import TyServer

FAKE = Path(__file__).with_name("fake_server.py")
TEXT = b"".join(b"name%03d = 1\n" % number for number in range(200))


def server(tmp_path: Path, mode: str, timeout: float = 20) -> TyServer:
    """A fake server on one open file of 200 lines."""
    command = [sys.executable, str(FAKE), mode, str(tmp_path / "starts")]
    made = TyServer(tmp_path, [tmp_path], None, timeout=timeout, command=command)
    made.open([VirtualFile(tmp_path / "main.py", TEXT)])
    return made


def points(tmp_path: Path) -> list[Point]:
    """The start of every line."""
    return [Point(tmp_path / "main.py", 12 * number) for number in range(200)]


@pytest.mark.parametrize("mode", ["fine", "error", "null-once", "crash-once"])
def test_every_point_is_answered_in_order(tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awaitify.resolve.session._PAUSE", 0.001)
    with server(tmp_path, mode) as oracle:
        found = oracle.definitions(points(tmp_path))
    assert [[item.name for item in targets] for targets in found] == [[f"main.name{n:03}"] for n in range(200)]
    assert (tmp_path / "starts").read_text() == ("xx" if mode == "crash-once" else "x")


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("always-error", r"keeps failing on \S+ \(200 of 200\): content modified"),
        ("hang", "no answer within 0.5 s"),
        ("deaf", "no answer within 0.5 s"),
        ("crash", "crashed twice, last words: out of luck"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_server_that_cannot_answer_is_one_clear_line(
    tmp_path: Path, mode: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awaitify.resolve.session._PAUSE", 0.001)
    started = time.monotonic()
    timeout = 0.5 if mode in {"hang", "deaf"} else 20
    with pytest.raises(ResolveError, match=message) as caught, server(tmp_path, mode, timeout) as oracle:
        oracle.open([VirtualFile(tmp_path / f"big{n}.py", b"x = 1\n" * 100_000) for n in range(3)])
        oracle.definitions(points(tmp_path))
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2
    assert time.monotonic() - started < 10


def test_a_missing_executable_is_one_clear_line(tmp_path: Path) -> None:
    oracle = TyServer(tmp_path, [tmp_path], None, command=[str(tmp_path / "no-ty"), "server"])
    with oracle, pytest.raises(ResolveError, match=r"cannot be started .*no-ty.*No such file"):
        oracle.open([VirtualFile(tmp_path / "main.py", TEXT)])


def test_a_closed_server_says_so_and_closes_twice(tmp_path: Path) -> None:
    oracle = server(tmp_path, "fine")
    oracle.close()
    oracle.close()
    with pytest.raises(ResolveError, match="closed"):
        oracle.definitions(points(tmp_path))
