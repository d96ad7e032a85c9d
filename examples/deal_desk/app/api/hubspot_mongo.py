"""Deals as the nightly sync left them in MongoDB, with the model's remarks."""

import logging

from fastapi import APIRouter, BackgroundTasks, HTTPException, Query, status

from app.repositories.deal_info_repo import deal_info_repo
from app.repositories.deal_timeline_repo import deal_timeline_repo
from app.repositories.insights_repo import deal_insights_repo, meeting_insights_repo
from app.schemas import (
    Answer,
    CompanyOverview,
    Concerns,
    DealInfo,
    DealPage,
    NoteIn,
    NoteOut,
    QuestionIn,
    StageTotal,
    Stakeholders,
    SyncResult,
)
from app.services import hubspot_service
from app.services.digest_service import record_view
from app.services.llm_service import ask_openai
from app.services.overview_service import build_summary_prompt, company_overview

logger = logging.getLogger(__name__)

router = APIRouter()

DECISION_TITLES = ("chief", "ceo", "cto", "vp", "head", "director")


def require_deal(deal_name: str) -> dict:
    deal = deal_info_repo.get_by_deal_id(deal_name)
    if deal is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"No deal {deal_name}")
    return deal


@router.get("/deals", response_model=DealPage)
async def list_deals(
    stage: str | None = None,
    skip: int = Query(0, ge=0),
    limit: int = Query(50, ge=1, le=200),
):
    """All deals, the largest first."""
    return {
        "total": deal_info_repo.count(stage),
        "deals": deal_info_repo.list_deals(stage, skip, limit),
    }


@router.get("/pipeline-summary", response_model=list[StageTotal])
async def get_pipeline_summary():
    """Number and amount of the deals in each stage."""
    return deal_info_repo.amounts_by_stage()


@router.get("/deal-info", response_model=DealInfo)
async def get_deal_info(dealName: str, background_tasks: BackgroundTasks):
    """One deal with its timeline."""
    logger.info("deal-info API called for deal: %s", dealName)
    deal_info = require_deal(dealName)
    timeline = deal_timeline_repo.latest_events(dealName)
    background_tasks.add_task(record_view, dealName, "deal-info")
    return {**deal_info, "timeline": timeline}


@router.get("/get-concerns", response_model=Concerns)
async def get_concerns(dealName: str):
    """What may stop the deal, the most severe concern first."""
    logger.info("get-concerns API called for deal: %s", dealName)
    require_deal(dealName)
    concerns = deal_insights_repo.concerns(dealName) or []
    concerns.sort(key=lambda concern: -concern["severity"])
    return {"deal_id": dealName, "concerns": concerns}


@router.get("/company-overview", response_model=CompanyOverview)
async def get_company_overview(dealName: str, refresh: bool = False):
    """What the company does and wants, in the model's words."""
    logger.info("company-overview API called for deal: %s", dealName)
    overview = company_overview(dealName, refresh)
    if overview is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No meetings for this deal yet")
    return {"deal_id": dealName, **overview}


@router.get("/get-stakeholders", response_model=Stakeholders)
async def get_stakeholders(dealName: str):
    """The people behind the deal, those who decide first."""
    contacts = hubspot_service.get_contacts(hubspot_service.get_contact_ids(dealName))
    stakeholders = []
    for contact in contacts:
        title = contact.get("jobtitle")
        decides = any(word in (title or "").lower() for word in DECISION_TITLES)
        stakeholders.append(
            {
                "contact_id": contact["contact_id"],
                "name": f"{contact['firstname']} {contact['lastname']}",
                "title": title,
                "potential_decision_maker": decides,
            }
        )
    stakeholders.sort(key=lambda person: not person["potential_decision_maker"])
    return {"deal_id": dealName, "stakeholders": stakeholders}


@router.post("/deals/{deal_name}/notes", response_model=NoteOut, status_code=201)
async def add_note(deal_name: str, note: NoteIn):
    """Write a note to HubSpot and to the timeline."""
    require_deal(deal_name)
    note_id = hubspot_service.create_note(deal_name, note.text)
    event = deal_timeline_repo.add_event(deal_name, "note", note.text)
    return {"note_id": note_id, "event": event}


@router.post("/deals/{deal_name}/ask", response_model=Answer)
async def ask_about_deal(deal_name: str, payload: QuestionIn):
    """Answer a question from the meetings of the deal."""
    require_deal(deal_name)
    meetings = meeting_insights_repo.list_by_deal_id(deal_name)
    prompt = build_summary_prompt(deal_name, meetings)
    answer = ask_openai(f"{prompt}\n\nQuestion: {payload.question}")
    return {"deal_id": deal_name, "answer": answer}


@router.post("/deals/{deal_name}/sync", response_model=SyncResult)
async def sync_deal(deal_name: str):
    """Fetch the deal from HubSpot now, instead of tonight."""
    deal = hubspot_service.get_deal(deal_name)["properties"]
    owner = hubspot_service.get_owner(deal["hubspot_owner_id"])
    values = {
        "name": deal["dealname"],
        "stage": deal["dealstage"],
        "amount": float(deal["amount"] or 0),
        "owner": f"{owner['firstName']} {owner['lastName']}",
    }
    return {"deal_id": deal_name, "created": deal_info_repo.upsert(deal_name, values)}


@router.delete("/deals/{deal_name}", status_code=204)
async def delete_deal(deal_name: str):
    """Forget a deal; HubSpot keeps it."""
    if not deal_info_repo.delete_by_deal_id(deal_name):
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"No deal {deal_name}")
    deal_timeline_repo.delete_by_deal_id(deal_name)
