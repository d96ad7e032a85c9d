"""A local HTTP server that answers from a function, after a delay."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, object]


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> object:
        return json.loads(self.body)


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
    """``answer(request)`` gives the status, and JSON or bytes."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self.latency = 0.0  # seconds
        self.load = Load()
        self.calls: list[str] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body)
                fake.calls.append(f"{request.method} {request.path}")
                with fake.load:
                    time.sleep(fake.latency)
                status, content = fake.answer(request)
                is_raw = isinstance(content, bytes)
                data = content if is_raw else json.dumps(content).encode()
                self.send_response(status)
                kind = "audio/mpeg" if is_raw else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply

            def log_message(self, *args) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
