"""A local HTTP server that answers from a function, after a delay."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, object]


class Load:
    """How many requests are being answered now, were at most at once, and in all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.peak = self.answered = 0

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1
            self.answered += 1


class FakeServer:
    """``answer(method, path, body)`` gives the status, and JSON or bytes."""

    def __init__(self, answer: Callable[[str, str, bytes], Answer]) -> None:
        self.answer = answer
        self.latency = 0.0  # seconds
        self.load = Load()
        self.called = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.called.set()
                with fake.load:
                    time.sleep(fake.latency)
                status, content = fake.answer(self.command, self.path, body)
                is_raw = isinstance(content, bytes)
                data = content if is_raw else json.dumps(content).encode()
                kind = "application/octet-stream" if is_raw else "application/json"
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = reply

            def log_message(self, *args) -> None:
                pass

        return Handler
