import uuid

from fastapi import APIRouter, HTTPException, UploadFile, status
from fastapi.responses import Response

from app.api.deps import CurrentUser, SessionDep
from app.core.config import settings
from app.models import StoredFile
from app.schemas import FileOut

router = APIRouter()


@router.post("", response_model=FileOut, status_code=201)
async def upload_file(file: UploadFile, db: SessionDep, current_user: CurrentUser):
    data = await file.read()
    settings.UPLOAD_DIR.mkdir(parents=True, exist_ok=True)
    path = settings.UPLOAD_DIR / uuid.uuid4().hex
    path.write_bytes(data)
    stored = StoredFile(
        user_id=current_user.id,
        filename=file.filename or "file",
        path=str(path),
        size=len(data),
    )
    db.add(stored)
    db.commit()
    db.refresh(stored)
    return stored


@router.get("/{file_id}")
async def download_file(file_id: uuid.UUID, db: SessionDep, current_user: CurrentUser):
    stored = db.get(StoredFile, file_id)
    if stored is None or stored.user_id != current_user.id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "File not found")
    with open(stored.path, "rb") as file:
        data = file.read()
    return Response(data, media_type="application/octet-stream")
