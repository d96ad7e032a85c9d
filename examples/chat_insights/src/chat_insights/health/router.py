from fastapi import APIRouter, Depends
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse

from chat_insights.config import settings
from chat_insights.database import async_engine, engine, get_async_db

router = APIRouter(tags=["health"])


@router.get("/")
async def welcome():
    return {"message": f"Welcome to the {settings.app_name}", "docs": "/docs"}


@router.get("/health")
async def health_check():
    return {"status": "healthy", "environment": settings.environment}


@router.get("/health/live")
async def liveness():
    return {"status": "alive"}


@router.get("/health/ready")
async def readiness(db: AsyncSession = Depends(get_async_db)):
    try:
        await db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable"}, status_code=503)
    return {"status": "ready"}


@router.get("/health/db-pool")
async def db_pool_status():
    """Connection pool status of both engines."""
    return {
        "sync": engine.pool.status(),
        "async": async_engine.pool.status(),
    }
