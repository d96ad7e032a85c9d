"""The few calls of the HubSpot CRM API that we need."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from app.config import settings


class HubSpotError(Exception):
    pass


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.hubspot_token}"}


def _get(path: str, **params: str) -> dict[str, Any]:
    try:
        response = requests.get(
            f"{settings.hubspot_base_url}{path}",
            params=params,
            headers=_headers(),
            timeout=settings.hubspot_timeout,
        )
        response.raise_for_status()
    except requests.RequestException as exc:
        raise HubSpotError(f"{path}: {exc}") from exc
    return response.json()


def get_deal(deal_id: str) -> dict[str, Any]:
    properties = "dealname,amount,dealstage,hubspot_owner_id"
    return _get(f"/crm/v3/objects/deals/{deal_id}", properties=properties)


def get_owner(owner_id: str) -> dict[str, Any]:
    return _get(f"/crm/v3/owners/{owner_id}")


def get_contact_ids(deal_id: str) -> list[str]:
    body = _get(f"/crm/v4/objects/deals/{deal_id}/associations/contacts")
    return [str(row["toObjectId"]) for row in body["results"]]


def get_contact(contact_id: str) -> dict[str, Any]:
    body = _get(f"/crm/v3/objects/contacts/{contact_id}")
    return {"contact_id": contact_id, **body["properties"]}


def get_contacts(contact_ids: list[str]) -> list[dict[str, Any]]:
    """All contacts at once, in the order of the ids."""
    if not contact_ids:
        return []
    with ThreadPoolExecutor(max_workers=min(8, len(contact_ids))) as executor:
        return list(executor.map(get_contact, contact_ids))


def create_note(deal_id: str, text: str) -> str:
    try:
        response = requests.post(
            f"{settings.hubspot_base_url}/crm/v3/objects/notes",
            json={"properties": {"hs_note_body": text}, "deal": deal_id},
            headers=_headers(),
            timeout=settings.hubspot_timeout,
        )
        response.raise_for_status()
    except requests.RequestException as exc:
        raise HubSpotError(f"notes: {exc}") from exc
    return response.json()["id"]
