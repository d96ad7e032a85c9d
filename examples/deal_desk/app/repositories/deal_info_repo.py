from typing import Any

from app.repositories.base import BaseRepository


class DealInfoRepository(BaseRepository):
    collection_name = "deal_info"

    def list_deals(
        self, stage: str | None = None, skip: int = 0, limit: int = 50
    ) -> list[dict[str, Any]]:
        """Largest deals first."""
        query = {"stage": stage} if stage else {}
        cursor = self.collection.find(query, {"_id": 0})
        return list(cursor.sort("amount", -1).skip(skip).limit(limit))

    def count(self, stage: str | None = None) -> int:
        return self.collection.count_documents({"stage": stage} if stage else {})

    def amounts_by_stage(self) -> list[dict[str, Any]]:
        pipeline = [
            {
                "$group": {
                    "_id": "$stage",
                    "amount": {"$sum": "$amount"},
                    "deals": {"$sum": 1},
                }
            },
            {"$sort": {"_id": 1}},
        ]
        return [
            {"stage": row["_id"], "amount": row["amount"], "deals": row["deals"]}
            for row in self.collection.aggregate(pipeline)
        ]


deal_info_repo = DealInfoRepository()
