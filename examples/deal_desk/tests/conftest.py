"""Tests go through HTTP. MongoDB, OpenAI and HubSpot are local fakes.

The settings are read when ``app`` is imported, so the environment has to be set
before that.
"""

import os
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from fakes.http import FakeServer
from fakes.mongo import FakeMongo
from fakes.upstreams import hubspot, openai

_workdir = tempfile.TemporaryDirectory(prefix="deal-desk-")
DIGEST = Path(_workdir.name) / "digest.jsonl"
fake_mongo = FakeMongo()
fake_openai = FakeServer(openai)
fake_hubspot = FakeServer(hubspot)

os.environ.update(
    MONGO_URI=fake_mongo.uri,
    OPENAI_BASE_URL=f"{fake_openai.url}/v1",
    LLM_BACKOFF_SECONDS="0.01",
    HUBSPOT_BASE_URL=fake_hubspot.url,
    DIGEST_PATH=str(DIGEST),
)

from fastapi.testclient import TestClient  # noqa: E402

from main import app  # noqa: E402


@pytest.fixture(scope="session")
def client():
    with TestClient(app) as test_client:
        yield test_client


@pytest.fixture(autouse=True)
def fakes():
    yield
    fake_mongo.clear()
    fake_mongo.latency = 0.0
    for server in (fake_openai, fake_hubspot):
        server.latency = 0.0
        server.calls.clear()
    DIGEST.unlink(missing_ok=True)


@pytest.fixture
def mongo():
    return fake_mongo


@pytest.fixture
def deal(mongo):
    """A deal with everything that the nightly pipeline writes."""
    deal_id = "Acme"
    mongo.insert(
        "deal_info", deal_id=deal_id, name="Acme 2024", stage="proposal", amount=90000.0
    )
    mongo.insert(
        "deal_insights",
        deal_id=deal_id,
        concerns=[
            {"label": "Price", "explanation": "Over budget", "severity": 3},
            {"label": "Security", "explanation": "Needs SOC 2", "severity": 5},
        ],
    )
    for day, title in [(9, "Demo"), (2, "Intro")]:
        mongo.insert(
            "meeting_insights",
            deal_id=deal_id,
            title=title,
            held_at=datetime(2024, 5, day),
            topics=["pricing", title.lower()],
        )
    return deal_id
