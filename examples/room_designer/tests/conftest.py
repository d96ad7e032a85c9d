"""Tests go through HTTP. Claude, FAL and S3 are local fakes.

The settings are read when ``app`` is imported, so the environment has to be set
before that.
"""

import os
import tempfile
from pathlib import Path

import fal_client.client
import pytest
from fakes.http import FakeServer
from fakes.upstreams import S3, Fal, claude

_workdir = tempfile.TemporaryDirectory(prefix="room-designer-")
fake_claude = FakeServer(claude)
fake_fal = Fal()
fake_s3 = S3()

os.environ.update(
    DATABASE_URL=f"sqlite+aiosqlite:///{Path(_workdir.name) / 'test.db'}",
    ANTHROPIC_BASE_URL=fake_claude.url,
    S3_ENDPOINT_URL=fake_s3.server.url,
    FAL_KEY="local",
    FAL_POLL_SECONDS="0.01",
    AWS_EC2_METADATA_DISABLED="true",
)
fal_client.client.QUEUE_URL_FORMAT = f"{fake_fal.server.url}/"

from fastapi.testclient import TestClient  # noqa: E402

from app.main import app  # noqa: E402


@pytest.fixture(scope="session")
def client():
    with TestClient(app) as test_client:
        yield test_client


@pytest.fixture(autouse=True)
def fakes():
    yield
    for server in (fake_claude, fake_fal.server, fake_s3.server):
        server.latency = 0.0
        server.called.clear()
    fake_s3.objects.clear()


@pytest.fixture
def make_user(client):
    def make(email: str, password: str = "correct horse"):
        credentials = {"email": email, "password": password}
        client.post("/auth/register", json=credentials)
        form = {"username": email, "password": password}
        token = client.post("/auth/login", data=form).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice@example.com")


@pytest.fixture
def say(client, alice):
    """Say something in the chat; ``image`` is the content of a photo."""

    def post(message: str, image: bytes | None = None, **form: str):
        files = {"image": ("room.jpg", image, "image/jpeg")} if image else None
        data = {"message": message, **form}
        return client.post("/home-design/chat", data=data, files=files, headers=alice)

    return post
