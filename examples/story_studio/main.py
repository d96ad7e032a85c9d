import logging

from fastapi import FastAPI

from src.api.routes import router
from src.config import settings

logging.basicConfig(level=settings.log_level)
logger = logging.getLogger(__name__)

app = FastAPI(title="Story Studio", version="1.1.0")
app.include_router(router, prefix="/api/v1", tags=["stories"])


@app.get("/health")
async def health():
    return {"status": "ok"}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run("main:app", host="0.0.0.0", port=8000, reload=True)
