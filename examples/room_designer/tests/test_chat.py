import httpx
from conftest import fake_s3


def test_an_answer_and_its_conversation(client, say, alice):
    first = say("which colours?").json()
    assert first["type"] == "text"
    assert first["message"]["content"].endswith("which colours?")
    second = say("why?", conversation_id=first["conversation_id"]).json()
    assert second["conversation_id"] == first["conversation_id"]

    url = f"/home-design/conversations/{first['conversation_id']}"
    messages = client.get(url, headers=alice).json()["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant"] * 2
    assert messages[2]["content"] == "why?"


def test_style_options(say):
    body = say("show me a style").json()
    assert body["type"] == "style_options"
    assert {"label": "Japandi"} in body["options"]


def test_a_photo_is_transformed(client, say, alice):
    body = say("make it blue", image=b"a photo").json()
    assert body["type"] == "design_generated"
    assert httpx.get(body["image_url"]).content == b"a new make it blue"
    conversation = f"/home-design/conversations/{body['conversation_id']}"
    designs = client.get(f"{conversation}/designs", headers=alice).json()
    assert [design["prompt"] for design in designs] == ["make it blue"]
    assert b"a photo" in fake_s3.objects.values()

    assert client.delete(conversation, headers=alice).status_code == 204
    assert fake_s3.objects == {}
    assert client.get(conversation, headers=alice).status_code == 404


def test_without_a_photo_there_is_only_an_answer(say):
    assert say("make it blue").json()["type"] == "text"
    assert say("make it gibberish").json()["type"] == "text"


def test_errors(client, say, alice, make_user):
    assert say("").status_code == 422
    assert say("overload").status_code == 502
    assert say("hello", image=b"broken").status_code == 502
    assert say("hello", conversation_id="nope").status_code == 404
    conversation = say("hello").json()["conversation_id"]
    url = f"/home-design/conversations/{conversation}"
    assert client.get(url, headers=make_user("eve@example.com")).status_code == 404
    assert len(client.get("/home-design/conversations", headers=alice).json()) > 0
