"""A server on a socket of this machine that says exactly what it got, and answers in many ways."""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

HTML = "text/html"
JSON = "application/json"
#: path -> status line, body, header fields
ANSWERS: dict[str, tuple[str, bytes, list[tuple[str, str]]]] = {
    "/r1": ("302 Found", b"", [("Location", "/r2?x=1"), ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")]),
    "/r2": ("301 Moved", b"", [("Location", "/echo#frag"), ("Set-Cookie", "c=3")]),
    "/r303": ("303 See Other", b"", [("Location", "/echo")]),
    "/r307": ("307 Temporary", b"", [("Location", "/echo")]),
    "/loop": ("302 Found", b"", [("Location", "/loop")]),
    "/elsewhere": ("302 Found", b"", [("Location", "foo://x")]),
    "/404": ("404 Not here", b"x", [("Content-Type", "text/plain")]),
    "/500": ("500 Broken", b"x", []),
    "/503": ("503 Busy", b"", []),
    "/304": ("304 Not Modified", b"", []),
    "/empty": ("204 No Content", b"", []),
    "/gzip": ("200 OK", gzip.compress(b'{"a": 1}'), [("Content-Encoding", "gzip"), ("Content-Type", JSON)]),
    "/bad-gzip": ("200 OK", b"nope", [("Content-Encoding", "gzip")]),
    "/html": ("200 OK", "h\u00e9".encode(), [("Content-Type", HTML)]),
    "/latin": ("200 OK", "h\u00e9".encode("latin-1"), [("Content-Type", f"{HTML}; charset=latin-1")]),
    "/untyped": ("200 OK", "h\u00e9llo w\u00f6rld \u00e0 la carte".encode("latin-1"), []),
    "/utf16": ("200 OK", '{"a": "\u00e9"}'.encode("utf-16"), [("Content-Type", JSON)]),
    "/json-as-text": ("200 OK", '{"a": "\u00e9"}'.encode(), [("Content-Type", "text/plain")]),
    "/cookies": ("200 OK", b"c", [("Set-Cookie", "sid=9; Path=/; HttpOnly"), ("Set-Cookie", "t=1; Max-Age=1000")]),
}
#: path -> the bytes that are sent, after which the connection is closed
RAW = {
    "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "/close": b"",
    "/http10": b"HTTP/1.0 200 Fine\r\nX: y\r\n\r\nbody",
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\nX-L: \xe9\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
}


class Server(ThreadingTCPServer):
    """seen: heads and bodies of all requests; most: how many slow ones waited at once."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 300

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str]] = []
        self.context: ssl.SSLContext | None = None
        self.lock = threading.Lock()
        self.slow = self.most = 0

    def wait(self) -> None:
        """What a slow answer takes."""
        with self.lock:
            self.slow += 1
            self.most = max(self.most, self.slow)
        time.sleep(0.6)
        with self.lock:
            self.slow -= 1

    def get_request(self):
        sock, address = super().get_request()
        return (self.context.wrap_socket(sock, server_side=True) if self.context else sock), address

    def handle_error(self, request, client_address) -> None:
        """A client that goes away early is no error of these tests."""


class Handler(StreamRequestHandler):
    """One connection, kept alive."""

    def handle(self) -> None:
        while (head := self._head()) and self._answer(head):
            pass

    def _head(self) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return b""
            head += line
        return head

    def _body(self, fields: dict[bytes, bytes]) -> bytes:
        if fields.get(b"transfer-encoding") != b"chunked":
            return self.rfile.read(int(fields.get(b"content-length", b"0")))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, head: bytes) -> bool:
        lines = [line.partition(b":") for line in head.split(b"\r\n")[1:] if line]
        fields = {name.lower(): value.strip() for name, _, value in lines}
        body, path = self._body(fields), head.split(b" ")[1].partition(b"?")[0].decode()
        assert isinstance(self.server, Server)
        self.server.seen.append((head.decode("latin-1"), body.decode("latin-1")))
        if path in ("/slow", "/slow-body"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl" if path == "/slow-body" else b"")
            self.server.wait()
            path = "/close" if path == "/slow-body" else path
        if path in RAW:
            self.wfile.write(RAW[path])
            return path == "/chunked"
        if path == "/auth":
            return self._challenge(head, fields)
        told = json.dumps([head.decode("latin-1"), body.decode("latin-1")]).encode()
        return self._say(head, *ANSWERS.get(path, ("200 OK", told, [("Content-Type", JSON)])))

    def _challenge(self, head: bytes, fields: dict[bytes, bytes]) -> bool:
        if fields.get(b"authorization", b"").startswith((b"Basic", b"Digest")):
            return self._say(head, "200 OK", b"in", [])
        wanted = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
        return self._say(head, "401 No", b"out", [("WWW-Authenticate", wanted)])

    def _say(self, head: bytes, status: str, body: bytes, fields: list[tuple[str, str]]) -> bool:
        lines = [f"{name}: {value}" for name, value in [*fields, ("Content-Length", str(len(body)))]]
        self.wfile.write("\r\n".join([f"HTTP/1.1 {status}", *lines]).encode("latin-1") + b"\r\n\r\n")
        self.wfile.write(b"" if head.startswith(b"HEAD") else body)
        return True


def certificate(folder: Path) -> Path:
    """A certificate for `localhost`, its key beside it."""
    file = folder / "certificate.pem"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {folder}/key.pem -out {file}"
    )
    subprocess.run([*command.split(), "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return file


@contextmanager
def serving(cert: Path | None = None) -> Iterator[Server]:
    """A running server; with a certificate it speaks TLS."""
    with Server() as server:
        if cert is not None:
            server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.context.load_cert_chain(cert, cert.with_name("key.pem"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
