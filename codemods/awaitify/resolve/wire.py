"""JSON-RPC over a child's stdio. The threads only move messages: all decisions are the caller's."""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

Message = dict[str, Any]


class ConnectionLost(Exception):
    """The child ended or closed its output; the text is its last words."""


class NoAnswer(Exception):
    """Nothing arrived within the time."""


class Connection:
    """A running language server. Writing never blocks the caller: a child that stops reading is seen as NoAnswer."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._process = subprocess.Popen(
            command, cwd=cwd, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        assert self._process.stdin and self._process.stdout
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._incoming: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._number = 0
        self._threads = [
            threading.Thread(target=self._write, args=(self._process.stdin,), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def notify(self, method: str, params: Message | None = None) -> None:
        """Sends a notification."""
        self._send({"method": method} if params is None else {"method": method, "params": params})

    def request(self, method: str, params: Message | None = None) -> int:
        """Sends a request and gives its number."""
        self._number += 1
        message: Message = {"id": self._number, "method": method}
        self._send(message if params is None else {**message, "params": params})
        return self._number

    def answer(self, timeout: float) -> Message:
        """The next answer to any request, requests of the server being served on the way.

        Raises ConnectionLost, or NoAnswer when no answer came for `timeout` seconds.
        """
        until = time.monotonic() + timeout
        while True:
            try:
                message = self._incoming.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise NoAnswer from None
            if message is None:
                raise ConnectionLost(self._last_words())
            if "method" not in message:
                return message
            if "id" in message:  # configuration, registration: nothing to say
                items = message.get("params", {}).get("items", [])
                self._send({"id": message["id"], "result": [None] * len(items) if items else None})

    def close(self) -> None:
        """Ends the child at once."""
        self._process.kill()
        self._outgoing.put(None)
        self._process.wait()
        for thread in self._threads:
            thread.join(1)
        for stream in (self._process.stdout, self._log):
            if stream:
                stream.close()

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
        self._outgoing.put(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _write(self, stream: BinaryIO) -> None:
        try:
            while (data := self._outgoing.get()) is not None:
                stream.write(data)
                if self._outgoing.empty():
                    stream.flush()
            stream.close()
        except (OSError, ValueError):
            return  # the reader sees the end of the child

    def _read(self, stream: BinaryIO) -> None:
        try:
            while True:
                length = 0
                while line := stream.readline().strip():
                    if line.lower().startswith(b"content-length"):
                        length = int(line.split(b":")[1])
                if not length:
                    break
                self._incoming.put(json.loads(stream.read(length)))
        except (OSError, ValueError):
            pass  # a broken stream is a lost connection
        self._incoming.put(None)

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "no message")
