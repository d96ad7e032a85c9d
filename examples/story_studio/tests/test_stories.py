import httpx
from conftest import ALICE, API, BOB, fake_openrouter, fake_supabase
from fakes import upstreams

from main import app


def test_the_api_has_19_endpoints():
    operations = app.openapi()["paths"].values()
    assert sum(len(methods) for methods in operations) == 19


def test_accounts(client):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get(f"{API}/stories").status_code in (401, 403)
    bad = {"Authorization": "Bearer nonsense"}
    assert client.get(f"{API}/stories", headers=bad).status_code == 401


def test_children(client, child):
    url = f"{API}/children/{child['id']}"
    assert client.get(url, headers=ALICE).json() == child
    assert client.get(url, headers=BOB).status_code == 404
    client.post(f"{API}/children", headers=ALICE, json={"name": "Leo", "age": 3})
    rows = client.get(f"{API}/children", headers=ALICE).json()
    assert [row["name"] for row in rows] == ["Leo", "Mia"]
    assert client.delete(url, headers=BOB).status_code == 404
    assert client.delete(url, headers=ALICE).status_code == 204
    assert client.get(url, headers=ALICE).status_code == 404


def test_heroes_in_a_story(client, tell):
    body = {"name": "Zed", "traits": ["shy"]}
    hero = client.post(f"{API}/heroes", headers=ALICE, json=body).json()
    assert "Zed, who is shy" in tell(hero_id=hero["id"]).json()["content"]
    url = f"{API}/heroes/{hero['id']}"
    body["traits"] = []
    assert client.put(url, headers=ALICE, json=body).json()["traits"] == []
    assert client.put(url, headers=BOB, json=body).status_code == 404
    assert "Zed, who is brave" in tell(hero_id=hero["id"]).json()["content"]
    assert len(client.get(f"{API}/heroes", headers=ALICE).json()) == 1
    assert client.delete(url, headers=ALICE).status_code == 204
    assert client.delete(url, headers=ALICE).status_code == 404
    assert tell(hero_id=hero["id"]).status_code == 404


def test_a_story(client, tell, child):
    story = tell(language="de", minutes=2).json()
    assert story["title"] == "The night"
    assert "in German" in story["content"] and "260 words" in story["content"]
    assert (story["cost"], story["status"]) == (0.002, "new")

    paths = [
        "",
        f"/child/{child['id']}",
        "/child-name/Mia",
        "/language/de",
    ]
    for path in paths:
        rows = client.get(f"{API}/stories{path}", headers=ALICE).json()
        assert [row["id"] for row in rows] == [story["id"]]
        assert client.get(f"{API}/stories{path}", headers=BOB).json() == []
    assert client.get(f"{API}/stories/language/en", headers=ALICE).json() == []
    url = f"{API}/stories/{story['id']}"
    assert client.get(url, headers=ALICE).json() == story
    assert client.delete(url, headers=ALICE).status_code == 204
    assert client.get(url, headers=ALICE).status_code == 404


def test_rating_and_status(client, tell):
    url = f"{API}/stories/{tell().json()['id']}"
    body = client.put(f"{url}/rating", headers=ALICE, json={"rating": 9}).json()
    assert body["rating"] == 9
    for status, expected in [("read", 200), ("archived", 200), ("new", 409)]:
        response = client.put(f"{url}/status", headers=ALICE, json={"status": status})
        assert response.status_code == expected
    assert (
        client.put(f"{url}/rating", headers=BOB, json={"rating": 1}).status_code == 404
    )


def test_the_model_is_asked_again(tell):
    upstreams.failures[:] = [500, 429]
    assert tell().status_code == 201
    assert fake_openrouter.calls.count("POST /chat/completions") == 3
    upstreams.failures[:] = [500, 500, 500]
    assert tell().status_code == 502


def test_a_story_without_its_cost(tell):
    assert tell(moral="secrets").json()["cost"] is None


def test_a_story_is_read_aloud(client, tell):
    story = tell(generate_audio=True).json()
    assert b"spoken:Write a be" in httpx.get(story["audio_url"]).content
    url = f"{API}/stories/{story['id']}/audio"
    body = {"voice_provider": "mock"}
    story = client.post(url, headers=ALICE, json=body).json()
    assert b"mock:Write" in httpx.get(story["audio_url"]).content
    assert client.post(url, headers=BOB, json=body).status_code == 404


def test_another_voice_when_one_fails(tell):
    tell(generate_audio=True, moral="unspeakable things")
    (audio,) = fake_supabase.files.values()
    assert b"mock:" in audio


def test_an_unknown_child(client):
    body = {"child_id": "nope"}
    response = client.post(f"{API}/generate-story", headers=ALICE, json=body)
    assert response.status_code == 404
