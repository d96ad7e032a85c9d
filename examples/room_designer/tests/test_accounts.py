from app.main import app


def test_the_api_has_13_endpoints():
    operations = app.openapi()["paths"].values()
    assert sum(len(methods) for methods in operations) == 13


def test_register_and_login(client):
    credentials = {"email": "Nina@example.com", "password": "12345678"}
    response = client.post("/auth/register", json=credentials)
    assert response.status_code == 201
    assert response.json()["email"] == "nina@example.com"
    assert client.post("/auth/register", json=credentials).status_code == 409
    form = {"username": "nina@example.com", "password": "12345678"}
    assert client.post("/auth/login", data=form).json()["token_type"] == "bearer"
    form["password"] = "87654321"
    assert client.post("/auth/login", data=form).status_code == 400


def test_me(client, alice):
    assert client.get("/users/me", headers=alice).json()["style"] is None
    body = client.patch("/users/me", headers=alice, json={"style": "Boho"}).json()
    assert body["style"] == "Boho"
    assert client.get("/users/me", headers=alice).json() == body
    assert client.get("/users/me").status_code == 401
    bad = {"Authorization": "Bearer x.y"}
    assert client.get("/users/me", headers=bad).status_code == 401
    assert client.get("/health").json() == {"status": "ok"}


def test_ideas(client, alice, make_user):
    for title in ("Shelf", "Lamp"):
        response = client.post("/ideas", headers=alice, json={"title": title})
        assert response.status_code == 201
    ideas = client.get("/ideas", headers=alice).json()
    assert [idea["title"] for idea in ideas] == ["Lamp", "Shelf"]
    url = f"/ideas/{ideas[0]['id']}"
    assert client.delete(url, headers=make_user("bob@example.com")).status_code == 404
    assert client.delete(url, headers=alice).status_code == 204
    assert len(client.get("/ideas", headers=alice).json()) == 1
