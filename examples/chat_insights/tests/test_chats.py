import io
import zipfile
from datetime import datetime

import pytest
from sqlalchemy import func, select

from chat_insights.models import Chat, ChatStatus, Insight, Message
from conftest import EXPORT, uploaded_files


def large_export(lines: int = 700) -> str:
    return "\n".join(
        f"05/03/24, {9 + i % 3}:{i % 60:02d} - {'Dan' if i % 4 else 'Eve'}: line {i}"
        for i in range(lines)
    )


def test_upload_parses_and_indexes(client, upload, alice, db):
    response = upload(alice, display_name="  New year ")
    assert response.status_code == 201
    body = response.json()
    assert body["filename"] == "party.txt"
    assert body["status"] == "ready"
    assert body["message_count"] == 7

    messages = db.scalars(select(Message).order_by(Message.position)).all()
    assert [m.sender for m in messages[:3]] == ["Alice", "Bob", "Alice"]
    assert messages[1].content.endswith("\nit should be here at ten")
    assert [m.is_media for m in messages].count(True) == 1
    assert messages[0].sent_at == datetime(2023, 12, 31, 21, 45)
    assert db.get(Chat, body["chat_id"]).display_name == "New year"
    assert uploaded_files() == []


def test_upload_ios_format(client, upload, alice, db):
    text = "[12/31/23, 9:45:10\u202fPM] Zoe: hi\n[12/31/23, 9:46:00 PM] Yan: hello\n"
    assert upload(alice, text).json()["message_count"] == 2
    first = db.scalars(select(Message).order_by(Message.position)).first()
    assert first.sent_at == datetime(2023, 12, 31, 21, 45, 10)


def test_upload_zip(upload, alice):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", b"\xff")
        archive.writestr("_chat.txt", EXPORT)
    response = upload(alice, buffer.getvalue(), "export.zip")
    assert response.status_code == 201
    assert response.json()["message_count"] == 7


def test_large_upload_goes_through_the_worker(client, upload, alice, db):
    response = upload(alice, large_export(), "big.txt")
    assert response.status_code == 201
    assert response.json()["status"] == "ready"  # eager worker
    assert response.json()["message_count"] == 700
    assert db.scalar(select(func.count(Message.id))) == 700
    assert uploaded_files() == []

    chat_id = response.json()["chat_id"]
    status = client.get(f"/api/chats/{chat_id}/vector-status", headers=alice).json()
    assert status["chunks"] == 140


def test_large_upload_that_cannot_be_parsed_is_marked_failed(upload, alice):
    response = upload(alice, "no messages here\n" * 2000, "big.txt")
    assert response.status_code == 201
    assert response.json()["status"] == "failed"
    assert uploaded_files() == []


@pytest.mark.parametrize(
    ("content", "filename", "message"),
    [
        (EXPORT, "party.pdf", "Only .txt and .zip exports are supported"),
        ("", "party.txt", "The file is empty"),
        ("x" * 200_001, "party.txt", "The file is too large"),
        ("just some text", "party.txt", "No WhatsApp messages found in this file"),
        ("not a zip", "party.zip", "The archive is damaged"),
        ("99/99/99, 10:00 - A: b", "a.txt", "Unknown timestamp: 99/99/99 10:00"),
    ],
)
def test_rejected_uploads_leave_nothing(upload, alice, db, content, filename, message):
    response = upload(alice, content, filename)
    assert response.status_code == 400
    assert response.json() == {"detail": message, "code": "invalid_upload"}
    assert db.scalar(select(func.count(Chat.id))) == 0
    assert uploaded_files() == []


def test_upload_needs_a_known_user(client, upload):
    assert upload({}).status_code == 401
    assert upload({"Authorization": "Bearer alice.bad"}).status_code == 401


def test_list_chats(client, upload, alice, bob, db):
    first = upload(alice, filename="one.txt").json()["chat_id"]
    second = upload(alice, filename="two.txt", display_name="Weekend").json()["chat_id"]
    upload(bob, filename="theirs.txt")
    db.add(
        Insight(chat_id=first, insight_type_id="loyalty", content="x", model_name="m")
    )
    db.get(Chat, second).status = ChatStatus.FAILED
    db.commit()

    body = client.get("/api/chats", headers=alice).json()
    assert body["total"] == 2
    assert [item["id"] for item in body["items"]] == [second, first]
    assert [item["title"] for item in body["items"]] == ["Weekend", "one.txt"]
    assert [item["insight_count"] for item in body["items"]] == [0, 1]

    def ids(**params):
        response = client.get("/api/chats", headers=alice, params=params).json()
        return response["total"], [item["id"] for item in response["items"]]

    assert ids(skip=1, limit=1) == (2, [first])
    assert ids(status="failed") == (1, [second])
    assert ids(search="WEEK") == (1, [second])
    assert client.get("/api/chats?limit=0", headers=alice).status_code == 422


def test_get_chat(client, chat_id, alice):
    body = client.get(f"/api/chats/{chat_id}", headers=alice).json()
    assert body["title"] == "party.txt"
    assert body["participants"] == ["Alice", "Bob", "Carol"]
    assert body["vector_status"] == "indexed"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/chats/{}"),
        ("GET", "/api/chats/{}/messages"),
        ("GET", "/api/chats/{}/vector-status"),
        ("DELETE", "/api/chats/{}"),
    ],
)
def test_chats_of_others_are_hidden(client, chat_id, alice, bob, method, path):
    assert client.request(method, path.format(chat_id), headers=bob).status_code == 404
    assert client.request(method, path.format("nope"), headers=alice).status_code == 404
    assert client.request(method, path.format(chat_id)).status_code == 401


def test_get_messages_pages(client, chat_id, alice):
    url = f"/api/chats/{chat_id}/messages"
    body = client.get(url, headers=alice, params={"page": 2, "page_size": 3}).json()
    assert (body["total"], body["page"], body["pages"]) == (7, 2, 3)
    assert [m["sender"] for m in body["messages"]] == ["Carol", "Bob", "Alice"]
    assert body["messages"][0]["sent_at"] == "2023-12-31T22:01:00"


def test_get_messages_filters(client, chat_id, alice):
    url = f"/api/chats/{chat_id}/messages"
    body = client.get(
        url, headers=alice, params={"sender": "Bob", "search": "PIZZA"}
    ).json()
    assert body["total"] == 2
    body = client.get(url, headers=alice, params={"search": "unicorn"}).json()
    assert (body["total"], body["pages"], body["messages"]) == (0, 1, [])


def test_vector_status(client, chat_id, alice):
    body = client.get(f"/api/chats/{chat_id}/vector-status", headers=alice).json()
    assert body["vector_status"] == "indexed"
    assert body["chunks"] == body["chunks_in_store"] == 2
    assert body["indexed_at"] is not None


def test_vector_status_before_indexing(client, alice, db):
    db.add(Chat(id="raw", user_id="alice", filename="raw.txt"))
    db.commit()
    body = client.get("/api/chats/raw/vector-status", headers=alice).json()
    assert body == {
        "chat_id": "raw",
        "vector_status": "pending",
        "chunks": 0,
        "chunks_in_store": 0,
        "indexed_at": None,
    }


def test_delete_chat_is_soft(client, chat_id, alice, db):
    response = client.delete(f"/api/chats/{chat_id}", headers=alice)
    assert response.json() == {"status": "deleted", "chat_id": chat_id}

    assert client.get(f"/api/chats/{chat_id}", headers=alice).status_code == 404
    assert client.delete(f"/api/chats/{chat_id}", headers=alice).status_code == 404
    assert client.get("/api/chats", headers=alice).json()["total"] == 0
    deleted, deleted_at = db.execute(
        select(Chat.is_deleted, Chat.deleted_at).execution_options(include_deleted=True)
    ).one()
    assert deleted and deleted_at is not None
    assert db.scalar(select(func.count(Message.id))) == 7


def test_public_stats(client, chat_id):
    body = client.get(f"/api/chats/public/{chat_id}/stats").json()
    assert body["owner"] == "Alice A."
    assert body["total_messages"] == 7
    assert body["media_messages"] == 1
    assert body["first_message_at"] == "2023-12-31T21:45:00"
    assert body["last_message_at"] == "2024-01-01T10:15:00"
    assert body["busiest_hour"] == 21
    assert body["senders"] == [
        {"sender": "Alice", "messages": 3, "share": 0.429},
        {"sender": "Bob", "messages": 3, "share": 0.429},
        {"sender": "Carol", "messages": 1, "share": 0.143},
    ]
    assert client.get("/api/chats/public/nope/stats").status_code == 404


def test_public_stats_of_an_empty_chat(client, bob, db):
    db.add(Chat(id="empty", user_id="bob", filename="empty.txt"))
    db.commit()
    body = client.get("/api/chats/public/empty/stats").json()
    assert body["owner"] == "Anonymous"
    assert body["busiest_hour"] is None
    assert body["senders"] == []


def test_update_display_name(client, chat_id, alice, bob, db):
    url = f"/api/chats/{chat_id}/display-name"
    response = client.put(url, headers=alice, json={"display_name": " NYE 2023 "})
    assert response.status_code == 200
    assert response.json()["title"] == "NYE 2023"
    assert response.json()["participants"] == ["Alice", "Bob", "Carol"]
    assert db.get(Chat, chat_id).display_name == "NYE 2023"

    assert client.put(url, headers=alice, json={"display_name": ""}).status_code == 422
    response = client.put(url, headers=bob, json={"display_name": "Mine"})
    assert response.status_code == 404
