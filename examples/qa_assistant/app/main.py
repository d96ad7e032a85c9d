from fastapi import FastAPI

from app.api.v1.api import api_router
from app.core.config import settings
from app.core.db import engine, init_db

app = FastAPI(title=settings.PROJECT_NAME, version="0.6.0")


@app.on_event("startup")
def on_startup():
    init_db()


@app.on_event("shutdown")
def on_shutdown():
    engine.dispose()


@app.get("/health")
def health_check():
    return {"status": "ok"}


app.include_router(api_router, prefix=settings.API_V1_STR)
