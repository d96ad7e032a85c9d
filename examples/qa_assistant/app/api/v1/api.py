from fastapi import APIRouter

from app.api.v1.endpoints import (
    admin,
    bot,
    chat,
    document_versions,
    files,
    project_artifacts,
    project_members,
    projects,
    rbac,
    users,
)

api_router = APIRouter()
api_router.include_router(users.router, prefix="/users", tags=["users"])
api_router.include_router(projects.router, prefix="/projects", tags=["projects"])
api_router.include_router(project_members.router, prefix="/projects", tags=["members"])
api_router.include_router(
    document_versions.router, prefix="/document-versions", tags=["versions"]
)
api_router.include_router(
    project_artifacts.router, prefix="/project-artifacts", tags=["artifacts"]
)
api_router.include_router(chat.router, prefix="/chat", tags=["chat"])
api_router.include_router(bot.router, prefix="/bot", tags=["bot"])
api_router.include_router(files.router, prefix="/files", tags=["files"])
api_router.include_router(rbac.router, prefix="/rbac", tags=["rbac"])
api_router.include_router(admin.router, prefix="/admin", tags=["admin"])
