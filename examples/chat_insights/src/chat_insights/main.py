import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from chat_insights import models  # noqa: F401
from chat_insights.categories.router import router as categories_router
from chat_insights.chats.router import router as chats_router
from chat_insights.config import settings
from chat_insights.credits.router import router as credits_router
from chat_insights.database import async_engine, engine, init_models
from chat_insights.exceptions import AppError
from chat_insights.health.router import router as health_router
from chat_insights.insights.router import router as insights_router
from chat_insights.payments.router import router as payments_router
from chat_insights.rag.router import router as rag_router
from chat_insights.users.router import router as users_router

logging.basicConfig(level=settings.log_level)
logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await init_models()
    settings.upload_dir.mkdir(parents=True, exist_ok=True)
    yield
    await async_engine.dispose()
    engine.dispose()


app = FastAPI(title=settings.app_name, version="1.4.0", lifespan=lifespan)


@app.exception_handler(AppError)
async def handle_app_error(request: Request, exc: AppError) -> JSONResponse:
    if exc.status_code >= 500:
        logger.error("%s %s: %s", request.method, request.url.path, exc.message)
    return JSONResponse(
        status_code=exc.status_code,
        content={"detail": exc.message, "code": exc.code},
    )


app.include_router(health_router)
app.include_router(users_router, prefix="/api/users", tags=["users"])
app.include_router(categories_router, prefix="/api/categories", tags=["categories"])
app.include_router(credits_router, prefix="/api/credits", tags=["credits"])
app.include_router(chats_router, prefix="/api/chats", tags=["chats"])
app.include_router(rag_router, prefix="/api/rag", tags=["rag"])
app.include_router(insights_router, prefix="/api/insights", tags=["insights"])
app.include_router(payments_router, prefix="/api/payments", tags=["payments"])
