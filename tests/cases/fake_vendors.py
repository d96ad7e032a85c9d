"""Small servers in threads that speak as much of a vendor's protocol as the tests of clients need."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
}  # fmt: skip
MESSAGE = {
    "id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn", "stop_sequence": None,
    "content": [{"type": "text", "text": "bonjour"}], "usage": {"input_tokens": 1, "output_tokens": 1},
}  # fmt: skip
EMBEDDING = {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}]}
CHUNKS = [
    {
        "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}],
    }
    for text in ("one ", "two")
]  # fmt: skip
EVENTS = [
    {"type": "message_start", "message": {**MESSAGE, "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "sa"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lut"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 2},
    },
    {"type": "message_stop"},
]


class _Vendors(BaseHTTPRequestHandler):
    """OpenAI, Anthropic, and a server that echoes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = json.loads(body) if body.startswith(b"{") else {}
        path = self.path.partition("?")[0]
        if path.endswith("/missing"):
            self._send(404, "application/json", b'{"error": {"message": "nothing here"}}')
        elif path.endswith("/moved"):
            self.send_response(302)
            self.send_header("location", "/echo?moved=1")
            self.send_header("content-length", "0")
            self.end_headers()
        elif path.endswith("/chat/completions"):
            self._json_or_stream(asked, CHAT, [("", chunk) for chunk in CHUNKS], "data: [DONE]\n\n")
        elif path.endswith("/messages"):
            self._json_or_stream(asked, MESSAGE, [(event["type"], event) for event in EVENTS], "")
        elif path.endswith("/embeddings"):
            self._send(200, "application/json", json.dumps(EMBEDDING).encode())
        else:
            cookie = self.headers.get("cookie", "")
            text = {"method": self.command, "path": self.path, "sent": asked, "cookie": cookie}
            self._send(200, "application/json", json.dumps(text).encode())

    def _json_or_stream(self, asked: dict[str, Any], whole: dict[str, Any], parts: list[Any], end: str) -> None:
        if not asked.get("stream"):
            self._send(200, "application/json", json.dumps(whole).encode())
            return
        events = [(f"event: {name}\n" if name else "") + f"data: {json.dumps(part)}\n\n" for name, part in parts]
        self._send(200, "text/event-stream", "".join([*events, end]).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("set-cookie", "seen=1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def vendors() -> Iterator[str]:
    """Runs the server; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vendors)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
