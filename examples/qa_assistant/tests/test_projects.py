"""Projects, their members, document versions and artifacts; coverage."""

from conftest import API, fake_openai
from fakes import openai


def test_projects(client, alice, bob, project):
    url = f"{API}/projects/{project['id']}"
    assert client.get(url, headers=alice).json() == project
    assert client.get(url, headers=bob).status_code == 404
    body = {"description": "All of it"}
    updated = client.put(url, headers=alice, json=body).json()
    assert updated == {**project, "description": "All of it"}
    newest = client.get(f"{API}/projects?limit=1", headers=alice).json()
    assert newest == [updated]


def test_members(client, alice, bob, project):
    user_id = client.get(f"{API}/users/me", headers=bob).json()["id"]
    url = f"{API}/projects/{project['id']}/members"
    assert client.post(f"{url}/{user_id}", headers=alice).status_code == 201
    assert client.post(f"{url}/{user_id}", headers=alice).status_code == 409
    assert client.post(f"{url}/{project['id']}", headers=alice).status_code == 404
    members = client.get(url, headers=bob).json()
    assert [member["email"] for member in members] == ["bob@example.com"]
    project_url = f"{API}/projects/{project['id']}"
    assert client.delete(project_url, headers=bob).status_code == 403
    assert client.delete(f"{url}/{user_id}", headers=alice).status_code == 204
    assert client.delete(f"{url}/{user_id}", headers=alice).status_code == 404
    assert client.get(url, headers=bob).status_code == 404


def test_versions(client, alice, bob, project):
    url = f"{API}/document-versions"
    by_project = f"{url}/project/{project['id']}"
    assert client.get(f"{by_project}/current", headers=alice).status_code == 404
    for title in ("Draft", "Final"):
        body = {"project_id": project["id"], "title": title}
        assert client.post(url, headers=alice, json=body).status_code == 201
        assert client.post(url, headers=bob, json=body).status_code == 404
    rows = client.get(by_project, headers=alice).json()
    assert [(row["number"], row["title"], row["is_current"]) for row in rows] == [
        (1, "Draft", False),
        (2, "Final", True),
    ]
    current = client.get(f"{by_project}/current", headers=alice).json()
    assert current == rows[1]
    one = f"{url}/{current['id']}"
    body = client.put(one, headers=alice, json={"title": "Really final"}).json()
    assert client.get(one, headers=alice).json() == body
    assert body["title"] == "Really final"
    assert client.delete(one, headers=bob).status_code == 404
    assert client.delete(one, headers=alice).status_code == 204
    assert client.get(one, headers=alice).status_code == 404


def test_artifacts(client, alice, bob, admin, project, add_artifact):
    body = {"project_id": project["id"], "title": "v1"}
    version = client.post(f"{API}/document-versions", headers=alice, json=body).json()
    first = add_artifact("requirement", "Log in", version_id=version["id"])
    second = add_artifact("test_case", "Log in works", content="1. Log in")
    url = f"{API}/project-artifacts"
    by_project = f"{url}/project/{project['id']}"

    def titles(path: str) -> list[str]:
        rows = client.get(path, headers=alice).json()
        return [row["title"] for row in rows]

    assert titles(by_project) == ["Log in", "Log in works"]
    assert titles(f"{by_project}/type/test_case") == ["Log in works"]
    assert titles(f"{by_project}/version/{version['id']}") == ["Log in"]
    assert client.get(f"{by_project}/type/nonsense", headers=alice).status_code == 422
    assert client.get(url, headers=alice).status_code == 403
    assert len(client.get(url, headers=admin).json()) >= 2

    one = f"{url}/{second['id']}"
    body = client.put(one, headers=alice, json={"content": "1. Log out"}).json()
    assert body == {**second, "content": "1. Log out"}
    assert client.get(one, headers=alice).json() == body
    assert client.get(one, headers=bob).status_code == 404
    assert client.delete(one, headers=alice).status_code == 204
    assert titles(by_project) == [first["title"]]


def test_a_deleted_project_takes_its_contents_along(
    client, alice, admin, chat, project, add_artifact
):
    artifact = add_artifact("requirement", "Pay")
    url = f"{API}/projects/{project['id']}"
    assert client.delete(url, headers=alice).status_code == 204
    assert client.get(url, headers=alice).status_code == 404
    artifact_url = f"{API}/project-artifacts/{artifact['id']}"
    assert client.get(artifact_url, headers=admin).status_code == 404
    chat_url = f"{API}/chat/sessions/{chat['id']}"
    assert client.get(chat_url, headers=alice).json()["project_id"] is None


def test_coverage(client, alice, bob, project, add_artifact):
    add_artifact("requirement", "Log in")
    add_artifact("requirement", "Pay")
    add_artifact("test_case", "log in works")
    url = f"{API}/bot/{project['id']}/coverage"
    body = client.post(f"{url}/sync", headers=alice).json()
    expected = {
        "requirements": 2,
        "covered": 1,
        "missing": ["Pay"],
        "advice": "You said: Pay",
    }
    assert body == expected
    assert client.get(url, headers=alice).status_code == 404

    response = client.post(url, headers=alice)
    assert response.status_code == 202
    assert response.json()["status"] == "pending"
    task = client.get(url, headers=alice).json()
    assert task == {**response.json(), "status": "done", "result": expected}
    assert client.get(url, headers=bob).status_code == 404
    reports = f"{API}/project-artifacts/project/{project['id']}/type/coverage_report"
    (report,) = client.get(reports, headers=alice).json()
    assert (report["title"], report["content"]) == ("1 of 2 covered", "You said: Pay")


def test_coverage_that_fails(client, alice, project, add_artifact):
    add_artifact("requirement", "Pay")
    openai.failures[:] = [400]
    url = f"{API}/bot/{project['id']}/coverage"
    assert client.post(url, headers=alice).status_code == 202
    assert client.get(url, headers=alice).json()["status"] == "failed"
    assert len(fake_openai.calls) == 1
