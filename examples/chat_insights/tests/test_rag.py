from sqlalchemy import select

from chat_insights.models import (
    Chat,
    CreditTransaction,
    Insight,
    InsightType,
    RagQueryLog,
    User,
)


def query(client, headers, **payload):
    return client.post("/api/rag/query", headers=headers, json=payload)


def generate(client, headers, **payload):
    return client.post("/api/rag/generate", headers=headers, json=payload)


def test_query(client, chat_id, alice, db):
    response = query(
        client, alice, chat_id=chat_id, question="who paid for the pizza", top_k=1
    )
    assert response.status_code == 200
    body = response.json()
    assert [s["content"] for s in body["sources"]] == ["Who paid for the pizza"]
    assert body["answer"] == "Based on 1 excerpts: Who paid for the pizza"

    log = db.scalars(select(RagQueryLog)).one()
    assert log.id == body["query_id"]
    assert log.source_count == 1


def test_query_default_top_k_returns_all_chunks(client, chat_id, alice):
    body = query(client, alice, chat_id=chat_id, question="giraffe joke").json()
    assert len(body["sources"]) == 6
    assert "giraffe" in " ".join(s["content"] for s in body["sources"][:5])


def test_query_errors(client, chat_id, alice, bob, db):
    db.add(Chat(id="raw", user_id="alice", filename="raw.txt"))
    db.commit()
    assert query(client, alice, chat_id="raw", question="why?").status_code == 409
    assert query(client, bob, chat_id=chat_id, question="why?").status_code == 404
    assert query(client, alice, chat_id=chat_id, question="?").status_code == 422
    assert query(client, {}, chat_id=chat_id, question="why?").status_code == 401


def test_blocked_query_is_not_logged(client, chat_id, alice, db):
    response = query(client, alice, chat_id=chat_id, question="[[unsafe]] pizza")
    assert response.status_code == 422
    assert response.json()["code"] == "content_blocked"
    assert db.scalars(select(RagQueryLog)).all() == []


def test_generate_charges_once(client, chat_id, alice, db):
    payload = {"chat_id": chat_id, "insight_type_id": "inside-jokes"}
    first = generate(client, alice, **payload).json()
    assert first["cached"] is False
    assert first["chat_title"] == "party.txt"
    assert (first["category"], first["insight_type"]) == ("Friendship", "Inside jokes")
    assert first["content"].startswith("Based on 6 excerpts: ")
    assert first["credits_left"] == 19

    second = generate(client, alice, **payload).json()
    assert second == {**first, "cached": True}

    transactions = db.scalars(select(CreditTransaction)).all()
    assert [(t.amount, t.description) for t in transactions] == [(-1, "Inside jokes")]


def test_regenerate_replaces_the_insight(client, chat_id, alice, db):
    payload = {"chat_id": chat_id, "insight_type_id": "loyalty"}
    first = generate(client, alice, **payload).json()
    again = generate(client, alice, **payload, regenerate=True).json()
    assert again["insight_id"] == first["insight_id"]
    assert again["credits_left"] == 18
    assert len(db.scalars(select(Insight)).all()) == 1


def test_generate_errors(client, upload, bob, chat_id, alice, db):
    theirs = upload(bob).json()["chat_id"]
    response = generate(client, bob, chat_id=theirs, insight_type_id="loyalty")
    assert response.status_code == 402
    assert response.json()["detail"] == "Needs 1 credits, 0 available"
    response = generate(client, alice, chat_id=theirs, insight_type_id="loyalty")
    assert response.status_code == 404
    response = generate(client, alice, chat_id=chat_id, insight_type_id="nope")
    assert response.json()["detail"] == "Insight type not found"


def test_failed_generation_is_not_charged(client, chat_id, alice, db):
    db.add(
        InsightType(id="bad", category_id="work", name="Bad", prompt="[[unsafe]] pizza")
    )
    db.commit()
    response = generate(client, alice, chat_id=chat_id, insight_type_id="bad")
    assert response.status_code == 422
    assert db.get(User, "alice").credit_balance == 20
    assert db.scalars(select(CreditTransaction)).all() == []
