"""Prompts about a deal, and the texts that the model makes of them."""

from typing import Any

from app.repositories.insights_repo import company_overview_repo, meeting_insights_repo
from app.services.llm_service import ask_openai

SYSTEM_CONTENT = "You summarise what a company does and wants, for a sales person."


def build_summary_prompt(deal_id: str, meetings: list[dict[str, Any]]) -> str:
    lines = [f"Deal: {deal_id}", "Meetings:"]
    for meeting in meetings:
        topics = ", ".join(meeting.get("topics", [])) or "no topics"
        lines.append(f"- {meeting['held_at']:%Y-%m-%d}: {meeting['title']} ({topics})")
    return "\n".join(lines)


def company_overview(deal_id: str, refresh: bool = False) -> dict[str, Any] | None:
    """The stored overview, or a new one; None when there was no meeting yet."""
    if not refresh:
        stored = company_overview_repo.get_by_deal_id(deal_id)
        if stored is not None:
            return {"overview": stored["overview"], "cached": True}
    meetings = meeting_insights_repo.list_by_deal_id(deal_id)
    if not meetings:
        return None
    overview = ask_openai(build_summary_prompt(deal_id, meetings), SYSTEM_CONTENT)
    company_overview_repo.upsert(deal_id, {"overview": overview})
    return {"overview": overview, "cached": False}
