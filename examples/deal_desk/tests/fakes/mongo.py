"""A MongoDB server for tests: the wire protocol, and the commands the app uses.

Speaks OP_MSG, and OP_QUERY for the first hello. Documents are kept in memory.
"""

import socketserver
import struct
import threading
import time
from contextlib import nullcontext

import bson

from fakes.http import Load

READS = ("find", "aggregate")
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
OPERATORS = {
    "$gte": lambda value, wanted: value is not None and value >= wanted,
    "$in": lambda value, wanted: value in wanted,
    "$ne": lambda value, wanted: value != wanted,
}
HELLO = {
    "helloOk": True,
    "isWritablePrimary": True,
    "ismaster": True,
    "maxBsonObjectSize": 16 * 1024 * 1024,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "ok": 1.0,
}


def matches(document: dict, query: dict) -> bool:
    for key, wanted in query.items():
        value = document.get(key)
        if isinstance(wanted, dict):
            if not all(OPERATORS[op](value, arg) for op, arg in wanted.items()):
                return False
        elif value != wanted:
            return False
    return True


def update(document: dict, changes: dict) -> None:
    document.update(changes.get("$set", {}))
    for key, value in changes.get("$push", {}).items():
        document.setdefault(key, []).append(value)


def group(documents: list[dict], spec: dict) -> list[dict]:
    groups: dict = {}
    for document in documents:
        by = spec["_id"]
        key = document.get(by[1:]) if isinstance(by, str) else by
        row = groups.setdefault(key, {"_id": key})
        for name, accumulator in spec.items():
            if name != "_id":
                add = accumulator["$sum"]
                add = document.get(add[1:], 0) if isinstance(add, str) else add
                row[name] = row.get(name, 0) + add
    return list(groups.values())


def ordered(documents: list[dict], sort: dict) -> list[dict]:
    for key, direction in reversed(sort.items()):
        documents = sorted(documents, key=lambda d: d[key], reverse=direction < 0)
    return documents


class FakeMongo:
    def __init__(self) -> None:
        self.latency = 0.0  # seconds, for each command that reads or writes
        self.load = Load()  # of reads
        self.collections: dict[str, list[dict]] = {}
        self._lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), self._handler(), bind_and_activate=True
        )
        self._server.daemon_threads = True
        self.uri = f"mongodb://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def clear(self) -> None:
        self.collections.clear()

    def insert(self, collection: str, **document: object) -> None:
        self.collections.setdefault(collection, []).append(
            {"_id": bson.ObjectId(), **document}
        )

    def run(self, command: dict) -> dict:
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            return HELLO
        handler = getattr(self, f"_{name}", None)
        if handler is None:
            return {"ok": 1.0}  # ping, endSessions, killCursors...
        with self.load if name in READS else nullcontext():
            time.sleep(self.latency)
        with self._lock:
            return {"ok": 1.0, **handler(command[name], command)}

    def _cursor(self, collection: str, documents: list[dict]) -> dict:
        return {"cursor": {"id": 0, "ns": f"db.{collection}", "firstBatch": documents}}

    def _find(self, collection: str, command: dict) -> dict:
        rows = self.collections.get(collection, [])
        found = [row for row in rows if matches(row, command.get("filter", {}))]
        found = ordered(found, command.get("sort", {}))[command.get("skip", 0) :]
        found = found[: command.get("limit") or None]
        hidden = {k for k, v in command.get("projection", {}).items() if not v}
        found = [{k: v for k, v in row.items() if k not in hidden} for row in found]
        return self._cursor(collection, found)

    def _aggregate(self, collection: str, command: dict) -> dict:
        rows = list(self.collections.get(collection, []))
        for stage in command["pipeline"]:
            ((name, spec),) = stage.items()
            if name == "$match":
                rows = [row for row in rows if matches(row, spec)]
            elif name == "$group":
                rows = group(rows, spec)
            elif name == "$sort":
                rows = ordered(rows, spec)
        return self._cursor(collection, rows)

    def _insert(self, collection: str, command: dict) -> dict:
        self.collections.setdefault(collection, []).extend(command["documents"])
        return {"n": len(command["documents"])}

    def _update(self, collection: str, command: dict) -> dict:
        rows = self.collections.setdefault(collection, [])
        reply: dict = {"n": 0, "nModified": 0}
        for index, operation in enumerate(command["updates"]):
            row = next((r for r in rows if matches(r, operation["q"])), None)
            if row is None and operation.get("upsert"):
                row = {"_id": bson.ObjectId(), **operation["q"]}
                rows.append(row)
                reply["upserted"] = [{"index": index, "_id": row["_id"]}]
            if row is not None:
                update(row, operation["u"])
                reply["n"] += 1
        return reply

    def _delete(self, collection: str, command: dict) -> dict:
        rows, deleted = self.collections.get(collection, []), 0
        for operation in command["deletes"]:
            gone = [row for row in rows if matches(row, operation["q"])]
            for row in gone[: operation["limit"] or None]:
                rows.remove(row)
                deleted += 1
        return {"n": deleted}

    def _handler(fake) -> type[socketserver.StreamRequestHandler]:
        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while header := self.rfile.read(16):
                    length, request_id, _, opcode = struct.unpack("<iiii", header)
                    body = self.rfile.read(length - 16)
                    if opcode == OP_QUERY:
                        reply = fake.run(read_query(body))
                        data = struct.pack("<iqii", 0, 0, 0, 1) + bson.encode(reply)
                        answer = OP_REPLY
                    else:
                        reply = fake.run(read_message(body))
                        data = struct.pack("<iB", 0, 0) + bson.encode(reply)
                        answer = OP_MSG
                    head = struct.pack("<iiii", 16 + len(data), 1, request_id, answer)
                    self.wfile.write(head + data)

        return Handler


def read_query(body: bytes) -> dict:
    end_of_name = body.index(b"\0", 4) + 1
    return bson.decode(body[end_of_name + 8 :])


def read_message(body: bytes) -> dict:
    """Section 0 is the command; sections 1 are lists of documents."""
    command: dict = {}
    position = 4
    while position < len(body):
        kind = body[position]
        (size,) = struct.unpack_from("<i", body, position + 1)
        section = body[position + 1 : position + 1 + size]
        if kind == 0:
            command = {**bson.decode(section), **command}
        else:
            name, _, documents = section[4:].partition(b"\0")
            command[name.decode()] = bson.decode_all(documents)
        position += 1 + size
    return command
