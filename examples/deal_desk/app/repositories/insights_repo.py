"""What the nightly pipeline found out about deals and meetings."""

from typing import Any

from app.repositories.base import BaseRepository


class DealInsightsRepository(BaseRepository):
    collection_name = "deal_insights"

    def concerns(self, deal_id: str) -> list[dict[str, Any]] | None:
        """None when the deal has not been analysed yet."""
        insights = self.get_by_deal_id(deal_id)
        if insights is None:
            return None
        return insights.get("concerns", [])


class MeetingInsightsRepository(BaseRepository):
    collection_name = "meeting_insights"

    def list_by_deal_id(self, deal_id: str) -> list[dict[str, Any]]:
        meetings = []
        for meeting in self.collection.find({"deal_id": deal_id}, {"_id": 0}):
            meetings.append(meeting)
        return sorted(meetings, key=lambda meeting: meeting["held_at"])


class CompanyOverviewRepository(BaseRepository):
    """Overviews that were written once, so that the model is asked only once."""

    collection_name = "company_overview"


deal_insights_repo = DealInsightsRepository()
meeting_insights_repo = MeetingInsightsRepository()
company_overview_repo = CompanyOverviewRepository()
