"""Celery tasks, called the way a worker calls them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from chat_insights.chats.tasks import (
    index_chat_vectors,
    process_chat_upload,
    purge_deleted_chats,
)
from chat_insights.database import utcnow
from chat_insights.exceptions import NotFoundError
from chat_insights.insights.tasks import generate_category_insights
from chat_insights.models import (
    Chat,
    ChatStatus,
    Insight,
    InsightJob,
    JobStatus,
    Message,
    User,
    VectorStatus,
)
from conftest import EXPORT


@pytest.fixture
def raw_chat(alice, db):
    chat = Chat(id="raw", user_id="alice", filename="raw.txt")
    db.add(chat)
    db.commit()
    return chat


@pytest.fixture
def export_file(tmp_path):
    path = tmp_path / "export.txt"
    path.write_text(EXPORT)
    return path


def test_process_chat_upload(raw_chat, export_file, db):
    result = process_chat_upload.apply(args=("raw", str(export_file)))
    assert result.get() == 7
    assert not export_file.exists()
    db.refresh(raw_chat)
    assert raw_chat.status == ChatStatus.READY
    assert raw_chat.vector_status == VectorStatus.INDEXED
    assert raw_chat.vector_chunks == 2


def test_process_chat_upload_replaces_messages(raw_chat, export_file, db):
    db.add(
        Message(chat_id="raw", position=0, sender="Old", content="x", sent_at=utcnow())
    )
    db.commit()
    process_chat_upload.apply(args=("raw", str(export_file))).get()
    assert "Old" not in db.scalars(select(Message.sender)).all()


def test_process_chat_upload_failure(raw_chat, tmp_path, db):
    path = tmp_path / "bad.txt"
    path.write_text("nothing")
    result = process_chat_upload.apply(args=("raw", str(path)))
    assert result.failed()
    assert not path.exists()
    db.refresh(raw_chat)
    assert raw_chat.status == ChatStatus.FAILED


def test_index_chat_vectors(chat_id, db):
    assert index_chat_vectors.apply(args=(chat_id,)).get() == 2
    result = index_chat_vectors.apply(args=("missing",))
    assert isinstance(result.result, NotFoundError)


def test_purge_deleted_chats(client, upload, alice, db):
    ids = [upload(alice, filename=f"{n}.txt").json()["chat_id"] for n in "abc"]
    for chat_id in ids[:2]:
        client.delete(f"/api/chats/{chat_id}", headers=alice)
    assert purge_deleted_chats.apply().get() == 0

    chat = db.get(Chat, ids[0], execution_options={"include_deleted": True})
    chat.deleted_at = utcnow() - timedelta(days=31)
    db.add(InsightJob(user_id="alice", chat_id=ids[0], category_id="work"))
    db.commit()
    assert purge_deleted_chats.apply().get() == 1
    remaining = db.scalars(
        select(Chat.id).execution_options(include_deleted=True)
    ).all()
    assert sorted(remaining) == sorted(ids[1:])
    assert db.scalar(select(func.count(Message.id))) == 14
    assert db.scalar(select(func.count(InsightJob.id))) == 0


def test_generate_category_insights(chat_id, db):
    job = InsightJob(user_id="alice", chat_id=chat_id, category_id="work", total=2)
    db.add(job)
    db.commit()
    assert generate_category_insights.apply(args=(job.id,)).get() == 2
    db.refresh(job)
    assert job.status == JobStatus.COMPLETED
    types = db.scalars(select(Insight.insight_type_id)).all()
    assert sorted(types) == ["action-items", "decisions"]


def test_failed_generation_is_refunded(chat_id, db):
    chat = db.get(Chat, chat_id)
    chat.display_name = "[[unsafe]]"
    job = InsightJob(
        user_id="alice", chat_id=chat_id, category_id="work", total=2, credits_spent=5
    )
    db.add(job)
    db.commit()
    assert generate_category_insights.apply(args=(job.id,)).get() == 0
    db.refresh(job)
    assert job.status == JobStatus.FAILED
    assert "safety filter" in job.error
    user = db.get(User, "alice", populate_existing=True)
    assert user.credit_balance == 25


def test_generate_for_a_missing_job():
    assert generate_category_insights.apply(args=("nope",)).get() == 0
