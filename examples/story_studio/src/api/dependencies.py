import logging

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from supabase import AuthError

from src.openrouter_client import OpenRouterClient
from src.supabase_client import SupabaseClient
from src.voice_providers import VoiceService

logger = logging.getLogger(__name__)

try:
    openrouter_client: OpenRouterClient | None = OpenRouterClient()
except ValueError as exc:
    logger.warning("%s", exc)
    openrouter_client = None

try:
    supabase_client: SupabaseClient | None = SupabaseClient()
except ValueError as exc:
    logger.warning("%s", exc)
    supabase_client = None

voice_service = VoiceService()

bearer = HTTPBearer()


def get_supabase() -> SupabaseClient:
    if supabase_client is None:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "No database")
    return supabase_client


def get_openrouter() -> OpenRouterClient:
    if openrouter_client is None:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "No model")
    return openrouter_client


async def get_user_id(
    credentials: HTTPAuthorizationCredentials = Depends(bearer),
    supabase: SupabaseClient = Depends(get_supabase),
) -> str:
    try:
        user_id = supabase.get_user_id(credentials.credentials)
    except AuthError:
        user_id = None
    if user_id is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Invalid token")
    return user_id
