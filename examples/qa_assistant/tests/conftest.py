"""Tests go through HTTP. The model is a local fake, the database a temporary file.

The settings are read when ``app`` is imported, so the environment has to be set
before that.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest
from fakes.http import FakeServer
from fakes.openai import openai

_workdir = tempfile.TemporaryDirectory(prefix="qa-assistant-")
WORKDIR = Path(_workdir.name)
fake_openai = FakeServer(openai)

os.environ.update(
    DATABASE_URL=f"sqlite:///{WORKDIR / 'test.db'}",
    UPLOAD_DIR=str(WORKDIR / "uploads"),
    OPENAI_BASE_URL=f"{fake_openai.url}/v1",
    FIRST_SUPERUSER_PASSWORD="superuser-secret",
    LANGSMITH_TRACING="false",
)

import uvicorn  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402

from app.main import app  # noqa: E402

API = "/api/v1"


@pytest.fixture(scope="session")
def client():
    with TestClient(app) as test_client:
        yield test_client


@pytest.fixture
def server_url():
    """The service behind a real server, which sends a stream piece by piece."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(autouse=True)
def fakes():
    yield
    fake_openai.latency = 0.0
    fake_openai.calls.clear()


def log_in(client, email: str, password: str) -> dict[str, str]:
    form = {"username": email, "password": password}
    response = client.post(f"{API}/users/login", data=form)
    assert response.status_code == 200, response.text
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


@pytest.fixture
def make_user(client):
    def make(email: str) -> dict[str, str]:
        body = {"email": email, "password": "correct horse"}
        client.post(f"{API}/users/register", json=body)
        return log_in(client, email, "correct horse")

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice@example.com")


@pytest.fixture
def bob(make_user):
    return make_user("bob@example.com")


@pytest.fixture
def admin(client):
    return log_in(client, "admin@example.com", "superuser-secret")


@pytest.fixture
def project(client, alice):
    response = client.post(f"{API}/projects", headers=alice, json={"name": "Shop"})
    assert response.status_code == 201, response.text
    return response.json()


@pytest.fixture
def chat(client, alice, project):
    body = {"title": "Log in", "project_id": project["id"]}
    response = client.post(f"{API}/chat/sessions", headers=alice, json=body)
    assert response.status_code == 201, response.text
    return response.json()


@pytest.fixture
def add_artifact(client, alice, project):
    def add(type: str, title: str, **values: object) -> dict:
        body = {"project_id": project["id"], "type": type, "title": title, **values}
        response = client.post(f"{API}/project-artifacts", headers=alice, json=body)
        assert response.status_code == 201, response.text
        return response.json()

    return add
