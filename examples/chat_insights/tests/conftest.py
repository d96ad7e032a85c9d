"""Tests go through HTTP and look at the database with an engine of their own.

The settings are read when ``chat_insights`` is imported, so the environment has
to be set before that.
"""

import os
import tempfile
from pathlib import Path

_workdir = tempfile.TemporaryDirectory(prefix="chat-insights-")
WORKDIR = Path(_workdir.name)
UPLOAD_DIR = WORKDIR / "uploads"
DATABASE_URL = f"sqlite:///{WORKDIR / 'test.db'}"

os.environ.update(
    DATABASE_URL=DATABASE_URL,
    UPLOAD_DIR=str(UPLOAD_DIR),
    AUTH_SECRET="test-secret",
    CELERY_TASK_ALWAYS_EAGER="true",
    EXTERNAL_LATENCY_MS="1",
    INLINE_PARSE_LIMIT_BYTES="20000",
    MAX_UPLOAD_BYTES="200000",
    RAZORPAY_WEBHOOK_SECRET="rzp-test",
    STRIPE_WEBHOOK_SECRET="stripe-test",
)

import pytest  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from chat_insights.auth import create_token  # noqa: E402
from chat_insights.database import Base  # noqa: E402
from chat_insights.main import app  # noqa: E402
from chat_insights.models import User  # noqa: E402
from chat_insights.seed import seed_catalog  # noqa: E402

test_engine = create_engine(DATABASE_URL, connect_args={"timeout": 15})

EXPORT = """\
31/12/23, 21:40 - Messages and calls are end-to-end encrypted.
31/12/23, 21:45 - Alice: Happy new year everyone
31/12/23, 21:46 - Bob: The pizza order is on its way
it should be here at ten
31/12/23, 21:50 - Alice: <Media omitted>
31/12/23, 22:01 - Carol: Remember the giraffe joke?
31/12/23, 22:02 - Bob: I laughed for an hour
01/01/24, 00:00 - Alice: Midnight!
01/01/24, 10:15 - Bob: Who paid for the pizza
"""


@pytest.fixture(scope="session")
def client():
    with TestClient(app) as test_client:
        yield test_client


@pytest.fixture(autouse=True)
def clean_database(client):
    with Session(test_engine) as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        session.commit()
        seed_catalog(session)
    for path in uploaded_files():
        path.unlink()


@pytest.fixture
def db():
    with Session(test_engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def make_user(db):
    def make(user_id: str, credits: int = 20, display_name: str | None = None):
        db.add(
            User(
                id=user_id,
                email=f"{user_id}@example.com",
                display_name=display_name,
                credit_balance=credits,
            )
        )
        db.commit()
        return {"Authorization": f"Bearer {create_token(user_id)}"}

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice", display_name="Alice A.")


@pytest.fixture
def bob(make_user):
    return make_user("bob", credits=0)


@pytest.fixture
def upload(client):
    def post(headers, content=EXPORT, filename="party.txt", **form):
        data = content.encode() if isinstance(content, str) else content
        return client.post(
            "/api/chats/upload",
            headers=headers,
            files={"file": (filename, data, "text/plain")},
            data=form,
        )

    return post


@pytest.fixture
def chat_id(upload, alice):
    response = upload(alice)
    assert response.status_code == 201, response.text
    return response.json()["chat_id"]


def uploaded_files() -> list[Path]:
    return sorted(UPLOAD_DIR.iterdir())
