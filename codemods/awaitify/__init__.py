"""awaitify: moves a sync FastAPI service to async, and refuses rather than breaks."""

__version__ = "0.1.0"
