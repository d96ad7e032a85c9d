"""What blocks a thread, as data: audit events, and the calls that raise none."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional

Applies = Optional[Callable[..., bool]]


class Patch(NamedTuple):
    """A callable to watch. applies: judged on its arguments; None: always."""

    module: str
    path: str
    kind: str
    shown: str
    applies: Applies = None


def _blocking_socket(sock: Any, *_: Any) -> bool:
    return sock.gettimeout() != 0


def _text_path(path: Any, *_: Any) -> bool:
    return isinstance(path, (str, bytes))  # a number is a file that is open already


def _not_done(future: Any, *_: Any) -> bool:
    return not future.done()


def _not_set(event: Any, *_: Any) -> bool:
    return not event.is_set()


def _alive(thread: Any, *_: Any) -> bool:
    return thread.is_alive()


AUDITED: dict[str, tuple[str, Applies]] = {
    "time.sleep": ("sleep", None),
    "socket.connect": ("network", _blocking_socket),
    "socket.getaddrinfo": ("network", None),
    "socket.gethostbyname": ("network", None),
    "socket.gethostbyaddr": ("network", None),
    "subprocess.Popen": ("process", None),
    "os.system": ("process", None),
    "sqlite3.connect": ("database", None),
    "open": ("file", _text_path),
    "shutil.copyfile": ("file", None),
    "shutil.copytree": ("file", None),
    "shutil.rmtree": ("file", None),
}

_SOCKET = ("accept", "recv", "recv_into", "recvfrom", "send", "sendall", "sendto")
_SSL = ("recv", "recv_into", "send", "sendall", "read", "write")

PATCHES: tuple[Patch, ...] = (
    *(Patch("socket", "socket." + name, "network", "socket." + name, _blocking_socket) for name in _SOCKET),
    *(Patch("ssl", "SSLSocket." + name, "network", "ssl." + name, _blocking_socket) for name in _SSL),
    Patch("concurrent.futures._base", "Future.result", "wait", "Future.result", _not_done),
    Patch("threading", "Event.wait", "wait", "threading.Event.wait", _not_set),
    Patch("threading", "Thread.join", "wait", "threading.Thread.join", _alive),
    Patch("hashlib", "pbkdf2_hmac", "hash", "hashlib.pbkdf2_hmac"),
    Patch("hashlib", "scrypt", "hash", "hashlib.scrypt"),
    Patch("bcrypt", "hashpw", "hash", "bcrypt.hashpw"),
    Patch("bcrypt", "checkpw", "hash", "bcrypt.checkpw"),
    Patch("argon2", "PasswordHasher.hash", "hash", "argon2.PasswordHasher.hash"),
    Patch("argon2", "PasswordHasher.verify", "hash", "argon2.PasswordHasher.verify"),
    Patch("requests.sessions", "Session.request", "network", "requests"),
    Patch("httpx", "Client.send", "network", "httpx.Client"),
    Patch("urllib.request", "urlopen", "network", "urllib.request.urlopen"),
    Patch("botocore.client", "BaseClient._make_api_call", "network", "boto3"),
    Patch("redis.client", "Redis.execute_command", "database", "redis"),
    Patch("psycopg", "Connection.connect", "database", "psycopg.Connection.connect"),
    Patch("psycopg", "Cursor.execute", "database", "psycopg.Cursor.execute"),
    Patch("psycopg2", "connect", "database", "psycopg2.connect"),
    Patch("pymysql", "connect", "database", "pymysql.connect"),
    Patch("MySQLdb", "connect", "database", "MySQLdb.connect"),
)
