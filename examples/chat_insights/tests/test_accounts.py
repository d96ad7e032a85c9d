"""Users, credits and payments."""

import hashlib
import hmac
import json

from sqlalchemy import func, select

from chat_insights.auth import create_token
from chat_insights.models import (
    Chat,
    CreditPackage,
    CreditTransaction,
    Insight,
    Message,
    PaymentOrder,
    RagQueryLog,
    User,
)


def auth(user_id):
    return {"Authorization": f"Bearer {create_token(user_id)}"}


def signed(client, provider, payload, secret):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    header = {"razorpay": "X-Razorpay-Signature", "stripe": "Stripe-Signature"}
    return client.post(
        f"/api/payments/webhooks/{provider}",
        content=body,
        headers={header[provider]: signature},
    )


def test_store_user(client, db):
    payload = {"user_id": "nina", "email": "nina@example.com"}
    response = client.post("/api/users/store", headers=auth("nina"), json=payload)
    assert response.status_code == 201
    assert response.json()["credit_balance"] == 10

    payload["display_name"] = "Nina"
    response = client.post("/api/users/store", headers=auth("nina"), json=payload)
    assert response.status_code == 200
    assert response.json()["display_name"] == "Nina"
    assert response.json()["credit_balance"] == 10
    assert db.scalars(select(CreditTransaction.kind)).all() == ["bonus"]


def test_store_user_errors(client, alice):
    payload = {"user_id": "eve", "email": "alice@example.com"}
    url = "/api/users/store"
    assert client.post(url, headers=auth("eve"), json=payload).status_code == 409
    assert client.post(url, headers=alice, json=payload).status_code == 403
    payload["email"] = "nonsense"
    assert client.post(url, headers=auth("eve"), json=payload).status_code == 422


def test_delete_account(client, upload, chat_id, alice, bob, db):
    upload(bob)
    deleted = upload(alice).json()["chat_id"]
    client.delete(f"/api/chats/{deleted}", headers=alice)
    generate = {"chat_id": chat_id, "insight_type_id": "loyalty"}
    client.post("/api/rag/generate", headers=alice, json=generate)
    question = {"chat_id": chat_id, "question": "pizza?"}
    client.post("/api/rag/query", headers=alice, json=question)
    order = {"package_id": "plus"}
    client.post("/api/payments/orders", headers=alice, json=order)

    response = client.delete("/api/users/delete-account", headers=alice)
    assert response.json() == {"status": "deleted", "chats_deleted": 2}
    for model, left in [(User, 1), (Chat, 1), (Message, 7), (Insight, 0)]:
        assert db.scalar(select(func.count()).select_from(model)) == left
    assert db.scalar(select(func.count(RagQueryLog.id))) == 0
    assert db.scalars(select(PaymentOrder.user_id)).all() == [None]
    assert client.get("/api/credits/balance", headers=alice).status_code == 401


def test_balance_and_transactions(client, chat_id, alice):
    for insight_type_id in ("loyalty", "decisions"):
        payload = {"chat_id": chat_id, "insight_type_id": insight_type_id}
        client.post("/api/rag/generate", headers=alice, json=payload)
    balance = client.get("/api/credits/balance", headers=alice).json()
    assert balance == {"user_id": "alice", "balance": 18}

    rows = client.get("/api/credits/transactions", headers=alice).json()
    assert [(r["description"], r["balance_after"]) for r in rows] == [
        ("Decisions", 18),
        ("Loyalty", 19),
    ]
    rows = client.get("/api/credits/transactions?offset=1", headers=alice).json()
    assert [r["description"] for r in rows] == ["Loyalty"]


def test_packages(client, db):
    db.get(CreditPackage, "plus").is_active = False
    db.commit()
    rows = client.get("/api/credits/packages").json()
    assert [row["id"] for row in rows] == ["starter"]


def test_razorpay_payment(client, alice, bob):
    response = client.post(
        "/api/payments/orders", headers=alice, json={"package_id": "starter"}
    )
    assert response.status_code == 201
    order = response.json()
    assert (order["amount_cents"], order["status"]) == (199, "created")

    event = {"event": "payment.captured", "order_id": order["provider_order_id"]}
    assert signed(client, "razorpay", event, "rzp-test").json() == {
        "status": "processed"
    }
    assert signed(client, "razorpay", event, "rzp-test").json() == {
        "status": "already_processed"
    }
    url = f"/api/payments/orders/{order['id']}"
    assert client.get(url, headers=alice).json()["status"] == "paid"
    assert client.get(url, headers=bob).status_code == 404
    assert client.get("/api/credits/balance", headers=alice).json()["balance"] == 40


def test_stripe_payment_failure(client, alice):
    order = client.post(
        "/api/payments/orders",
        headers=alice,
        json={"package_id": "plus", "provider": "stripe"},
    ).json()
    event = {
        "type": "payment_intent.payment_failed",
        "data": {"id": order["provider_order_id"]},
    }
    assert signed(client, "stripe", event, "stripe-test").json()["status"] == "failed"
    event["type"] = "customer.created"
    assert signed(client, "stripe", event, "stripe-test").json()["status"] == "ignored"
    event = {"type": "payment_intent.succeeded", "data": {"id": "pi_unknown"}}
    assert signed(client, "stripe", event, "stripe-test").json()["status"] == "ignored"
    assert client.get("/api/credits/balance", headers=alice).json()["balance"] == 20


def test_payment_errors(client, alice):
    response = client.post(
        "/api/payments/orders", headers=alice, json={"package_id": "nope"}
    )
    assert response.status_code == 404
    response = signed(client, "razorpay", {"event": "payment.captured"}, "wrong")
    assert response.json()["detail"] == "Invalid webhook signature"
    response = signed(client, "stripe", b"not json", "stripe-test")
    assert response.json()["detail"] == "Webhook body is not JSON"
