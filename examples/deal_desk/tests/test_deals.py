import json

from conftest import DIGEST, fake_hubspot, fake_openai
from fakes import upstreams

from main import app

API = "/api/hubspot/v2"


def test_the_api_has_12_endpoints():
    operations = app.openapi()["paths"].values()
    assert sum(len(methods) for methods in operations) == 12


def test_health(client):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_list_deals(client, mongo):
    for number, stage in enumerate(["won", "open", "won"]):
        mongo.insert(
            "deal_info",
            deal_id=f"d{number}",
            name=f"Deal {number}",
            stage=stage,
            amount=100.0 * number,
        )
    body = client.get(f"{API}/deals").json()
    assert body["total"] == 3
    assert [deal["deal_id"] for deal in body["deals"]] == ["d2", "d1", "d0"]
    body = client.get(f"{API}/deals?stage=won&skip=1&limit=1").json()
    assert body == {
        "total": 2,
        "deals": [{"deal_id": "d0", "name": "Deal 0", "stage": "won", "amount": 0.0}],
    }
    assert client.get(f"{API}/pipeline-summary").json() == [
        {"stage": "open", "deals": 1, "amount": 100.0},
        {"stage": "won", "deals": 2, "amount": 200.0},
    ]


def test_deal_info_and_its_background_record(client, deal):
    body = client.get(f"{API}/deal-info?dealName={deal}").json()
    assert (body["name"], body["amount"], body["timeline"]) == ("Acme 2024", 90000, [])
    record = json.loads(DIGEST.read_text())
    assert (record["deal_id"], record["what"]) == (deal, "deal-info")
    body = client.get(f"{API}/deal-info?dealName={deal}").json()
    assert [event["kind"] for event in body["timeline"]] == ["view"]
    assert client.get(f"{API}/deal-info?dealName=Nope").status_code == 404


def test_concerns(client, deal, mongo):
    body = client.get(f"{API}/get-concerns?dealName={deal}").json()
    assert [c["label"] for c in body["concerns"]] == ["Security", "Price"]
    mongo.insert("deal_info", deal_id="New", name="New", stage="open", amount=1.0)
    body = client.get(f"{API}/get-concerns?dealName=New").json()
    assert body == {"deal_id": "New", "concerns": []}
    assert client.get(f"{API}/get-concerns?dealName=Nope").status_code == 404


def test_company_overview_is_written_once(client, deal):
    url = f"{API}/company-overview?dealName={deal}"
    first = client.get(url).json()
    assert not first["cached"]
    assert first["overview"].splitlines()[2:] == [
        "- 2024-05-02: Intro (pricing, intro)",
        "- 2024-05-09: Demo (pricing, demo)",
    ]
    assert client.get(url).json() == {**first, "cached": True}
    assert len(fake_openai.calls) == 1
    assert not client.get(f"{url}&refresh=true").json()["cached"]
    assert client.get(f"{API}/company-overview?dealName=Nope").status_code == 404


def test_the_model_is_asked_again_after_an_error(client, deal):
    upstreams.failures[:] = [429, 503]
    url = f"{API}/deals/{deal}/ask"
    body = client.post(url, json={"question": "Why us?"}).json()
    assert body["answer"].endswith("Question: Why us?")
    assert len(fake_openai.calls) == 3


def test_the_model_that_gives_no_answer_is_a_502(client, deal):
    url = f"{API}/deals/{deal}/ask"
    upstreams.failures[:] = [500, 500, 500]
    response = client.post(url, json={"question": "Why us?"})
    assert response.status_code == 502
    assert response.json() == {"detail": "No answer after 3 attempts"}
    upstreams.failures[:] = [400]
    assert client.post(url, json={"question": "Why us?"}).status_code == 502
    assert len(fake_openai.calls) == 4
    assert client.post(url, json={"question": "?"}).status_code == 422


def test_stakeholders(client, deal):
    body = client.get(f"{API}/get-stakeholders?dealName={deal}").json()
    names = [person["name"] for person in body["stakeholders"]]
    assert names == ["Bob Ray", "Ann Lee", "Cy Fox"]
    assert body["stakeholders"][0]["potential_decision_maker"]
    assert len(fake_hubspot.calls) == 4


def test_notes(client, deal):
    response = client.post(f"{API}/deals/{deal}/notes", json={"text": "Call back"})
    assert response.status_code == 201
    assert response.json()["note_id"] == "note-1"
    body = client.get(f"{API}/deal-info?dealName={deal}").json()
    assert [event["text"] for event in body["timeline"]] == ["Call back"]
    response = client.post(f"{API}/deals/Nope/notes", json={"text": "Call back"})
    assert response.status_code == 404


def test_sync_and_delete(client):
    url = f"{API}/deals/Globex"
    assert client.post(f"{url}/sync").json() == {"deal_id": "Globex", "created": True}
    assert not client.post(f"{url}/sync").json()["created"]
    body = client.get(f"{API}/deal-info?dealName=Globex").json()
    assert (body["stage"], body["amount"], body["owner"]) == ("won", 1200.5, "Olga Own")
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.post(f"{API}/deals/Missing/sync").status_code == 502
