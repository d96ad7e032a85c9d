import logging

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from app.api.health import router as health_router
from app.api.hubspot_mongo import router as hubspot_router
from app.config import settings
from app.db.mongo_client import close_client
from app.services.hubspot_service import HubSpotError
from app.services.llm_service import LLMError

logging.basicConfig(level=settings.log_level)

app = FastAPI(title=settings.app_name, version="2.3.0")

app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_methods=["*"],
    allow_headers=["*"],
)

app.include_router(health_router)
app.include_router(hubspot_router, prefix="/api/hubspot/v2", tags=["deals"])


@app.on_event("shutdown")
def shutdown():
    close_client()


@app.exception_handler(HubSpotError)
@app.exception_handler(LLMError)
async def upstream_failed(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse(status_code=502, content={"detail": str(exc)})


if __name__ == "__main__":
    uvicorn.run("main:app", host="0.0.0.0", port=settings.port)
