"""Tests go through HTTP. Supabase, OpenRouter and ElevenLabs are local fakes.

The settings are read when ``src`` is imported, so the environment has to be set
before that.
"""

import os

import pytest
from fakes.http import FakeServer
from fakes.supabase import FakeSupabase
from fakes.upstreams import elevenlabs, openrouter

fake_supabase = FakeSupabase()
fake_openrouter = FakeServer(openrouter)
fake_elevenlabs = FakeServer(elevenlabs)

os.environ.update(
    SUPABASE_URL=fake_supabase.server.url,
    SUPABASE_KEY="service-key",
    OPENROUTER_API_KEY="sk-or-local",
    OPENROUTER_BASE_URL=fake_openrouter.url,
    OPENROUTER_RETRY_DELAY="0.01",
    ELEVENLABS_API_KEY="el-local",
    ELEVENLABS_BASE_URL=fake_elevenlabs.url,
    LOG_LEVEL="WARNING",
)

from fastapi.testclient import TestClient  # noqa: E402

from main import app  # noqa: E402

API = "/api/v1"
ALICE = {"Authorization": "Bearer token-alice"}
BOB = {"Authorization": "Bearer token-bob"}


@pytest.fixture(scope="session")
def client():
    with TestClient(app) as test_client:
        yield test_client


@pytest.fixture(autouse=True)
def fakes():
    yield
    fake_supabase.clear()
    for server in (fake_openrouter, fake_elevenlabs):
        server.latency = 0.0
        server.calls.clear()


@pytest.fixture
def child(client):
    body = {"name": "Mia", "age": 5, "interests": ["owls"]}
    response = client.post(f"{API}/children", headers=ALICE, json=body)
    assert response.status_code == 201, response.text
    return response.json()


@pytest.fixture
def tell(client, child):
    def post(**values: object):
        body = {"child_id": child["id"], **values}
        return client.post(f"{API}/generate-story", headers=ALICE, json=body)

    return post
