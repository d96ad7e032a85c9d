"""Health, categories and insights."""

from chat_insights.main import app
from chat_insights.models import Category, Chat


def unlock(client, headers, chat_id, category_id):
    return client.post(
        "/api/insights/unlock",
        headers=headers,
        json={"chat_id": chat_id, "category_id": category_id},
    )


def test_the_api_has_29_endpoints():
    operations = app.openapi()["paths"].values()
    assert sum(len(methods) for methods in operations) == 29


def test_health(client):
    assert client.get("/").json()["docs"] == "/docs"
    assert client.get("/health").json()["status"] == "healthy"
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json() == {"status": "ready"}
    assert "async" in client.get("/health/db-pool").json()


def test_categories(client, db):
    db.get(Category, "romance").is_active = False
    db.commit()
    rows = client.get("/api/categories").json()
    assert [row["id"] for row in rows] == ["friendship", "work"]

    body = client.get("/api/categories/work/insights").json()
    assert [t["id"] for t in body["insight_types"]] == ["action-items", "decisions"]
    assert client.get("/api/categories/romance/insights").status_code == 404


def test_unlock_generates_insights(client, chat_id, alice, bob):
    response = unlock(client, alice, chat_id, "friendship")
    assert response.status_code == 202
    job = response.json()
    assert (job["total"], job["credits_spent"]) == (2, 4)

    url = f"/api/insights/jobs/{job['id']}/status"
    status = client.get(url, headers=alice).json()
    assert (status["status"], status["completed"]) == ("completed", 2)
    assert client.get(url, headers=bob).status_code == 404

    url = f"/api/insights/chats/{chat_id}"
    insights = client.get(url, headers=alice).json()["insights"]
    assert [i["insight_type"]["name"] for i in insights] == ["Inside jokes", "Loyalty"]
    assert client.get(url, headers=bob).status_code == 404
    assert client.get("/api/credits/balance", headers=alice).json()["balance"] == 16


def test_unlock_errors(client, upload, chat_id, alice, bob, db):
    assert unlock(client, alice, chat_id, "nope").status_code == 404
    assert unlock(client, bob, chat_id, "work").status_code == 404
    theirs = upload(bob).json()["chat_id"]
    assert unlock(client, bob, theirs, "work").status_code == 402

    assert unlock(client, alice, chat_id, "work").status_code == 202
    assert unlock(client, alice, chat_id, "work").status_code == 409

    db.add(Chat(id="raw", user_id="alice", filename="raw.txt"))
    db.commit()
    assert unlock(client, alice, "raw", "work").status_code == 409


def test_failed_job_is_refunded_and_can_be_retried(client, chat_id, alice):
    url = f"/api/chats/{chat_id}/display-name"
    client.put(url, headers=alice, json={"display_name": "[[unsafe]]"})
    job = unlock(client, alice, chat_id, "work").json()
    url = f"/api/insights/jobs/{job['id']}/status"
    assert client.get(url, headers=alice).json()["status"] == "failed"
    rows = client.get("/api/credits/transactions", headers=alice).json()
    assert [(row["kind"], row["amount"]) for row in rows] == [
        ("refund", 5),
        ("spend", -5),
    ]

    url = f"/api/chats/{chat_id}/display-name"
    client.put(url, headers=alice, json={"display_name": "Fine"})
    job = unlock(client, alice, chat_id, "work").json()
    url = f"/api/insights/jobs/{job['id']}/status"
    assert client.get(url, headers=alice).json()["status"] == "completed"
