"""A language server that misbehaves as its first argument says; the second is a file in which it counts its starts.

error: the first three answers to each request are -32803; always-error; hang: no answer after `initialize`; deaf: not
even reading; crash-once, crash: ends at the first request; null-once: the first answer to each is null; utf-16.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any


def read() -> dict[str, Any] | None:
    """The next message, None at the end."""
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length)) if length else None


def send(message: dict[str, Any]) -> None:
    """Writes a message."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    sys.stdout.buffer.flush()


def answer(mode: str, message: dict[str, Any], seen: Counter[str]) -> dict[str, Any]:
    """What to say to a definition request: its own place, once it behaves."""
    key = json.dumps(message["params"])
    seen[key] += 1
    if mode == "always-error" or (mode == "error" and seen[key] <= 3):
        return {"error": {"code": -32803, "message": "content\nmodified"}}
    if mode == "null-once" and seen[key] == 1:
        return {"result": None}
    place = message["params"]["position"]
    uri = message["params"]["textDocument"]["uri"]
    return {"result": [{"uri": uri, "range": {"start": place, "end": {**place, "character": place["character"] + 1}}}]}


def main() -> None:
    """Serves until the end of the input."""
    mode, counter = sys.argv[1], Path(sys.argv[2])
    start = len(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text("x" * start)
    seen: Counter[str] = Counter()
    opened = set()
    while message := read():
        method = message.get("method", "")
        if method == "initialize":
            encoding = "utf-16" if mode == "utf-16" else "utf-8"
            send({"id": message["id"], "result": {"capabilities": {"positionEncoding": encoding}}})
            if mode == "deaf":
                time.sleep(60)
        elif method == "textDocument/didOpen":
            opened.add(message["params"]["textDocument"]["uri"])
            send({"id": "r1", "method": "client/registerCapability", "params": {}})
        elif method == "shutdown":
            send({"id": message["id"], "result": None})
        elif "id" in message and method:
            if mode == "crash" or (mode == "crash-once" and start == 1):
                sys.exit("thread panicked\nout of luck")
            if mode != "hang" and message["params"]["textDocument"]["uri"] in opened:
                send({"id": message["id"], **answer(mode, message, seen)})


if __name__ == "__main__":
    main()
