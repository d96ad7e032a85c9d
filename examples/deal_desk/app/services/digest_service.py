"""A line for each deal that was looked at, for the weekly digest."""

import json
import logging

from app.config import settings
from app.repositories.base import utcnow
from app.repositories.deal_timeline_repo import deal_timeline_repo

logger = logging.getLogger(__name__)


def record_view(deal_id: str, what: str) -> None:
    deal_timeline_repo.add_event(deal_id, "view", what)
    line = json.dumps({"deal_id": deal_id, "what": what, "at": utcnow().isoformat()})
    try:
        with open(settings.digest_path, "a", encoding="utf-8") as digest:
            digest.write(line + "\n")
    except OSError as exc:
        logger.warning("The digest cannot be written: %s", exc)
