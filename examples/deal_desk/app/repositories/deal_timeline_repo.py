from typing import Any

from app.repositories.base import BaseRepository, utcnow


class DealTimelineRepository(BaseRepository):
    collection_name = "deal_timeline"

    def add_event(self, deal_id: str, kind: str, text: str) -> dict[str, Any]:
        event = {"kind": kind, "text": text, "at": utcnow()}
        self.collection.update_one(
            {"deal_id": deal_id}, {"$push": {"events": event}}, upsert=True
        )
        return event

    def latest_events(self, deal_id: str, limit: int = 20) -> list[dict[str, Any]]:
        timeline = self.get_by_deal_id(deal_id)
        if timeline is None:
            return []
        events = sorted(timeline["events"], key=lambda e: e["at"], reverse=True)
        return events[:limit]


deal_timeline_repo = DealTimelineRepository()
