"""What OpenRouter and ElevenLabs answer."""

from fakes.http import Answer, Request

failures: list[int] = []  # statuses that OpenRouter gives before it answers


def openrouter(request: Request) -> Answer:
    if request.path == "/generation":
        if request.query["id"] == "gen-0":
            return 404, {"error": {"message": "unknown"}}
        return 200, {"data": {"id": request.query["id"], "total_cost": 0.002}}
    assert request.path == "/chat/completions", request.path
    if failures:
        return failures.pop(0), {"error": {"message": "try later"}}
    body = request.json()
    prompt = body["messages"][-1]["content"]
    content = f"# The night\n{prompt}"
    message = {"role": "assistant", "content": content}
    return 200, {
        "id": "gen-0" if "secrets" in prompt else "gen-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }


def elevenlabs(request: Request) -> Answer:
    text = request.json()["text"]
    if "unspeakable" in text:
        return 422, {"detail": "no"}
    return 200, b"spoken:" + text[:10].encode()
