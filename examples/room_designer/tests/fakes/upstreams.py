"""What Claude, the FAL queue and S3 answer."""

import json
from urllib.parse import urlsplit

from fakes.http import Answer, FakeServer


def claude(method: str, path: str, body: bytes) -> Answer:
    assert (method, path) == ("POST", "/v1/messages"), path
    request = json.loads(body)
    said = request["messages"][-1]["content"]
    if "overload" in said:
        error = {"type": "overloaded_error", "message": "Overloaded"}
        return 529, {"type": "error", "error": error}
    text = f"[{request['system'].rpartition('.')[0][-40:]}] {said}"
    if request["system"].startswith("Decide"):
        intent = "answer"
        if said.startswith("make it"):
            intent = "transform"
        elif "style" in said:
            intent = "choose_style"
        text = json.dumps({"intent": intent, "prompt": said})
        if "gibberish" in said:
            text = "well..."
    return 200, {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


class Fal:
    """A queue in which each request is done at the second look."""

    def __init__(self) -> None:
        self.server = FakeServer(self.answer)
        self.requests: dict[str, dict] = {}
        self.looks: dict[str, int] = {}

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        *_, name, last = urlsplit(path).path.split("/")
        if method == "POST":
            request_id = str(len(self.requests))
            self.requests[request_id] = json.loads(body)
            url = f"{self.server.url}/requests/{request_id}"
            return 200, {
                "request_id": request_id,
                "response_url": url,
                "status_url": f"{url}/status",
                "cancel_url": f"{url}/cancel",
            }
        if last == "status":
            self.looks[name] = self.looks.get(name, 0) + 1
            if self.looks[name] < 2:
                return 202, {"status": "IN_QUEUE", "queue_position": 1}
            return 200, {"status": "COMPLETED", "logs": None, "metrics": {}}
        if name == "pictures":
            return 200, b"a new " + self.requests[last]["prompt"].encode()
        return 200, {"images": [{"url": f"{self.server.url}/pictures/{last}"}]}


class S3:
    """Objects by path (``/bucket/key``)."""

    def __init__(self) -> None:
        self.server = FakeServer(self.answer)
        self.objects: dict[str, bytes] = {}

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        key = urlsplit(path).path
        if method == "PUT":
            if b"broken" in body:
                return 400, b"<Error><Code>BadDigest</Code></Error>"
            self.objects[key] = body
            return 200, b""
        if method == "DELETE":
            self.objects.pop(key, None)
            return 204, b""
        return 200, self.objects[key]
