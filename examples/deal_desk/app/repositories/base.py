from datetime import datetime, timezone
from typing import Any

from pymongo.collection import Collection

from app.db.mongo_client import get_collection


def utcnow() -> datetime:
    """Naive UTC, cut to the milliseconds that MongoDB keeps."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class BaseRepository:
    """Documents of one collection, keyed by ``deal_id``."""

    collection_name: str

    @property
    def collection(self) -> Collection:
        return get_collection(self.collection_name)

    def get_by_deal_id(self, deal_id: str) -> dict[str, Any] | None:
        return self.collection.find_one({"deal_id": deal_id}, {"_id": 0})

    def upsert(self, deal_id: str, values: dict[str, Any]) -> bool:
        """True when the document is new."""
        result = self.collection.update_one(
            {"deal_id": deal_id},
            {"$set": {**values, "updated_at": utcnow()}},
            upsert=True,
        )
        return result.upserted_id is not None

    def delete_by_deal_id(self, deal_id: str) -> bool:
        return self.collection.delete_one({"deal_id": deal_id}).deleted_count == 1
