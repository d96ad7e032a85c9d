"""What the model answers: it repeats what it was asked."""

from fakes.http import Answer

failures: list[int] = []  # statuses that are given before an answer


def openai(method: str, path: str, body: object) -> Answer:
    assert (method, path) == ("POST", "/v1/chat/completions"), path
    if failures:
        return failures.pop(0), {"error": {"message": "no"}}
    system, user = (message["content"] for message in body["messages"])
    if system.startswith("Does the user"):
        content = "TEST_CASES" if "test" in user else "ANSWER"
    elif system.startswith("Write one test case"):
        content = "- log in works\n\n- log in fails"
    else:
        content = f"You said: {user}"
    message = {"role": "assistant", "content": content}
    return 200, {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }
