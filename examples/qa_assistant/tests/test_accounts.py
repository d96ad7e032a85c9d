"""Users, roles, the administrator, files."""

from conftest import API

from app.main import app


def test_the_api_has_46_endpoints():
    operations = app.openapi()["paths"].values()
    assert sum(len(methods) for methods in operations) == 46


def test_register_and_log_in(client, alice):
    body = {"email": "ALICE@example.com", "password": "correct horse"}
    assert client.post(f"{API}/users/register", json=body).status_code == 409
    form = {"username": "alice@example.com", "password": "wrong horse"}
    assert client.post(f"{API}/users/login", data=form).status_code == 400
    me = client.get(f"{API}/users/me", headers=alice).json()
    assert (me["email"], me["is_superuser"]) == ("alice@example.com", False)
    body = {"full_name": "Alice A."}
    assert client.patch(f"{API}/users/me", headers=alice, json=body).json() == {
        **me,
        **body,
    }
    assert client.get(f"{API}/users/me").status_code == 401
    bad = {"Authorization": "Bearer nonsense"}
    assert client.get(f"{API}/users/me", headers=bad).status_code == 403
    assert client.get("/health").json() == {"status": "ok"}


def test_the_administrator(client, alice, admin, make_user, project):
    assert client.get(f"{API}/users", headers=alice).status_code == 403
    users = client.get(f"{API}/users", headers=admin).json()
    assert users[0]["email"] == "admin@example.com"
    stats = client.get(f"{API}/admin/stats", headers=admin).json()
    assert stats["users"] == len(users) and stats["projects"] >= 1

    eve = make_user("eve@example.com")
    eve_id = client.get(f"{API}/users/me", headers=eve).json()["id"]
    url = f"{API}/admin/users/{eve_id}/deactivate"
    assert client.post(url, headers=alice).status_code == 403
    assert client.post(url, headers=admin).json()["is_active"] is False
    assert client.get(f"{API}/users/me", headers=eve).status_code == 404
    form = {"username": "eve@example.com", "password": "correct horse"}
    assert client.post(f"{API}/users/login", data=form).status_code == 400


def test_roles(client, alice, admin):
    roles = client.get(f"{API}/rbac/roles", headers=alice).json()
    assert [role["name"] for role in roles] == ["lead", "tester"]
    me = client.get(f"{API}/users/me", headers=alice).json()["id"]
    url = f"{API}/rbac/users/{me}/role"
    body = client.put(f"{url}/lead", headers=admin).json()
    assert body["role_id"] == roles[0]["id"]
    assert client.put(f"{url}/nobody", headers=admin).status_code == 404


def test_files(client, alice, bob):
    files = {"file": ("spec.txt", b"the spec", "text/plain")}
    stored = client.post(f"{API}/files", headers=alice, files=files).json()
    assert (stored["filename"], stored["size"]) == ("spec.txt", 8)
    url = f"{API}/files/{stored['id']}"
    assert client.get(url, headers=alice).content == b"the spec"
    assert client.get(url, headers=bob).status_code == 404
