import json

from conftest import API
from fakes import openai


def stream(client, headers, chat_id: str, content: str) -> list[dict]:
    url = f"{API}/chat/sessions/{chat_id}/stream"
    response = client.post(url, headers=headers, json={"content": content})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.split("\n\n") if line]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_sessions(client, alice, bob, chat):
    url = f"{API}/chat/sessions"
    one = f"{url}/{chat['id']}"
    assert client.get(one, headers=alice).json() == {**chat, "message_count": 0}
    assert client.get(one, headers=bob).status_code == 404
    body = client.put(one, headers=alice, json={"title": "Sign in"}).json()
    assert body == {**chat, "title": "Sign in"}
    assert body in client.get(url, headers=alice).json()
    assert client.get(url, headers=bob).json() == []
    body = {"project_id": chat["project_id"]}
    assert client.post(url, headers=bob, json=body).status_code == 404


def test_an_answer_word_by_word(client, alice, chat):
    events = stream(client, alice, chat["id"], "hello")
    kinds = [event["type"] for event in events]
    assert kinds == ["status", *["token"] * 4, "done"]
    words = [event["text"] for event in events[1:-1]]
    assert words == ["You", "said:", "user:", "hello"]

    url = f"{API}/chat/sessions/{chat['id']}"
    messages = client.get(f"{url}/messages", headers=alice).json()
    assert [row["role"] for row in messages] == ["user", "assistant"]
    assert messages[1]["id"] == events[-1]["message_id"]
    answer = stream(client, alice, chat["id"], "again")[1:-1]
    assert "assistant:" in [event["text"] for event in answer]
    assert client.get(url, headers=alice).json()["message_count"] == 4


def test_test_cases_go_into_the_project(client, alice, chat):
    events = stream(client, alice, chat["id"], "test the log in")
    assert events[-1]["artifacts"] == ["log in works", "log in fails"]
    url = f"{API}/project-artifacts/project/{chat['project_id']}/type/test_case"
    rows = client.get(url, headers=alice).json()
    assert sorted(row["title"] for row in rows) == ["log in fails", "log in works"]


def test_an_error_ends_the_stream(client, alice, chat):
    openai.failures[:] = [400]
    events = stream(client, alice, chat["id"], "hello")
    assert [event["type"] for event in events] == ["status", "error"]
    assert events[1]["text"] == "BadRequestError"


def test_messages_and_the_end_of_a_session(client, alice, bob, chat):
    stream(client, alice, chat["id"], "hello")
    url = f"{API}/chat/sessions/{chat['id']}"
    first, second = client.get(f"{url}/messages", headers=alice).json()
    one = f"{url}/messages/{first['id']}"
    body = client.put(one, headers=alice, json={"content": "hi"}).json()
    assert body == {**first, "content": "hi"}
    assert client.put(one, headers=bob, json={"content": "x"}).status_code == 404
    assert client.delete(one, headers=alice).status_code == 204
    assert client.delete(one, headers=alice).status_code == 404
    assert client.get(f"{url}/messages", headers=alice).json() == [second]
    assert client.delete(url, headers=alice).status_code == 204
    assert client.get(url, headers=alice).status_code == 404
