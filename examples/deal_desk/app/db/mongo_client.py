"""One MongoClient for the process; it has its own connection pool."""

import logging

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from app.config import settings

logger = logging.getLogger(__name__)

connection_args = {
    "maxPoolSize": 50,
    "minPoolSize": 0,
    "maxIdleTimeMS": 30000,
    "serverSelectionTimeoutMS": 5000,
}

_client: MongoClient | None = None


def get_client() -> MongoClient:
    global _client
    if _client is None:
        _client = MongoClient(settings.mongo_uri, **connection_args)
    return _client


def get_database() -> Database:
    return get_client()[settings.mongo_database]


def get_collection(name: str) -> Collection:
    return get_database()[name]


def ping() -> bool:
    try:
        get_client().admin.command("ping")
    except PyMongoError as exc:
        logger.warning("MongoDB does not answer: %s", exc)
        return False
    return True


def close_client() -> None:
    global _client
    if _client is not None:
        _client.close()
        _client = None
