"""Supabase: its tables (PostgREST), storage and accounts, in memory."""

from fakes.http import Answer, FakeServer, Request


class FakeSupabase:
    def __init__(self) -> None:
        self.server = FakeServer(self.answer)
        self.tables: dict[str, list[dict]] = {}
        self.files: dict[str, bytes] = {}

    def clear(self) -> None:
        self.tables.clear()
        self.files.clear()
        self.server.calls.clear()
        self.server.latency = 0.0

    def answer(self, request: Request) -> Answer:
        _, service, _, name, *rest = request.path.split("/")
        if service == "rest":
            return self.table(request, self.tables.setdefault(name, []))
        if service == "storage":
            return self.file(request, "/".join(rest).removeprefix("public/"))
        token = request.headers["authorization"].removeprefix("Bearer ")
        if not token.startswith("token-"):
            return 401, {"code": 401, "error_code": "bad_jwt", "msg": "invalid"}
        return 200, {
            "id": token.removeprefix("token-"),
            "aud": "authenticated",
            "app_metadata": {},
            "user_metadata": {},
            "created_at": "2024-01-01T00:00:00Z",
        }

    def table(self, request: Request, rows: list[dict]) -> Answer:
        if request.method == "POST":
            new = request.json()
            new = new if isinstance(new, list) else [new]
            ids = {row["id"] for row in new}
            rows[:] = [row for row in rows if row["id"] not in ids] + new
            return 201, new
        found = [row for row in rows if _matches(row, request.query)]
        if request.method == "PATCH":
            for row in found:
                row.update(request.json())
        elif request.method == "DELETE":
            rows[:] = [row for row in rows if row not in found]
        if "order" in request.query:
            column, _, direction = request.query["order"].partition(".")
            found.sort(key=lambda row: row[column], reverse=direction == "desc")
        return 200, found

    def file(self, request: Request, path: str) -> Answer:
        if request.method == "POST":
            self.files[path] = request.body
            return 200, {"Key": path, "Id": "1"}
        return 200, self.files[path]


def _matches(row: dict, query: dict[str, str]) -> bool:
    wanted = {k: v[3:] for k, v in query.items() if v.startswith("eq.")}
    return all(str(row[column]) == value for column, value in wanted.items())
